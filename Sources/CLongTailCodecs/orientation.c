#include <string.h>

#include "CLongTailCodecs.h"
#include "orientation.h"

int longtail_exif_orientation(const uint8_t *exif, size_t size) {
    enum { TAG = 0x0112, LONG = 4 };
    if (size >= 6 && memcmp(exif, "Exif\0\0", 6) == 0) {
        exif += 6;
        size -= 6;
    }
    if (size < 8) return 1;
    int little = exif[0] == 'I';
    size_t start = longtail_number(exif + 4, 4, little);
    if (start > size || size - start < 2) return 1;
    size_t entries = longtail_number(exif + start, 2, little);
    for (size_t i = 0; i < entries && (i + 1) * 12 <= size - start - 2; i++) {
        const uint8_t *entry = exif + start + 2 + i * 12;
        if (longtail_number(entry, 2, little) != TAG) continue;
        uint32_t value = longtail_number(entry + 8, longtail_number(entry + 2, 2, little) == LONG ? 4 : 2, little);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

longtail_placement longtail_place(int orientation, ptrdiff_t width, ptrdiff_t height) {
    switch (orientation) {
    case 2: return (longtail_placement){width - 1, -1, width};
    case 3: return (longtail_placement){width * height - 1, -1, -width};
    case 4: return (longtail_placement){(height - 1) * width, 1, -width};
    case 5: return (longtail_placement){0, height, 1};
    case 6: return (longtail_placement){height - 1, height, -1};
    case 7: return (longtail_placement){width * height - 1, -height, -1};
    case 8: return (longtail_placement){(width - 1) * height, -height, 1};
    default: return (longtail_placement){0, 1, width};
    }
}

void longtail_turn(const uint8_t *pixels, size_t width, size_t height, int orientation, uint8_t *output) {
    longtail_placement at = longtail_place(orientation, (ptrdiff_t)width, (ptrdiff_t)height);
    for (size_t y = 0; y < height; y++) {
        uint8_t *to = output + 3 * (at.base + (ptrdiff_t)y * at.down);
        for (size_t x = 0; x < width; x++, to += 3 * at.right, pixels += 3) memcpy(to, pixels, 3);
    }
}
