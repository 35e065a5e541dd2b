// The passes over memory of batch_norm_relu, for one instruction set: dispatch.cpp includes this file once for each, in a
// namespace of its own. Plain vector extensions: sixteen channels at a time, float32 in registers, float32 or bfloat16
// (as uint16_t) in memory. Channels are a multiple of sixteen here; passes.h makes them so.

typedef float floats __attribute__((vector_size(64)));
typedef uint32_t words __attribute__((vector_size(64)));
typedef uint16_t halves __attribute__((vector_size(32)));

#define CK_INLINE inline __attribute__((always_inline))

CK_INLINE void load(const uint16_t *from, floats &to) {
    halves bits;
    std::memcpy(&bits, from, sizeof bits);
    to = (floats)(__builtin_convertvector(bits, words) << 16);
}

CK_INLINE void load(const float *from, floats &to) { std::memcpy(&to, from, sizeof to); }

// Rounded to nearest, ties to even, as c10::BFloat16 does; a NaN stays one.
CK_INLINE void store(const floats &value, uint16_t *to) {
    words bits = (words)value;
    words rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    words result = value == value ? rounded : (words)((bits >> 16) | 0x40);
    halves out = __builtin_convertvector(result, halves);
    std::memcpy(to, &out, sizeof out);
}

CK_INLINE void store(const floats &value, float *to) { std::memcpy(to, &value, sizeof value); }

// Σ (x − centre) and Σ (x − centre)² of one block, added to sums[0..<C] and sums[C..<2C].
template <typename T>
void add_moments(const T *x, const float *centre, int64_t rows, int64_t channels, double *sums) {
    for (int64_t c = 0; c < channels; c += lanes) {
        floats middle, total[2] = {}, square[2] = {};
        load(centre + c, middle);
        for (int64_t row = 0; row < rows; row++) {
            floats value;
            load(x + row * channels + c, value);
            value -= middle;
            total[row & 1] += value;
            square[row & 1] += value * value;
        }
        floats a = total[0] + total[1], b = square[0] + square[1];
        for (int64_t i = 0; i < lanes; i++) {
            sums[c + i] += a[i];
            sums[channels + c + i] += b[i];
        }
    }
}

// y = max(0, x · scale + shift [+ residual]).
template <typename T>
void normalise(
    const T *x, const T *residual, const float *scale, const float *shift, T *y, int64_t rows, int64_t channels) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t c = 0; c < channels; c += lanes) {
            int64_t at = row * channels + c;
            floats value, a, b, zero = {};
            load(x + at, value);
            load(scale + c, a);
            load(shift + c, b);
            value = value * a + b;
            if (residual) {
                floats other;
                load(residual + at, other);
                value += other;
            }
            // A NaN must come through: only what compares below zero is cut.
            value = value < zero ? zero : value;
            store(value, y + at);
        }
    }
}

// Σ g and Σ g (x − mean) of one block, g being the gradient where y > 0.
template <typename T>
void add_gradients(
    const T *x, const T *y, const T *gradient, const float *mean, int64_t rows, int64_t channels, double *sums) {
    for (int64_t c = 0; c < channels; c += lanes) {
        floats centre, total[2] = {}, product[2] = {};
        load(mean + c, centre);
        for (int64_t row = 0; row < rows; row++) {
            int64_t at = row * channels + c;
            floats value, output, g, zero = {};
            load(x + at, value);
            load(y + at, output);
            load(gradient + at, g);
            g = output <= zero ? zero : g;
            total[row & 1] += g;
            product[row & 1] += g * (value - centre);
        }
        floats a = total[0] + total[1], b = product[0] + product[1];
        for (int64_t i = 0; i < lanes; i++) {
            sums[c + i] += a[i];
            sums[channels + c + i] += b[i];
        }
    }
}

// dx = g · a + x · b + c, and the residual's gradient g where it is asked for.
template <typename T>
void backward_rows(
    const T *x, const T *y, const T *gradient, const float *abc, T *dx, T *dr, int64_t rows, int64_t channels) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t c = 0; c < channels; c += lanes) {
            int64_t at = row * channels + c;
            floats value, output, g, p, q, r, zero = {};
            load(x + at, value);
            load(y + at, output);
            load(gradient + at, g);
            load(abc + c, p);
            load(abc + channels + c, q);
            load(abc + 2 * channels + c, r);
            g = output <= zero ? zero : g;
            if (dr) store(g, dr + at);
            store(g * p + value * q + r, dx + at);
        }
    }
}

template <typename T> const Rows<T> &rows() {
    static const Rows<T> all{add_moments<T>, normalise<T>, add_gradients<T>, backward_rows<T>};
    return all;
}

#undef CK_INLINE
