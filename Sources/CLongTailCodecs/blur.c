#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "CLongTailCodecs.h"

// One pass of Pillow's extended box blur along a line whose pixels stand `step` bytes apart, edges repeated.
static void blur_line(const uint8_t *from, uint8_t *to, ptrdiff_t last, ptrdiff_t radius, uint32_t whole, uint32_t edge) {
#define AT(x) ((uint32_t)from[3 * ((x) < 0 ? 0 : (x) > last ? last : (x))])
    uint32_t sum = 0;
    for (ptrdiff_t x = -radius - 1; x < radius; x++) sum += AT(x);
    for (ptrdiff_t x = 0; x <= last; x++) {
        sum += AT(x + radius) - AT(x - radius - 1);
        uint32_t value = sum * whole + (AT(x - radius - 1) + AT(x + radius + 1)) * edge;
        to[3 * x] = (uint8_t)((value + (1u << 23)) >> 24);
    }
#undef AT
}

static void blur_rows(uint8_t *pixels, size_t height, size_t width, uint8_t *row, float radius) {
    ptrdiff_t whole_radius = (ptrdiff_t)radius;
    uint32_t whole = (uint32_t)((float)(1 << 24) / (radius * 2 + 1));
    uint32_t edge = ((1u << 24) - ((uint32_t)whole_radius * 2 + 1) * whole) / 2;
    for (size_t y = 0; y < height; y++) {
        uint8_t *line = pixels + 3 * width * y;
        for (int pass = 0; pass < 3; pass++) {
            for (int c = 0; c < 3; c++) blur_line(line + c, row + c, (ptrdiff_t)width - 1, whole_radius, whole, edge);
            memcpy(line, row, 3 * width);
        }
    }
}

static void transpose(const uint8_t *from, size_t height, size_t width, uint8_t *to) {
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) memcpy(to + 3 * (x * height + y), from + 3 * (y * width + x), 3);
}

// The radius of a box whose threefold application comes near a Gaussian (Gwosdek et al. 2011, equations 7, 11, 14).
static float box_radius(float sigma) {
    float variance = sigma * sigma / 3;
    float length = (float)sqrt(12.0 * variance + 1.0);
    float l = (float)floor((length - 1.0) / 2.0);
    float a = (2 * l + 1) * (l * (l + 1) - 3 * variance);
    return l + a / (6 * (variance - (l + 1) * (l + 1)));
}

int longtail_gaussian_blur(uint8_t *pixels, size_t height, size_t width, float sigma) {
    uint8_t *turned = malloc(3 * height * width), *row = malloc(3 * (height > width ? height : width));
    int done = turned && row;
    if (done) {
        float radius = box_radius(sigma);
        blur_rows(pixels, height, width, row, radius);
        transpose(pixels, height, width, turned);
        blur_rows(turned, width, height, row, radius);
        transpose(turned, width, height, pixels);
    }
    free(turned);
    free(row);
    return done;
}
