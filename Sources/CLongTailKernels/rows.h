// The passes over memory of normalisations, for one instruction set: dispatch.cpp includes this file once for each, in a
// namespace of its own. Plain vector extensions: sixteen channels at a time, float32 in registers, float32 or bfloat16
// (as uint16_t) in memory. Channels are a multiple of sixteen here; passes.h makes them so.

typedef float floats __attribute__((vector_size(64)));
typedef uint32_t words __attribute__((vector_size(64)));
typedef uint16_t halves __attribute__((vector_size(32)));

#define CK_INLINE inline __attribute__((always_inline))
// How vectors would be handed over does not matter to functions that are always inlined.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

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

// Adds what a walk down the rows of W times sixteen channels has summed.
template <int W> CK_INLINE void add_sums(const floats (&total)[2][W], double *to) {
    for (int w = 0; w < W; w++) {
        const floats sum = total[0][w] + total[1][w];
        for (int64_t i = 0; i < lanes; i++) to[w * lanes + i] += sum[i];
    }
}

template <int W, typename T>
CK_INLINE void add_moments_of(const T *x, const float *centre, int64_t rows, int64_t channels, double *sums) {
    floats middle[W], total[2][W] = {}, square[2][W] = {};
    for (int w = 0; w < W; w++) load(centre + w * lanes, middle[w]);
    for (int64_t row = 0; row < rows; row++) {
        for (int w = 0; w < W; w++) {
            floats value;
            load(x + row * channels + w * lanes, value);
            value -= middle[w];
            total[row & 1][w] += value;
            square[row & 1][w] += value * value;
        }
    }
    add_sums<W>(total, sums);
    add_sums<W>(square, sums + channels);
}

// Σ (x − centre) and Σ (x − centre)² of one block, added to sums[0..<C] and sums[C..<2C]. Down the rows by whole lines of
// the cache, which are 64 bytes.
template <typename T>
void add_moments(const T *x, const float *centre, int64_t rows, int64_t channels, double *sums) {
    constexpr int wide = sizeof(T) == 2 ? 2 : 1;
    int64_t c = 0;
    for (; c + wide * lanes <= channels; c += wide * lanes) {
        add_moments_of<wide>(x + c, centre + c, rows, channels, sums + c);
    }
    if (c < channels) add_moments_of<1>(x + c, centre + c, rows, channels, sums + c);
}

CK_INLINE floats every(float number) { return floats{} + number; }

// e^x by x = n ln 2 + r with |r| <= ln 2 / 2 and the series of e^r: within 2 units of the last place; x is kept where 2^n
// is a normal number.
CK_INLINE floats exponential(floats x) {
    x = x < every(-87) ? every(-87) : x;
    x = x > every(87) ? every(87) : x;
    // Adding 1.5 * 2^23 rounds to a whole number, which the low bits then hold.
    const floats shifted = x * 1.44269504f + 12582912.0f;
    const floats n = shifted - 12582912.0f;
    const floats r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    floats series = r * (1.0f / 720) + 1.0f / 120;
    series = series * r + 1.0f / 24;
    series = series * r + 1.0f / 6;
    series = series * r + 0.5f;
    series = (series * r + 1) * r + 1;
    const floats power = (floats)(((words)shifted << 23) + 0x3F800000u);
    return series * power;
}

// Each: f(z), and the gradient g times f'(z). A NaN comes through: only what compares is cut.
struct None {
    static CK_INLINE floats apply(floats z) { return z; }
    static CK_INLINE floats pass(floats, floats g) { return g; }
};
struct ReLU {
    static CK_INLINE floats apply(floats z) { return z < floats{} ? floats{} : z; }
    static CK_INLINE floats pass(floats z, floats g) { return z <= floats{} ? floats{} : g; }
};
struct ReLU6 {
    static CK_INLINE floats apply(floats z) {
        z = z < floats{} ? floats{} : z;
        return z > every(6) ? every(6) : z;
    }
    static CK_INLINE floats pass(floats z, floats g) {
        g = z <= floats{} ? floats{} : g;
        return z >= every(6) ? floats{} : g;
    }
};
struct SiLU {
    static CK_INLINE floats sigmoid(floats z) { return 1.0f / (1.0f + exponential(-z)); }
    static CK_INLINE floats apply(floats z) { return z * sigmoid(z); }
    static CK_INLINE floats pass(floats z, floats g) {
        const floats s = sigmoid(z);
        return g * (s * (1.0f + z * (1.0f - s)));
    }
};
struct Hardswish {
    static CK_INLINE floats apply(floats z) { return z * (ReLU6::apply(z + 3.0f) * (1.0f / 6)); }
    static CK_INLINE floats pass(floats z, floats g) {
        const floats slope = z * (1.0f / 3) + 0.5f;
        g = z < every(-3) ? floats{} : g;
        return z <= every(3) ? g * slope : g;
    }
};

// y = f(x · scale + shift [+ residual]).
template <typename T, typename F>
void normalise(const T *x, const T *residual, const float *scale_shift, T *y, int64_t rows, int64_t channels) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t c = 0; c < channels; c += lanes) {
            int64_t at = row * channels + c;
            floats value, scale, shift;
            load(x + at, value);
            load(scale_shift + c, scale);
            load(scale_shift + channels + c, shift);
            value = value * scale + shift;
            if (residual) {
                floats other;
                load(residual + at, other);
                value += other;
            }
            store(F::apply(value), y + at);
        }
    }
}

// What of the gradient passes f, by f's output or by its input, reckoned from x.
template <typename T, typename F, bool by_output>
CK_INLINE floats passed(const T *y, int64_t at, floats x, floats scale, floats shift, floats g) {
    if constexpr (by_output) {
        floats output;
        load(y + at, output);
        return F::pass(output, g);
    }
    return F::pass(x * scale + shift, g);
}

template <int W, typename T, typename F, bool by_output>
CK_INLINE void add_gradients_of(const T *x, const T *y, const T *gradient, const float *scale_shift_mean, int64_t rows,
                                int64_t channels, double *sums) {
    floats scale[W], shift[W], mean[W], total[2][W] = {}, product[2][W] = {};
    for (int w = 0; w < W; w++) {
        load(scale_shift_mean + w * lanes, scale[w]);
        load(scale_shift_mean + channels + w * lanes, shift[w]);
        load(scale_shift_mean + 2 * channels + w * lanes, mean[w]);
    }
    for (int64_t row = 0; row < rows; row++) {
        for (int w = 0; w < W; w++) {
            const int64_t at = row * channels + w * lanes;
            floats value, g;
            load(x + at, value);
            load(gradient + at, g);
            g = passed<T, F, by_output>(y, at, value, scale[w], shift[w], g);
            total[row & 1][w] += g;
            product[row & 1][w] += g * (value - mean[w]);
        }
    }
    add_sums<W>(total, sums);
    add_sums<W>(product, sums + channels);
}

// Σ g and Σ g (x − mean) of one block, g being the gradient that passes f.
template <typename T, typename F, bool by_output>
void add_gradients(const T *x, const T *y, const T *gradient, const float *scale_shift_mean, int64_t rows,
                   int64_t channels, double *sums) {
    constexpr int wide = sizeof(T) == 2 ? 2 : 1;
    int64_t c = 0;
    for (; c + wide * lanes <= channels; c += wide * lanes) {
        add_gradients_of<wide, T, F, by_output>(x + c, by_output ? y + c : y, gradient + c, scale_shift_mean + c, rows,
                                                channels, sums + c);
    }
    if (c < channels) {
        add_gradients_of<1, T, F, by_output>(x + c, by_output ? y + c : y, gradient + c, scale_shift_mean + c, rows,
                                             channels, sums + c);
    }
}

// dx = g · a + x · b + c, and the residual's gradient g where it is asked for.
template <typename T, typename F, bool by_output>
void backward_rows(const T *x, const T *y, const T *gradient, const float *scale_shift_abc, T *dx, T *dr, int64_t rows,
                   int64_t channels) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t c = 0; c < channels; c += lanes) {
            int64_t at = row * channels + c;
            floats value, g, list[5];
            load(x + at, value);
            load(gradient + at, g);
            for (int64_t i = 0; i < 5; i++) load(scale_shift_abc + i * channels + c, list[i]);
            g = passed<T, F, by_output>(y, at, value, list[0], list[1], g);
            if (dr) store(g, dr + at);
            store(g * list[2] + value * list[3] + list[4], dx + at);
        }
    }
}

#include "depthwise.h"

template <typename T> const Rows<T> &rows() {
    static const Rows<T> all{
        add_moments<T>,
        {normalise<T, None>, normalise<T, ReLU>, normalise<T, ReLU6>, normalise<T, SiLU>, normalise<T, Hardswish>},
        {add_gradients<T, None, false>, add_gradients<T, ReLU, false>, add_gradients<T, ReLU6, false>,
         add_gradients<T, SiLU, false>, add_gradients<T, Hardswish, false>, add_gradients<T, ReLU, true>},
        {backward_rows<T, None, false>, backward_rows<T, ReLU, false>, backward_rows<T, ReLU6, false>,
         backward_rows<T, SiLU, false>, backward_rows<T, Hardswish, false>, backward_rows<T, ReLU, true>},
        depthwise_data<T>,
        depthwise_filters<T>};
    return all;
}

#pragma clang diagnostic pop
#undef CK_INLINE
