#include <stdio.h>
#include <string.h>

#include <webp/decode.h>

#include "CLongTailCodecs.h"
#include "orientation.h"

// A chunk's contents, as many of them as there are.
typedef struct {
    const uint8_t *bytes;
    size_t size;
} chunk;

static int fail(longtail_message *message, const char *text) {
    snprintf(message->text, sizeof message->text, "%s", text);
    return 0;
}

// The first chunk of that name in a file; {NULL, 0} when there is none.
static chunk find(const uint8_t *bytes, size_t size, const char name[4]) {
    enum { FILE_HEAD = 12, HEAD = 8 };
    for (size_t at = FILE_HEAD; at <= size && size - at >= HEAD;) {
        size_t length = longtail_number(bytes + at + 4, 4, 1), left = size - at - HEAD;
        size_t held = length < left ? length : left;
        if (memcmp(bytes + at, name, 4) == 0) return (chunk){bytes + at + HEAD, held};
        if (left - held < (length & 1)) break;
        at += HEAD + held + (length & 1);
    }
    return (chunk){NULL, 0};
}

int longtail_webp_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, size, &features) != VP8_STATUS_OK || features.width <= 0 || features.height <= 0)
        return fail(message, "no readable header");
    // A still picture that was cut off does not decode, an animation's first frame would.
    if (features.has_animation && longtail_number(bytes + 4, 4, 1) > size - 8)
        return fail(message, "the file ends early");
    chunk exif = find(bytes, size, "EXIF");
    *header = (longtail_header){
        .width = (size_t)features.width, .height = (size_t)features.height,
        .orientation = exif.bytes ? longtail_exif_orientation(exif.bytes, exif.size) : 1, .bits = 8};
    return 1;
}

// Decodes what fills `width` × `height` pixels of rows that are `row` bytes apart.
static int decode(
    chunk from, size_t width, size_t height, uint8_t *pixels, size_t room, size_t row, longtail_message *message) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(from.bytes, from.size, &features) != VP8_STATUS_OK || (size_t)features.width != width
        || (size_t)features.height != height)
        return fail(message, "the sides are not those of the header");
    // The library checks its own reading of the sides against the room that it is given.
    if (row <= INT32_MAX && WebPDecodeRGBInto(from.bytes, from.size, pixels, room, (int)row)) return 1;
    return fail(message, "the compressed data are damaged or end early");
}

// The first frame stands somewhere on a black canvas, as Pillow reads it.
static int decode_animation(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message) {
    enum { HEAD = 16 };
    chunk frame = find(bytes, size, "ANMF");
    if (frame.size < HEAD) return fail(message, "an animation without frames");
    size_t left = 2 * (size_t)longtail_number(frame.bytes, 3, 1), top = 2 * (size_t)longtail_number(frame.bytes + 3, 3, 1);
    size_t width = 1 + (size_t)longtail_number(frame.bytes + 6, 3, 1);
    size_t height = 1 + (size_t)longtail_number(frame.bytes + 9, 3, 1);
    if (left > header.width || width > header.width - left || top > header.height || height > header.height - top)
        return fail(message, "the first frame does not lie in the picture");
    size_t row = 3 * header.width, place = top * row + 3 * left;
    memset(pixels, 0, row * header.height);
    chunk picture = {frame.bytes + HEAD, frame.size - HEAD};
    return decode(picture, width, height, pixels + place, row * header.height - place, row, message);
}

int longtail_decode_webp(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, size, &features) == VP8_STATUS_OK && features.has_animation)
        return decode_animation(bytes, size, header, pixels, message);
    size_t row = 3 * header.width;
    return decode((chunk){bytes, size}, header.width, header.height, pixels, row * header.height, row, message);
}

int longtail_webp_version(void) { return WebPGetDecoderVersion(); }
