#include <stdlib.h>
#include <string.h>

#include "CLongTailCodecs.h"
#include "fast.h"

FAST void longtail_split(const uint8_t *restrict pixels, size_t count, uint8_t *restrict planes) {
    uint8_t *restrict red = planes, *restrict green = planes + count, *restrict blue = planes + 2 * count;
    for (size_t i = 0; i < count; i++) {
        red[i] = pixels[3 * i];
        green[i] = pixels[3 * i + 1];
        blue[i] = pixels[3 * i + 2];
    }
}

FAST void longtail_join(const uint8_t *restrict planes, size_t count, uint8_t *restrict pixels) {
    const uint8_t *restrict red = planes, *restrict green = planes + count, *restrict blue = planes + 2 * count;
    for (size_t i = 0; i < count; i++) {
        pixels[3 * i] = red[i];
        pixels[3 * i + 1] = green[i];
        pixels[3 * i + 2] = blue[i];
    }
}

typedef uint8_t sixteen __attribute__((vector_size(16)));

// Five pixels of the left for five of the right at once, each turned round.
FAST void longtail_mirror(uint8_t *pixels, size_t height, size_t width) {
    for (size_t y = 0; y < height; y++) {
        uint8_t *left = pixels + 3 * width * y, *right = left + 3 * width;
        for (; right - left >= 32; left += 15, right -= 15) {
            sixteen a, b;
            memcpy(&a, left, 16);
            memcpy(&b, right - 16, 16);
            sixteen to_left = __builtin_shufflevector(b, a, 13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, -1);
            sixteen to_right = __builtin_shufflevector(a, b, -1, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2);
            memcpy(left, &to_left, 15);
            memcpy(right - 15, (uint8_t *)&to_right + 1, 15);
        }
        for (right -= 3; left < right; left += 3, right -= 3)
            for (int c = 0; c < 3; c++) {
                uint8_t swapped = left[c];
                left[c] = right[c];
                right[c] = swapped;
            }
    }
}

// Pillow's luma (ITU-R 601) in fixed point with 16 bits.
static inline int32_t luma(const uint8_t *pixel) {
    return (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16;
}

// Pillow's blend: in float, cut to [0, 255], truncated.
static inline uint8_t blend(int32_t from, int32_t to, float factor) {
    float value = (float)from + factor * (float)(to - from);
    value = value < 0 ? 0 : value > 255 ? 255 : value;
    return (uint8_t)(int32_t)value;
}

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))

// Loops over colours take CHUNK pixels at once, in planes, and STEP of them in vectors. Bytes are widened and narrowed
// within halves of a vector, so that their order comes back by itself.
enum { STEP = 32, CHUNK = 256 };

typedef struct {
    __m256i part[4];
} wide;

typedef struct {
    uint8_t red[CHUNK], green[CHUNK], blue[CHUNK];
} planes;

AVX2 static inline wide widen(__m256i bytes) {
    __m256i zero = _mm256_setzero_si256();
    __m256i low = _mm256_unpacklo_epi8(bytes, zero), high = _mm256_unpackhi_epi8(bytes, zero);
    return (wide){{
        _mm256_unpacklo_epi16(low, zero), _mm256_unpackhi_epi16(low, zero), _mm256_unpacklo_epi16(high, zero),
        _mm256_unpackhi_epi16(high, zero)}};
}

AVX2 static inline __m256i narrow(wide from) {
    __m256i low = _mm256_packs_epi32(from.part[0], from.part[1]), high = _mm256_packs_epi32(from.part[2], from.part[3]);
    return _mm256_packus_epi16(low, high);
}

AVX2 static inline __m256i load(const uint8_t *at) { return _mm256_loadu_si256((const __m256i *)at); }

AVX2 static inline void store(uint8_t *at, __m256i value) { _mm256_storeu_si256((__m256i *)at, value); }

AVX2 static inline void take(const uint8_t *restrict pixels, planes *restrict to) {
    for (int i = 0; i < CHUNK; i++) {
        to->red[i] = pixels[3 * i];
        to->green[i] = pixels[3 * i + 1];
        to->blue[i] = pixels[3 * i + 2];
    }
}

// Green's weight is more than 16 bits hold and is added in halves.
AVX2 static inline __m256i fast_luma(__m256i red, __m256i green, __m256i blue) {
    __m256i above = _mm256_slli_epi32(green, 16);
    __m256i sum = _mm256_add_epi32(
        _mm256_madd_epi16(_mm256_or_si256(red, above), _mm256_set1_epi32(19235 << 16 | 19595)),
        _mm256_madd_epi16(_mm256_or_si256(blue, above), _mm256_set1_epi32(19235 << 16 | 7471)));
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(0x8000)), 16);
}

// Without the cut at zero, which narrow does.
AVX2 static inline __m256i fast_blend(__m256 from, __m256i to, __m256 factor) {
    __m256 change = _mm256_mul_ps(factor, _mm256_sub_ps(_mm256_cvtepi32_ps(to), from));
    return _mm256_cvttps_epi32(_mm256_min_ps(_mm256_add_ps(from, change), _mm256_set1_ps(255)));
}

AVX2 static size_t fast_luma_sum(const uint8_t *pixels, size_t count, uint64_t *total) {
    size_t done = 0;
    planes from;
    for (; count - done >= CHUNK; done += CHUNK) {
        __m256i sum = _mm256_setzero_si256();
        take(pixels + 3 * done, &from);
        for (int at = 0; at < CHUNK; at += STEP) {
            wide red = widen(load(from.red + at)), green = widen(load(from.green + at));
            wide blue = widen(load(from.blue + at));
            for (int i = 0; i < 4; i++)
                sum = _mm256_add_epi32(sum, fast_luma(red.part[i], green.part[i], blue.part[i]));
        }
        uint32_t sums[8];
        store((uint8_t *)sums, sum);
        for (int i = 0; i < 8; i++) *total += sums[i];
    }
    return done;
}

AVX2 static size_t fast_blend_constant(uint8_t *pixels, size_t bytes, int32_t value, float factor) {
    __m256 from = _mm256_set1_ps((float)value), by = _mm256_set1_ps(factor);
    size_t done = 0;
    for (; bytes - done >= STEP; done += STEP) {
        wide now = widen(load(pixels + done));
        for (int i = 0; i < 4; i++) now.part[i] = fast_blend(from, now.part[i], by);
        store(pixels + done, narrow(now));
    }
    return done;
}

AVX2 static size_t fast_blend_luma(uint8_t *pixels, size_t count, float factor) {
    __m256 by = _mm256_set1_ps(factor);
    size_t done = 0;
    planes from;
    for (; count - done >= CHUNK; done += CHUNK, pixels += 3 * CHUNK) {
        take(pixels, &from);
        for (int at = 0; at < CHUNK; at += STEP) {
            wide red = widen(load(from.red + at)), green = widen(load(from.green + at));
            wide blue = widen(load(from.blue + at));
            for (int i = 0; i < 4; i++) {
                __m256 gray = _mm256_cvtepi32_ps(fast_luma(red.part[i], green.part[i], blue.part[i]));
                red.part[i] = fast_blend(gray, red.part[i], by);
                green.part[i] = fast_blend(gray, green.part[i], by);
                blue.part[i] = fast_blend(gray, blue.part[i], by);
            }
            store(from.red + at, narrow(red));
            store(from.green + at, narrow(green));
            store(from.blue + at, narrow(blue));
        }
        for (int i = 0; i < CHUNK; i++) {
            pixels[3 * i] = from.red[i];
            pixels[3 * i + 1] = from.green[i];
            pixels[3 * i + 2] = from.blue[i];
        }
    }
    return done;
}

int longtail_has_avx2(void) {
    const char *cap = getenv("LONGTAIL_CPU");
    return !(cap && strcmp(cap, "portable") == 0) && __builtin_cpu_supports("avx2");
}
#else
int longtail_has_avx2(void) { return 0; }
static size_t fast_luma_sum(const uint8_t *pixels, size_t count, uint64_t *total) { return 0; }
static size_t fast_blend_constant(uint8_t *pixels, size_t bytes, int32_t value, float factor) { return 0; }
static size_t fast_blend_luma(uint8_t *pixels, size_t count, float factor) { return 0; }
#endif

uint64_t longtail_luma_sum(const uint8_t *pixels, size_t count) {
    uint64_t sum = 0;
    for (size_t i = longtail_has_avx2() ? fast_luma_sum(pixels, count, &sum) : 0; i < count; i++)
        sum += (uint64_t)luma(pixels + 3 * i);
    return sum;
}

void longtail_blend_constant(uint8_t *pixels, size_t count, int32_t value, float factor) {
    for (size_t i = longtail_has_avx2() ? fast_blend_constant(pixels, 3 * count, value, factor) : 0; i < 3 * count; i++)
        pixels[i] = blend(value, pixels[i], factor);
}

void longtail_blend_luma(uint8_t *pixels, size_t count, float factor) {
    for (size_t i = longtail_has_avx2() ? fast_blend_luma(pixels, count, factor) : 0; i < count; i++) {
        int32_t red = pixels[3 * i], green = pixels[3 * i + 1], blue = pixels[3 * i + 2];
        int32_t gray = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
        pixels[3 * i] = blend(gray, red, factor);
        pixels[3 * i + 1] = blend(gray, green, factor);
        pixels[3 * i + 2] = blend(gray, blue, factor);
    }
}

FAST void longtail_blend(uint8_t *restrict pixels, size_t bytes, const uint8_t *restrict from, float factor) {
    for (size_t i = 0; i < bytes; i++) pixels[i] = blend(from[i], pixels[i], factor);
}

void longtail_histogram(const uint8_t *pixels, size_t count, uint32_t *counts) {
    memset(counts, 0, 768 * sizeof *counts);
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < 3; c++) counts[256 * c + pixels[3 * i + (size_t)c]]++;
}

void longtail_look_up(uint8_t *pixels, size_t count, const uint8_t *table) {
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < 3; c++) pixels[3 * i + (size_t)c] = table[256 * c + pixels[3 * i + (size_t)c]];
}

void longtail_smooth(const uint8_t *pixels, size_t height, size_t width, uint8_t *output) {
    size_t row = 3 * width;
    memcpy(output, pixels, height * row);
    for (size_t y = 1; y + 1 < height; y++)
        for (size_t i = 3; i + 3 < row; i++) {
            const uint8_t *at = pixels + y * row + i;
            int sum = 4 * at[0];
            for (int line = -1; line <= 1; line++) {
                const uint8_t *middle = at + line * (ptrdiff_t)row;
                sum += middle[-3] + middle[0] + middle[3];
            }
            output[y * row + i] = (uint8_t)((2 * sum + 13) / 26);
        }
}

static uint8_t clip(int value) { return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value; }

void longtail_shift_hue(uint8_t *pixels, size_t count, uint8_t shift) {
    for (; count > 0; count--, pixels += 3) {
        int r = pixels[0], g = pixels[1], b = pixels[2];
        int high = r > g ? (r > b ? r : b) : (g > b ? g : b), low = r < g ? (r < b ? r : b) : (g < b ? g : b);
        uint8_t hue = 0, saturation = 0;
        if (high != low) {
            float range = (float)(high - low), h;
            float rc = (float)(high - r) / range, gc = (float)(high - g) / range, bc = (float)(high - b) / range;
            if (r == high) h = bc - gc;
            else if (g == high) h = (float)(2.0 + rc - bc);
            else h = (float)(4.0 + gc - rc);
            double turn = h / 6.0 + 1.0;
            h = (float)(turn >= 1 ? turn - 1 : turn);
            hue = clip((int)(h * 255.0));
            saturation = clip((int)(range / (float)high * 255.0));
        }
        if (saturation == 0) {
            pixels[0] = pixels[1] = pixels[2] = (uint8_t)high;
            continue;
        }
        hue = (uint8_t)(hue + shift);
        float place = (float)(hue * 6.0 / 255.0);
        int sector = (int)place;
        float f = (float)(hue * 6.0 / 255.0 - sector), s = (float)(saturation / 255.0), v = (float)high;
        uint8_t top = (uint8_t)high;
        // Rounded half up, as C's round does for what is not negative.
        uint8_t p = clip((int)(float)(v * (1.0 - s) + 0.5));
        uint8_t q = clip((int)(float)(v * (1.0 - s * f) + 0.5));
        uint8_t t = clip((int)(float)(v * (1.0 - s * (1.0 - f)) + 0.5));
        uint8_t colours[6][3] = {{top, t, p}, {q, top, p}, {p, top, t}, {p, q, top}, {t, p, top}, {top, p, q}};
        memcpy(pixels, colours[sector % 6], 3);
    }
}
