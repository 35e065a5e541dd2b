// The passes of rows.h, compiled once for each instruction set and chosen when the program runs.
#pragma once
#include <cstdint>

namespace longtail {

// Channels that a pass takes at a time.
constexpr int64_t lanes = 16;

// What follows a normalisation, under torch.nn's names.
enum Activation { none, relu, relu6, silu, hardswish, activations };

// What a gradient passes on its way back: an activation, whose input is reckoned again from x, or ReLU by its output y,
// which must be had where something was added to the input.
constexpr int relu_by_output = activations, gates = activations + 1;

// A convolution of each channel by itself: pictures, square filters, and what lies outside a picture is zero.
struct Depthwise {
    int64_t height, width, out_height, out_width, channels, kernel, stride, padding;

    int64_t scratch() const { return ((height + 2 * padding) * (width + 2 * padding) + out_width) * lanes; }
};

// T is float, or uint16_t for the bits of a bfloat16. Lists of numbers by channel lie one after the other.
template <typename T> struct Rows {
    void (*add_moments)(const T *x, const float *centre, int64_t rows, int64_t channels, double *sums);
    void (*normalise[activations])(const T *x, const T *residual, const float *scale_shift, T *y, int64_t rows,
                                   int64_t channels);
    void (*add_gradients[gates])(const T *x, const T *y, const T *gradient, const float *scale_shift_mean, int64_t rows,
                                 int64_t channels, double *sums);
    void (*backward[gates])(const T *x, const T *y, const T *gradient, const float *scale_shift_abc, T *dx, T *dr,
                            int64_t rows, int64_t channels);
    // Of one picture, its pixels' channels together: the gradient of what was convolved, and of the filters (added).
    // Filters: K×K lists of channels, padded to a multiple of `lanes`.
    void (*depthwise_data)(const Depthwise &shape, const T *gradient, const float *filters, T *dx);
    // `scratch`: Depthwise::scratch() numbers, zero at first.
    void (*depthwise_filters)(const Depthwise &shape, const T *x, const T *gradient, float *dfilters, float *scratch);
};

// Those of the widest instructions that this processor has and LONGTAIL_CPU allows.
template <typename T> const Rows<T> &rows();

// Whether they are AVX-512's.
bool has_avx512();

}  // namespace longtail
