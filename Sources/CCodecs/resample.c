#include <stdlib.h>
#include <string.h>

#include "CCodecs.h"
#include "fast.h"

// Pillow's arithmetic: weights in fixed point with 22 bits, sums of 32 bits, rounded and cut to bytes after each axis.
enum { BITS = 22 };

static inline uint8_t to_byte(int32_t sum) {
    int32_t value = sum >> BITS;
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static void columns(
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

#if defined(__x86_64__)
#include <immintrin.h>

// The same sums, exactly: a weight is cut into its upper 11 and lower 11 bits, which 16-bit products can take, and two
// neighbouring pixels of two rows are multiplied at once.
enum { LOW = 11 };

typedef struct {
    int32_t low, high;  // two weights of 16 bits in each
} weight_pair;

static weight_pair pair(int32_t first, int32_t second) {
    const int32_t mask = (1 << LOW) - 1;
    return (weight_pair){(first & mask) | (second & mask) << 16, first >> LOW | second >> LOW << 16};
}

__attribute__((target("avx2"))) static void two_rows(
    const uint8_t *upper, const uint8_t *lower, uint8_t *to_upper, uint8_t *to_lower, size_t new_width,
    longtail_axis axis, const weight_pair *pairs, size_t stride) {
    const __m256i spread = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
    const __m256i half = _mm256_set1_epi32(1 << (BITS - 1));
    for (size_t x = 0; x < new_width; x++, pairs += stride) {
        size_t at = 3 * (size_t)axis.first[x];
        __m256i low = half, high = _mm256_setzero_si256();
        for (int32_t i = 0; i < (axis.count[x] + 1) / 2; i++, at += 6) {
            __m128i a = _mm_loadl_epi64((const __m128i *)(upper + at));
            __m128i b = _mm_loadl_epi64((const __m128i *)(lower + at));
            __m256i pixels = _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1), spread);
            low = _mm256_add_epi32(low, _mm256_madd_epi16(pixels, _mm256_set1_epi32(pairs[i].low)));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(pixels, _mm256_set1_epi32(pairs[i].high)));
        }
        __m256i sum = _mm256_srai_epi32(_mm256_add_epi32(low, _mm256_slli_epi32(high, LOW)), BITS);
        sum = _mm256_packus_epi16(_mm256_packs_epi32(sum, sum), sum);
        uint32_t first = (uint32_t)_mm256_extract_epi32(sum, 0), second = (uint32_t)_mm256_extract_epi32(sum, 4);
        // The fourth byte is overwritten by the next pixel; the last pixel of a row has none.
        if (x + 1 < new_width) {
            memcpy(to_upper + 3 * x, &first, 4);
            memcpy(to_lower + 3 * x, &second, 4);
        } else {
            memcpy(to_upper + 3 * x, &first, 3);
            memcpy(to_lower + 3 * x, &second, 3);
        }
    }
}

// Rows in pairs while there is a row behind them, for up to five bytes behind a row are read; gives the rows done.
static size_t fast_columns(
    const uint8_t *input, size_t rows, size_t width, uint8_t *output, size_t new_width, longtail_axis axis) {
    size_t stride = (axis.stride + 1) / 2, y = 0;
    if (width < 4 || rows < 8 || !__builtin_cpu_supports("avx2")) return 0;
    weight_pair *pairs = malloc(new_width * stride * sizeof *pairs);
    if (!pairs) return 0;
    for (size_t x = 0; x < new_width; x++)
        for (int32_t i = 0; i < axis.count[x]; i += 2) {
            const int32_t *weight = axis.weights + x * axis.stride + i;
            pairs[x * stride + (size_t)i / 2] = pair(weight[0], i + 1 < axis.count[x] ? weight[1] : 0);
        }
    for (; y + 2 < rows; y += 2, input += 6 * width, output += 6 * new_width)
        two_rows(input, input + 3 * width, output, output + 3 * new_width, new_width, axis, pairs, stride);
    free(pairs);
    return y;
}
#else
static size_t fast_columns(
    const uint8_t *input, size_t rows, size_t width, uint8_t *output, size_t new_width, longtail_axis axis) {
    return 0;
}
#endif

void longtail_resample_columns(
    const uint8_t *input, size_t rows, size_t width, uint8_t *output, size_t new_width, longtail_axis axis) {
    size_t done = fast_columns(input, rows, width, output, new_width, axis);
    columns(input + 3 * width * done, rows - done, width, output + 3 * new_width * done, new_width, axis);
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
