// The door to libjpeg and libpng: pictures as bytes in, RGB planes out, errors as text.
// Every function returns 1, or 0 with a sentence in `message`; neither library ever longjmps or exits past it.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Three planes (red, green, blue) of height × width bytes, made by a decoder; free with `longtail_free`.
typedef struct {
    size_t width, height;
    uint8_t *planes;
} longtail_picture;

/// Room for an error text.
typedef struct {
    char text[256];
} longtail_message;

/// Decodes a JPEG: grayscale is spread to RGB, CMYK and YCCK (inverted, as Adobe writes them) are converted,
/// and the EXIF orientation is applied. A file that ends early is an error.
int longtail_decode_jpeg(
    const uint8_t *bytes, size_t size, size_t max_pixels, longtail_picture *picture, longtail_message *message);

/// Decodes a PNG of any kind: 16 bits are cut to the upper 8, palettes and grays spread to RGB, alpha dropped.
int longtail_decode_png(
    const uint8_t *bytes, size_t size, size_t max_pixels, longtail_picture *picture, longtail_message *message);

/// Encodes RGB planes as a PNG; `*bytes` is to be freed with `longtail_free`.
int longtail_encode_png(
    const uint8_t *planes, size_t width, size_t height, uint8_t **bytes, size_t *size, longtail_message *message);

/// Frees what a function above has made.
void longtail_free(void *memory);

/// The version of libjpeg-turbo (or of libjpeg's interface) that the door was built with.
const char *longtail_jpeg_version(void);

/// The version of the libpng that is loaded.
const char *longtail_png_version(void);
