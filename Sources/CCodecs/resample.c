#include "CCodecs.h"

// Pillow's arithmetic: weights in fixed point with 22 bits, sums of 32 bits, rounded and cut to bytes after each axis.
enum { BITS = 22 };

static inline uint8_t to_byte(int32_t sum) {
    int32_t value = sum >> BITS;
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

void longtail_resample_columns(
    const uint8_t *input, size_t rows, size_t width, uint8_t *output, size_t new_width, longtail_axis axis) {
    for (size_t y = 0; y < rows; y++, input += 3 * width)
        for (size_t x = 0; x < new_width; x++, output += 3) {
            const uint8_t *from = input + 3 * axis.first[x];
            const int32_t *weight = axis.weights + x * axis.stride;
            int32_t red = 1 << (BITS - 1), green = red, blue = red;
            for (int32_t i = 0; i < axis.count[x]; i++, from += 3) {
                red += weight[i] * from[0];
                green += weight[i] * from[1];
                blue += weight[i] * from[2];
            }
            output[0] = to_byte(red);
            output[1] = to_byte(green);
            output[2] = to_byte(blue);
        }
}

void longtail_resample_rows(
    const uint8_t *input, size_t row_bytes, uint8_t *output, size_t new_height, longtail_axis axis) {
    enum { CHUNK = 256 };
    for (size_t y = 0; y < new_height; y++, output += row_bytes) {
        const uint8_t *from = input + (size_t)axis.first[y] * row_bytes;
        const int32_t *weight = axis.weights + y * axis.stride;
        for (size_t start = 0; start < row_bytes; start += CHUNK) {
            size_t count = row_bytes - start < CHUNK ? row_bytes - start : CHUNK;
            int32_t sums[CHUNK];
            for (size_t x = 0; x < count; x++) sums[x] = 1 << (BITS - 1);
            for (int32_t i = 0; i < axis.count[y]; i++) {
                const uint8_t *row = from + (size_t)i * row_bytes + start;
                for (size_t x = 0; x < count; x++) sums[x] += weight[i] * row[x];
            }
            for (size_t x = 0; x < count; x++) output[start + x] = to_byte(sums[x]);
        }
    }
}
