#include <math.h>
#include <string.h>

#include "CLongTailCodecs.h"

// Pillow's Image.transform(AFFINE): output pixel (x, y) is taken from input (a x + b y + c, d x + e y + f), pixel centres
// at halves; what comes from outside is `fill`.
typedef struct {
    const uint8_t *pixels;
    ptrdiff_t height, width;
} source;

static const uint8_t *pixel(const source *in, ptrdiff_t y, ptrdiff_t x) {
    y = y < 0 ? 0 : y >= in->height ? in->height - 1 : y;
    x = x < 0 ? 0 : x >= in->width ? in->width - 1 : x;
    return in->pixels + 3 * (y * in->width + x);
}

static int has_row(const source *in, ptrdiff_t y) { return y >= 0 && y < in->height; }

static double mix(double a, double b, double d) { return a + (b - a) * d; }

static void bilinear(const source *in, double y, double x, uint8_t *to) {
    ptrdiff_t top = (ptrdiff_t)floor(y - 0.5), left = (ptrdiff_t)floor(x - 0.5);
    double down = y - 0.5 - (double)top, right = x - 0.5 - (double)left;
    for (int c = 0; c < 3; c++) {
        double upper = mix(pixel(in, top, left)[c], pixel(in, top, left + 1)[c], right), lower = upper;
        if (has_row(in, top + 1)) lower = mix(pixel(in, top + 1, left)[c], pixel(in, top + 1, left + 1)[c], right);
        to[c] = (uint8_t)mix(upper, lower, down);
    }
}

static double cubic(const double v[4], double d) {
    double p2 = -v[0] + v[2], p3 = 2 * (v[0] - v[1]) + v[2] - v[3], p4 = -v[0] + v[1] - v[2] + v[3];
    return v[1] + d * (p2 + d * (p3 + d * p4));
}

static void bicubic(const source *in, double y, double x, uint8_t *to) {
    ptrdiff_t top = (ptrdiff_t)floor(y - 0.5) - 1, left = (ptrdiff_t)floor(x - 0.5) - 1;
    double down = y - 0.5 - (double)(top + 1), right = x - 0.5 - (double)(left + 1);
    for (int c = 0; c < 3; c++) {
        double rows[4];
        for (int i = 0; i < 4; i++) {
            if (i > 0 && !has_row(in, top + i)) {
                rows[i] = rows[i - 1];
                continue;
            }
            double values[4];
            for (int j = 0; j < 4; j++) values[j] = pixel(in, top + i, left + j)[c];
            rows[i] = cubic(values, right);
        }
        double value = cubic(rows, down);
        to[c] = value <= 0 ? 0 : value >= 255 ? 255 : (uint8_t)value;
    }
}

void longtail_affine(
    const uint8_t *pixels, size_t height, size_t width, uint8_t *output, const double m[6], int filter,
    const uint8_t fill[3]) {
    source in = {pixels, (ptrdiff_t)height, (ptrdiff_t)width};
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++, output += 3) {
            double fx = m[0] * ((double)x + 0.5) + m[1] * ((double)y + 0.5) + m[2];
            double fy = m[3] * ((double)x + 0.5) + m[4] * ((double)y + 0.5) + m[5];
            if (!(fx >= 0 && fy >= 0 && fx < (double)width && fy < (double)height)) memcpy(output, fill, 3);
            else if (filter == 0) memcpy(output, pixel(&in, (ptrdiff_t)fy, (ptrdiff_t)fx), 3);
            else if (filter == 1) bilinear(&in, fy, fx, output);
            else bicubic(&in, fy, fx, output);
        }
}

void longtail_rotate_nearest(
    const uint8_t *pixels, size_t height, size_t width, uint8_t *output, const double m[6], const uint8_t fill[3]) {
    // Pillow goes through a turned picture in fixed point with 16 bits.
    int64_t a[6];
    for (int i = 0; i < 6; i++) {
        double value = i % 3 == 2 ? m[i] + m[i - 2] * 0.5 + m[i - 1] * 0.5 : m[i];
        a[i] = (int64_t)floor(value * 65536.0 + 0.5);
    }
    for (size_t y = 0; y < height; y++, a[2] += a[1], a[5] += a[4]) {
        int64_t fx = a[2], fy = a[5];
        for (size_t x = 0; x < width; x++, output += 3, fx += a[0], fy += a[3]) {
            int64_t from_x = fx >> 16, from_y = fy >> 16;
            int inside = from_x >= 0 && from_y >= 0 && from_x < (int64_t)width && from_y < (int64_t)height;
            memcpy(output, inside ? pixels + 3 * ((size_t)from_y * width + (size_t)from_x) : fill, 3);
        }
    }
}
