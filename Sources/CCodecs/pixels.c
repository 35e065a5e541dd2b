#include <string.h>

#include "CCodecs.h"
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

FAST uint64_t longtail_luma_sum(const uint8_t *pixels, size_t count) {
    uint64_t sum = 0;
    while (count > 0) {
        size_t part = count < 4096 ? count : 4096;
        uint32_t partial = 0;
        for (size_t i = 0; i < part; i++) partial += (uint32_t)luma(pixels + 3 * i);
        sum += partial;
        pixels += 3 * part;
        count -= part;
    }
    return sum;
}

FAST void longtail_blend_constant(uint8_t *pixels, size_t count, int32_t value, float factor) {
    for (size_t i = 0; i < 3 * count; i++) pixels[i] = blend(value, pixels[i], factor);
}

FAST void longtail_blend_luma(uint8_t *pixels, size_t count, float factor) {
    for (size_t i = 0; i < count; i++) {
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
