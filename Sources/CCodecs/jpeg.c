#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "CCodecs.h"

// All that a decoder holds. It belongs to the caller of the function with setjmp, so a jump leaves it valid.
typedef struct {
    struct jpeg_error_mgr errors;  // first, so that libjpeg's pointer to it is a pointer to this
    struct jpeg_decompress_struct info;
    jmp_buf jump;
    longtail_message *message;
    JSAMPLE *row;
} decoder;

static void stop(j_common_ptr info) {
    decoder *self = (decoder *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    snprintf(self->message->text, sizeof self->message->text, "%s", text);
    longjmp(self->jump, 1);
}

static void warn(j_common_ptr info, int level) {
    // libjpeg fills a file that ends early with gray; a training set should not learn from that. Other warnings
    // (stray bytes between markers) occur in published data sets and leave the picture whole.
    if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) stop(info);
}

static unsigned read_number(const uint8_t *at, int bytes, int little) {
    unsigned value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | at[little ? bytes - 1 - i : i];
    return value;
}

// The orientation tag (0x0112) of the first directory of an EXIF block; 1 when there is none or it is broken.
static int orientation(jpeg_saved_marker_ptr marker) {
    for (; marker; marker = marker->next) {
        if (marker->marker != JPEG_APP0 + 1 || marker->data_length < 14) continue;
        if (memcmp(marker->data, "Exif\0\0", 6) != 0) continue;
        const uint8_t *tiff = marker->data + 6;
        size_t size = marker->data_length - 6;
        int little = tiff[0] == 'I';
        size_t start = read_number(tiff + 4, 4, little);
        if (start > size || size - start < 2) return 1;
        size_t entries = read_number(tiff + start, 2, little);
        for (size_t i = 0; i < entries && (i + 1) * 12 <= size - start - 2; i++) {
            const uint8_t *entry = tiff + start + 2 + i * 12;
            if (read_number(entry, 2, little) != 0x0112) continue;
            unsigned value = read_number(entry + 8, 2, little);
            return value >= 1 && value <= 8 ? (int)value : 1;
        }
        return 1;
    }
    return 1;
}

// Where pixel (x, y) of the file goes in an upright plane: base + x * right + y * down.
typedef struct {
    ptrdiff_t base, right, down;
} placement;

static placement place(int orientation, ptrdiff_t width, ptrdiff_t height) {
    switch (orientation) {
    case 2: return (placement){width - 1, -1, width};
    case 3: return (placement){width * height - 1, -1, -width};
    case 4: return (placement){(height - 1) * width, 1, -width};
    case 5: return (placement){0, height, 1};
    case 6: return (placement){height - 1, height, -1};
    case 7: return (placement){width * height - 1, -height, -1};
    case 8: return (placement){(width - 1) * height, -height, 1};
    default: return (placement){0, 1, width};
    }
}

// ink and key are amounts of white (inverted CMYK); the rounding of the product is that of Pillow.
static uint8_t mix_ink(unsigned ink, unsigned key) {
    unsigned product = (255 - ink) * key + 128;
    return (uint8_t)(key - ((product + (product >> 8)) >> 8));
}

static void put_row(
    const JSAMPLE *row, size_t width, int channels, uint8_t *plane, size_t area, placement at, size_t y) {
    ptrdiff_t to = at.base + (ptrdiff_t)y * at.down;
    for (size_t x = 0; x < width; x++, to += at.right, row += channels) {
        for (int c = 0; c < 3; c++) {
            uint8_t value = channels == 1 ? row[0] : channels == 3 ? row[c] : mix_ink(row[c], row[3]);
            plane[(size_t)c * area + (size_t)to] = value;
        }
    }
}

static int decode(decoder *self, const uint8_t *bytes, size_t size, size_t max_pixels, longtail_picture *picture) {
    struct jpeg_decompress_struct *info = &self->info;
    if (setjmp(self->jump)) return 0;
    jpeg_create_decompress(info);
    jpeg_mem_src(info, (unsigned char *)bytes, (unsigned long)size);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(info, TRUE);
    size_t width = info->image_width, height = info->image_height;
    if (width == 0 || height == 0 || width > max_pixels / height) {
        snprintf(self->message->text, sizeof self->message->text, "%zu × %zu pixels are more than the limit of %zu",
                 width, height, max_pixels);
        return 0;
    }
    info->out_color_space = info->num_components == 1 ? JCS_GRAYSCALE : info->num_components == 4 ? JCS_CMYK : JCS_RGB;
    int way = orientation(info->marker_list);
    jpeg_start_decompress(info);
    self->row = malloc(width * (size_t)info->output_components);
    picture->planes = malloc(3 * width * height);
    if (!self->row || !picture->planes) {
        snprintf(self->message->text, sizeof self->message->text, "no memory for %zu × %zu pixels", width, height);
        return 0;
    }
    placement at = place(way, (ptrdiff_t)width, (ptrdiff_t)height);
    while (info->output_scanline < info->output_height) {
        size_t y = info->output_scanline;
        jpeg_read_scanlines(info, &self->row, 1);
        put_row(self->row, width, info->output_components, picture->planes, width * height, at, y);
    }
    picture->width = way > 4 ? height : width;
    picture->height = way > 4 ? width : height;
    return 1;
}

int longtail_decode_jpeg(
    const uint8_t *bytes, size_t size, size_t max_pixels, longtail_picture *picture, longtail_message *message) {
    decoder self;
    memset(&self, 0, sizeof self);
    self.info.err = jpeg_std_error(&self.errors);
    self.errors.error_exit = stop;
    self.errors.emit_message = warn;
    self.message = message;
    memset(picture, 0, sizeof *picture);
    int done = decode(&self, bytes, size, max_pixels, picture);
    jpeg_destroy_decompress(&self.info);
    free(self.row);
    if (!done) {
        free(picture->planes);
        picture->planes = NULL;
    }
    return done;
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *longtail_jpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
    return "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION);
#else
    return "libjpeg " TEXT(JPEG_LIB_VERSION);
#endif
}

void longtail_free(void *memory) { free(memory); }
