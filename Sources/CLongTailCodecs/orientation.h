// EXIF's orientation: read from a file's metadata, and what it means for where pixels go.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A whole number of up to 4 bytes.
static inline uint32_t longtail_number(const uint8_t *at, int bytes, int little) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | at[little ? bytes - 1 - i : i];
    return value;
}

/// The orientation tag (0x0112) of the first directory of an EXIF block, with "Exif\0\0" before it or without; 1 when
/// there is none or it is broken.
int longtail_exif_orientation(const uint8_t *exif, size_t size);

/// Where pixel (x, y) of the file goes in an upright picture: base + x * right + y * down, in pixels.
typedef struct {
    ptrdiff_t base, right, down;
} longtail_placement;

/// The placement in a picture that is stored with these sides.
longtail_placement longtail_place(int orientation, ptrdiff_t width, ptrdiff_t height);
