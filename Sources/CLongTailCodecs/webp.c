#include <stdio.h>

#include <webp/decode.h>

#include "CLongTailCodecs.h"

int longtail_webp_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, size, &features) != VP8_STATUS_OK || features.width <= 0 || features.height <= 0) {
        snprintf(message->text, sizeof message->text, "no readable header");
        return 0;
    }
    if (features.has_animation) {
        snprintf(message->text, sizeof message->text, "an animation");
        return 0;
    }
    *header = (longtail_header){(size_t)features.width, (size_t)features.height, 1};
    return 1;
}

int longtail_decode_webp(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message) {
    // The library checks its own reading of the sides against the room that it is given.
    size_t row = 3 * header.width;
    if (row <= INT32_MAX && WebPDecodeRGBInto(bytes, size, pixels, row * header.height, (int)row)) return 1;
    snprintf(message->text, sizeof message->text, "the compressed data are damaged or end early");
    return 0;
}

int longtail_webp_version(void) { return WebPGetDecoderVersion(); }
