// The passes over pictures of depthwise convolutions' gradients, for one instruction set: rows.h includes this file, each time in
// another namespace.

// The first `count` of sixteen numbers.
template <bool whole, typename T> CK_INLINE void load_some(const T *from, int64_t count, floats &to) {
    if constexpr (whole) return load(from, to);
    T some[lanes] = {};
    std::memcpy(some, from, size_t(count) * sizeof(T));
    load(some, to);
}

template <bool whole, typename T> CK_INLINE void store_some(const floats &value, int64_t count, T *to) {
    if constexpr (whole) return store(value, to);
    T some[lanes];
    store(value, some);
    std::memcpy(to, some, size_t(count) * sizeof(T));
}

// Sixteen channels (or the last few) from channel c on of one row of dx: each pixel takes from the outputs that read it.
template <bool whole, typename T>
CK_INLINE void depthwise_data_row(
    const Depthwise &s, const T *gradient, const float *filters, T *dx, int64_t row, int64_t c, int64_t padded) {
    const int64_t some = s.channels - c, k = s.kernel;
    for (int64_t column = 0; column < s.width; column++) {
        floats sum = {};
        for (int64_t i = 0; i < k; i++) {
            const int64_t up = row + s.padding - i;
            if (up < 0 || up % s.stride != 0 || up / s.stride >= s.out_height) continue;
            const T *line = gradient + up / s.stride * s.out_width * s.channels + c;
            // The first tap that meets an output: the last output, or the right one of `stride`.
            const int64_t right = column + s.padding;
            int64_t j = right - s.stride * (s.out_width - 1);
            j = j < 0 ? right % s.stride : j;
            for (; j < k && j <= right; j += s.stride) {
                floats g, filter;
                load_some<whole>(line + (right - j) / s.stride * s.channels, some, g);
                load(filters + (i * k + j) * padded + c, filter);
                sum += g * filter;
            }
        }
        store_some<whole>(sum, some, dx + (row * s.width + column) * s.channels + c);
    }
}

template <typename T>
void depthwise_data(const Depthwise &s, const T *gradient, const float *filters, T *dx) {
    const int64_t padded = (s.channels + lanes - 1) / lanes * lanes;
    for (int64_t row = 0; row < s.height; row++) {
        int64_t c = 0;
        for (; c + lanes <= s.channels; c += lanes) depthwise_data_row<true>(s, gradient, filters, dx, row, c, padded);
        if (c < s.channels) depthwise_data_row<false>(s, gradient, filters, dx, row, c, padded);
    }
}

// Sixteen channels (or the last few) of a line of pixels as float32, one sixteen after the other.
template <bool whole, typename T>
CK_INLINE void widen_line(const T *from, int64_t pixels, int64_t channels, int64_t some, float *to) {
    for (int64_t i = 0; i < pixels; i++, from += channels, to += lanes) {
        floats value;
        load_some<whole>(from, some, value);
        store(value, to);
    }
}

// Adds what one line of outputs says of one row of filters: K taps at a time (K = 1: one by one).
template <int K>
CK_INLINE void depthwise_filters_line(
    const float *pixels, const float *slopes, int64_t outputs, int64_t stride, int64_t taps, int64_t padded, float *to) {
    for (int64_t first = 0; first < taps; first += K) {
        floats sum[K];
        for (int j = 0; j < K; j++) load(to + (first + j) * padded, sum[j]);
        const float *pixel = pixels + first * lanes;
        for (int64_t out = 0; out < outputs; out++, pixel += stride * lanes) {
            floats slope;
            load(slopes + out * lanes, slope);
            for (int j = 0; j < K; j++) {
                floats value;
                load(pixel + j * lanes, value);
                sum[j] += value * slope;
            }
        }
        for (int j = 0; j < K; j++) store(sum[j], to + (first + j) * padded);
    }
}

template <bool whole, typename T>
CK_INLINE void depthwise_filters_channels(
    const Depthwise &s, const T *x, const T *gradient, float *dfilters, float *scratch, int64_t c, int64_t padded) {
    const int64_t some = s.channels - c, width = s.width + 2 * s.padding;
    // The picture with its edge, which stays zero; behind it one line of gradients.
    float *slopes = scratch + (s.height + 2 * s.padding) * width * lanes;
    for (int64_t row = 0; row < s.height; row++) {
        widen_line<whole>(x + row * s.width * s.channels + c, s.width, s.channels, some,
                          scratch + ((row + s.padding) * width + s.padding) * lanes);
    }
    for (int64_t row = 0; row < s.out_height; row++) {
        widen_line<whole>(gradient + row * s.out_width * s.channels + c, s.out_width, s.channels, some, slopes);
        for (int64_t i = 0; i < s.kernel; i++) {
            const float *pixels = scratch + (row * s.stride + i) * width * lanes;
            float *to = dfilters + i * s.kernel * padded + c;
            switch (s.kernel) {
            case 3: depthwise_filters_line<3>(pixels, slopes, s.out_width, s.stride, 3, padded, to); break;
            case 5: depthwise_filters_line<5>(pixels, slopes, s.out_width, s.stride, 5, padded, to); break;
            case 7: depthwise_filters_line<7>(pixels, slopes, s.out_width, s.stride, 7, padded, to); break;
            default: depthwise_filters_line<1>(pixels, slopes, s.out_width, s.stride, s.kernel, padded, to);
            }
        }
    }
}

template <typename T>
void depthwise_filters(const Depthwise &s, const T *x, const T *gradient, float *dfilters, float *scratch) {
    const int64_t padded = (s.channels + lanes - 1) / lanes * lanes;
    int64_t c = 0;
    for (; c + lanes <= s.channels; c += lanes) {
        depthwise_filters_channels<true>(s, x, gradient, dfilters, scratch, c, padded);
    }
    if (c < s.channels) depthwise_filters_channels<false>(s, x, gradient, dfilters, scratch, c, padded);
}
