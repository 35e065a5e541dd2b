// The passes of rows.h, compiled once for each instruction set and chosen when the program runs.
#pragma once
#include <cstdint>

namespace longtail {

// Channels that a pass takes at a time.
constexpr int64_t lanes = 16;

// T is float, or uint16_t for the bits of a bfloat16.
template <typename T> struct Rows {
    void (*add_moments)(const T *x, const float *centre, int64_t rows, int64_t channels, double *sums);
    void (*normalise)(const T *x, const T *residual, const float *scale, const float *shift, T *y, int64_t rows,
                      int64_t channels);
    void (*add_gradients)(const T *x, const T *y, const T *gradient, const float *mean, int64_t rows, int64_t channels,
                          double *sums);
    void (*backward)(const T *x, const T *y, const T *gradient, const float *abc, T *dx, T *dr, int64_t rows,
                     int64_t channels);
};

// Those of the widest instructions that this processor has and LONGTAIL_CPU allows.
template <typename T> const Rows<T> &rows();

}  // namespace longtail
