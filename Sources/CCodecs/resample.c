#include <string.h>

#include "CCodecs.h"
#include "fast.h"

// Pillow's arithmetic: weights in fixed point with 22 bits, sums of 32 bits, rounded and cut to bytes after each axis.
enum { BITS = 22 };

static inline uint8_t to_byte(int32_t sum) {
    int32_t value = sum >> BITS;
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static inline void column(const uint8_t *from, const int32_t *weight, int32_t count, uint8_t *output) {
    int32_t red = 1 << (BITS - 1), green = red, blue = red;
    for (int32_t i = 0; i < count; i++, from += 3) {
        red += weight[i] * from[0];
        green += weight[i] * from[1];
        blue += weight[i] * from[2];
    }
    output[0] = to_byte(red);
    output[1] = to_byte(green);
    output[2] = to_byte(blue);
}

typedef int32_t eight __attribute__((vector_size(32)));
typedef uint8_t bytes8 __attribute__((vector_size(8)));

// The same pixel of two rows at once: lanes 0 to 2 and 4 to 6; each load takes one byte of the next pixel with it.
static inline void two_columns(
    const uint8_t *upper, const uint8_t *lower, const int32_t *weight, int32_t count, uint8_t *to_upper,
    uint8_t *to_lower) {
    const int32_t half = 1 << (BITS - 1);
    eight sum = {half, half, half, half, half, half, half, half};
    for (int32_t i = 0; i < count; i++, upper += 3, lower += 3) {
        bytes8 pixels;
        memcpy(&pixels, upper, 4);
        memcpy((uint8_t *)&pixels + 4, lower, 4);
        sum += __builtin_convertvector(pixels, eight) * weight[i];
    }
    for (int c = 0; c < 3; c++) {
        to_upper[c] = to_byte(sum[c]);
        to_lower[c] = to_byte(sum[4 + c]);
    }
}

FAST void longtail_resample_columns(
    const uint8_t *input, size_t rows, size_t width, uint8_t *output, size_t new_width, longtail_axis axis) {
    size_t from = 3 * width, to = 3 * new_width;
    size_t y = 0;
    // The last row has nothing behind it that could be loaded with its last pixel.
    for (; y + 2 < rows; y += 2, input += 2 * from, output += 2 * to)
        for (size_t x = 0; x < new_width; x++) {
            const uint8_t *at = input + 3 * axis.first[x];
            two_columns(
                at, at + from, axis.weights + x * axis.stride, axis.count[x], output + 3 * x, output + to + 3 * x);
        }
    for (; y < rows; y++, input += from, output += to)
        for (size_t x = 0; x < new_width; x++)
            column(input + 3 * axis.first[x], axis.weights + x * axis.stride, axis.count[x], output + 3 * x);
}

FAST void longtail_resample_rows(
    const uint8_t *restrict input, size_t row_bytes, uint8_t *restrict output, size_t new_height, longtail_axis axis) {
    enum { CHUNK = 32 };
    for (size_t y = 0; y < new_height; y++, output += row_bytes) {
        const uint8_t *from = input + (size_t)axis.first[y] * row_bytes;
        const int32_t *weight = axis.weights + y * axis.stride;
        int32_t taps = axis.count[y];
        size_t start = 0;
        for (; start + CHUNK <= row_bytes; start += CHUNK) {
            int32_t sums[CHUNK];
            for (int x = 0; x < CHUNK; x++) sums[x] = 1 << (BITS - 1);
            for (int32_t i = 0; i < taps; i++) {
                const uint8_t *row = from + (size_t)i * row_bytes + start;
                for (int x = 0; x < CHUNK; x++) sums[x] += weight[i] * row[x];
            }
            for (int x = 0; x < CHUNK; x++) output[start + (size_t)x] = to_byte(sums[x]);
        }
        for (; start < row_bytes; start++) {
            int32_t sum = 1 << (BITS - 1);
            for (int32_t i = 0; i < taps; i++) sum += weight[i] * from[(size_t)i * row_bytes + start];
            output[start] = to_byte(sum);
        }
    }
}
