// The door to libjpeg-turbo, libpng and libwebp, and to libheif and libtiff where the machine has them (files as bytes in,
// RGB pixels out, errors as text), and the loops over pixels that C compilers turn into better machine code. Functions of
// the codecs return 1, or with a sentence in `message` 0 for a damaged file and -1 for a sound one of a kind that is not
// read; no library ever longjmps or exits past them. Pixels are three bytes (red, green, blue), rows from the top.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// What a file's header says: the sides of what is decoded, the EXIF orientation (1 to 8) that makes it upright, the bits
/// of a sample, and the sides before a part is cut out, where the library does that (0 elsewhere).
typedef struct {
    size_t width, height;
    int orientation, bits;
    size_t coded_width, coded_height;
} longtail_header;

/// A rectangle of pixels.
typedef struct {
    size_t left, top, width, height;
} longtail_box;

/// Room for an error text.
typedef struct {
    char text[256];
} longtail_message;

/// Reads a JPEG's header; a file without an end-of-image marker is an error, for it was cut off.
int longtail_jpeg_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message);

/// The sides of a JPEG decoded at eighths/8 of its size.
void longtail_jpeg_scaled(size_t width, size_t height, int eighths, size_t *scaled_width, size_t *scaled_height);

/// Decodes a part of a JPEG, to the bytes that the whole picture has there, and turns it upright.
///
/// Grayscale is spread to RGB; CMYK and YCCK (inverted, as Adobe writes them) are converted. The picture is decoded at
/// eighths/8 of its size (8, 4, 2 or 1); `part` is in pixels of that size, before it is turned. `pixels` has room for
/// 3 × part.width × part.height bytes. Nothing below the part is decoded. `fast` repeats chroma instead of interpolating
/// it and takes the quickest inverse transform, for parts and the whole alike.
int longtail_decode_jpeg(
    const uint8_t *bytes, size_t size, int eighths, int fast, longtail_box part, int orientation, uint8_t *pixels,
    longtail_message *message);

/// Reads a PNG's header.
int longtail_png_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message);

/// Decodes a PNG of any kind into 3 × width × height bytes, the sides being those of its header.
///
/// 16 bits are cut to the upper 8, palettes and grays spread to RGB, alpha dropped.
int longtail_decode_png(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message);

/// Encodes pixels as a PNG; `*bytes` is to be freed with `longtail_free`.
int longtail_encode_png(
    const uint8_t *pixels, size_t width, size_t height, uint8_t **bytes, size_t *size, longtail_message *message);

/// Reads a WebP's header; an animation that was cut off is an error.
int longtail_webp_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message);

/// Decodes a WebP into 3 × width × height bytes, the sides being those of its header; alpha is dropped. Of an animation
/// this is the first frame, on black where it does not fill the picture.
int longtail_decode_webp(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message);

/// Reads the header of an HEIC or AVIF's primary picture. The sides are those after its own crops and turns.
int longtail_heif_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message);

/// Decodes the primary picture into 3 × width × height bytes, the sides being those of its header; more than 8 bits are
/// cut to 8, alpha is dropped.
int longtail_decode_heif(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message);

/// Reads the header of a TIFF's first page.
int longtail_tiff_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message);

/// Decodes the first page into 3 × width × height bytes, the sides being those of its header; 16 bits are brought to 8
/// (grays cut, colours rounded), grays and palettes spread to RGB, CMYK converted, alpha dropped.
int longtail_decode_tiff(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message);

/// Turns a picture that is stored with these sides upright, into as many bytes.
void longtail_turn(const uint8_t *pixels, size_t width, size_t height, int orientation, uint8_t *output);

/// Frees what a function above has made.
void longtail_free(void *memory);

/// The version of libjpeg-turbo (or of libjpeg's interface) that the door was built with.
const char *longtail_jpeg_version(void);

/// The version of the libpng that is loaded.
const char *longtail_png_version(void);

/// The version of the libwebp that is loaded: major, minor and revision in a byte each.
int longtail_webp_version(void);

/// The version of libheif; NULL where it is not.
const char *longtail_heif_version(void);

/// How a picture in a HEIF file is compressed, by libheif's numbers.
typedef enum { LONGTAIL_HEIF_HEVC = 1, LONGTAIL_HEIF_AV1 = 4 } longtail_heif_format;

/// Whether libheif is there and has a decoder.
int longtail_heif_decodes(longtail_heif_format format);

/// What libtiff says of itself; NULL where it is not.
const char *longtail_tiff_version(void);

/// How each output sample of one axis is made: the sum of `count` input samples from `first` on, times weights that
/// stand `stride` apart for successive outputs, in fixed point with 22 bits.
typedef struct {
    const int32_t *first, *count, *weights;
    size_t stride;
} longtail_axis;

/// Resamples the columns of `rows` rows of `width` pixels to `new_width` pixels.
void longtail_resample_columns(
    const uint8_t *input, size_t rows, size_t width, uint8_t *output, size_t new_width, longtail_axis axis);

/// Resamples rows of `row_bytes` bytes to `new_height` rows.
void longtail_resample_rows(
    const uint8_t *input, size_t row_bytes, uint8_t *output, size_t new_height, longtail_axis axis);

/// Pixels to three planes of `count` bytes.
void longtail_split(const uint8_t *pixels, size_t count, uint8_t *planes);

/// Three planes of `count` bytes to pixels.
void longtail_join(const uint8_t *planes, size_t count, uint8_t *pixels);

/// Mirrors each row, left to right.
void longtail_mirror(uint8_t *pixels, size_t height, size_t width);

/// The sum of all pixels' luma, each rounded to a byte.
uint64_t longtail_luma_sum(const uint8_t *pixels, size_t count);

/// Every byte b becomes value + factor × (b − value), cut to [0, 255] and truncated.
void longtail_blend_constant(uint8_t *pixels, size_t count, int32_t value, float factor);

/// The same with each pixel's luma in place of a constant.
void longtail_blend_luma(uint8_t *pixels, size_t count, float factor);

/// The same with the bytes of another picture.
void longtail_blend(uint8_t *pixels, size_t bytes, const uint8_t *from, float factor);

/// How often each of 256 values occurs in red, green and blue: 3 × 256 counts.
void longtail_histogram(const uint8_t *pixels, size_t count, uint32_t *counts);

/// Replaces every byte by a table's entry, 256 for each of red, green and blue.
void longtail_look_up(uint8_t *pixels, size_t count, const uint8_t *table);

/// Pillow's SMOOTH filter: 3 × 3, the middle counts five times; pixels at the edge stay.
void longtail_smooth(const uint8_t *pixels, size_t height, size_t width, uint8_t *output);

/// Turns every pixel's hue, of 256 steps, by way of Pillow's HSV in bytes.
void longtail_shift_hue(uint8_t *pixels, size_t count, uint8_t shift);

/// Pillow's GaussianBlur: three passes of an extended box blur. 0 when there is no memory.
int longtail_gaussian_blur(uint8_t *pixels, size_t height, size_t width, float sigma);

/// Output (x, y) is input (m0 x + m1 y + m2, m3 x + m4 y + m5), pixel centres at halves, `fill` outside; filter 0 takes
/// the nearest pixel, 1 is bilinear, 2 bicubic.
void longtail_affine(
    const uint8_t *pixels, size_t height, size_t width, uint8_t *output, const double m[6], int filter,
    const uint8_t fill[3]);

/// The same with the nearest pixel, in the fixed point that Pillow uses for turned pictures.
void longtail_rotate_nearest(
    const uint8_t *pixels, size_t height, size_t width, uint8_t *output, const double m[6], const uint8_t fill[3]);
