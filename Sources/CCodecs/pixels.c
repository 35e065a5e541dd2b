#include <string.h>

#include "CCodecs.h"

void longtail_split(const uint8_t *pixels, size_t count, uint8_t *planes) {
    uint8_t *red = planes, *green = planes + count, *blue = planes + 2 * count;
    for (size_t i = 0; i < count; i++) {
        red[i] = pixels[3 * i];
        green[i] = pixels[3 * i + 1];
        blue[i] = pixels[3 * i + 2];
    }
}

void longtail_join(const uint8_t *planes, size_t count, uint8_t *pixels) {
    const uint8_t *red = planes, *green = planes + count, *blue = planes + 2 * count;
    for (size_t i = 0; i < count; i++) {
        pixels[3 * i] = red[i];
        pixels[3 * i + 1] = green[i];
        pixels[3 * i + 2] = blue[i];
    }
}

void longtail_mirror(uint8_t *pixels, size_t height, size_t width) {
    for (size_t y = 0; y < height; y++) {
        uint8_t *left = pixels + 3 * width * y, *right = left + 3 * (width - 1);
        for (; left < right; left += 3, right -= 3)
            for (int c = 0; c < 3; c++) {
                uint8_t swapped = left[c];
                left[c] = right[c];
                right[c] = swapped;
            }
    }
}
