#include <stdlib.h>
#include <string.h>

#include "CLongTailCodecs.h"
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

// The same sums, exactly: a weight is cut into its upper 14 and lower 8 bits, which 16-bit products can take, and two
// pixels are multiplied at once. Where no weight has lower bits (not `fine`), half of that is enough.
enum { LOW = 8 };

typedef struct {
    int32_t low, high;  // two weights of 16 bits in each
} weight_pair;

static weight_pair pair(int32_t first, int32_t second) {
    const int32_t mask = (1 << LOW) - 1;
    const uint32_t high = ((uint32_t)(first >> LOW) & 0xFFFF) | (uint32_t)(second >> LOW) << 16;
    return (weight_pair){(first & mask) | (second & mask) << 16, (int32_t)high};
}

#define AVX2 __attribute__((target("avx2")))

// Two neighbouring pixels of two rows are multiplied at once.
AVX2 static inline __attribute__((always_inline)) void two_rows(
    const uint8_t *upper, const uint8_t *lower, uint8_t *to_upper, uint8_t *to_lower, size_t new_width,
    longtail_axis axis, const weight_pair *pairs, size_t stride, int fine) {
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
            if (fine) low = _mm256_add_epi32(low, _mm256_madd_epi16(pixels, _mm256_set1_epi32(pairs[i].low)));
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

AVX2 static void two_rows_of(
    const uint8_t *from, size_t width, uint8_t *to, size_t new_width, longtail_axis axis, const weight_pair *pairs,
    size_t stride, int fine) {
    const uint8_t *lower = from + 3 * width;
    uint8_t *to_lower = to + 3 * new_width;
    if (fine) two_rows(from, lower, to, to_lower, new_width, axis, pairs, stride, 1);
    else two_rows(from, lower, to, to_lower, new_width, axis, pairs, stride, 0);
}

// Rows in pairs while there is a row behind them, for up to five bytes behind a row are read; gives the rows done.
static size_t fast_columns(
    const uint8_t *input, size_t rows, size_t width, uint8_t *output, size_t new_width, longtail_axis axis) {
    size_t stride = (axis.stride + 1) / 2, y = 0;
    if (width < 4 || rows < 8 || !longtail_has_avx2()) return 0;
    weight_pair *pairs = malloc(new_width * stride * sizeof *pairs);
    if (!pairs) return 0;
    int32_t fine = 0;
    for (size_t x = 0; x < new_width; x++)
        for (int32_t i = 0; i < axis.count[x]; i += 2) {
            const int32_t *weight = axis.weights + x * axis.stride + i;
            weight_pair both = pair(weight[0], i + 1 < axis.count[x] ? weight[1] : 0);
            pairs[x * stride + (size_t)i / 2] = both;
            fine |= both.low;
        }
    for (; y + 2 < rows; y += 2, input += 6 * width, output += 6 * new_width)
        two_rows_of(input, width, output, new_width, axis, pairs, stride, fine != 0);
    free(pairs);
    return y;
}

// The bytes of one row, two of `taps` rows multiplied at once; gives how many are done.
AVX2 static inline __attribute__((always_inline)) size_t one_row(
    const uint8_t *from, size_t row_bytes, uint8_t *output, const int32_t *weight, int32_t taps, int fine) {
    const __m256i half = _mm256_set1_epi32(1 << (BITS - 1)), zero = _mm256_setzero_si256();
    size_t x = 0;
    for (; x + 32 <= row_bytes; x += 32) {
        __m256i low[4] = {half, half, half, half}, high[4] = {zero, zero, zero, zero};
        const uint8_t *at = from + x;
        for (int32_t i = 0; i < taps; i += 2, at += 2 * row_bytes) {
            int both = i + 1 < taps;
            weight_pair weights = pair(weight[i], both ? weight[i + 1] : 0);
            __m256i by_low = _mm256_set1_epi32(weights.low), by_high = _mm256_set1_epi32(weights.high);
            __m256i a = _mm256_loadu_si256((const __m256i *)at);
            __m256i b = _mm256_loadu_si256((const __m256i *)(both ? at + row_bytes : at));
            __m256i first = _mm256_unpacklo_epi8(a, b), second = _mm256_unpackhi_epi8(a, b);
            __m256i parts[4] = {
                _mm256_unpacklo_epi8(first, zero), _mm256_unpackhi_epi8(first, zero),
                _mm256_unpacklo_epi8(second, zero), _mm256_unpackhi_epi8(second, zero)};
            for (int j = 0; j < 4; j++) {
                if (fine) low[j] = _mm256_add_epi32(low[j], _mm256_madd_epi16(parts[j], by_low));
                high[j] = _mm256_add_epi32(high[j], _mm256_madd_epi16(parts[j], by_high));
            }
        }
        for (int j = 0; j < 4; j++)
            low[j] = _mm256_srai_epi32(_mm256_add_epi32(low[j], _mm256_slli_epi32(high[j], LOW)), BITS);
        __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(low[0], low[1]), _mm256_packs_epi32(low[2], low[3]));
        _mm256_storeu_si256((__m256i *)(output + x), bytes);
    }
    return x;
}

AVX2 static size_t one_row_of(
    const uint8_t *from, size_t row_bytes, uint8_t *output, const int32_t *weight, int32_t taps) {
    int32_t fine = 0;
    for (int32_t i = 0; i < taps; i++) fine |= weight[i] & ((1 << LOW) - 1);
    return fine ? one_row(from, row_bytes, output, weight, taps, 1) : one_row(from, row_bytes, output, weight, taps, 0);
}

static size_t fast_row(
    const uint8_t *from, size_t row_bytes, uint8_t *output, const int32_t *weight, int32_t taps) {
    return longtail_has_avx2() ? one_row_of(from, row_bytes, output, weight, taps) : 0;
}
#else
static size_t fast_row(
    const uint8_t *from, size_t row_bytes, uint8_t *output, const int32_t *weight, int32_t taps) {
    return 0;
}

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
        size_t start = fast_row(from, row_bytes, output, weight, taps);
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
