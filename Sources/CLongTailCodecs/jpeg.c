#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "CLongTailCodecs.h"
#include "entropy.h"
#include "orientation.h"

// All that a decoder holds. It belongs to the caller of the function with setjmp, so a jump leaves it valid.
typedef struct {
    struct jpeg_error_mgr errors;  // first, so that libjpeg's pointer to it is a pointer to this
    struct jpeg_decompress_struct info;
    jmp_buf jump;
    longtail_message *message;
    JSAMPLE *rows;
    entropy_reader *reader;  // or NULL
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

static void open_decoder(decoder *self, longtail_message *message) {
    memset(self, 0, sizeof *self);
    self->info.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = stop;
    self->errors.emit_message = warn;
    self->message = message;
}

// The orientation of the first EXIF block.
static int orientation(jpeg_saved_marker_ptr marker) {
    for (; marker; marker = marker->next)
        if (marker->marker == JPEG_APP0 + 1 && marker->data_length >= 6 && memcmp(marker->data, "Exif\0\0", 6) == 0)
            return longtail_exif_orientation(marker->data, marker->data_length);
    return 1;
}

// Whether an end-of-image marker follows the header. Within compressed data 0xFF is never followed by 0xD9, so a file
// without one was cut off; nearly always it is the last two bytes.
static int has_end(const uint8_t *bytes, size_t size) {
    for (size_t i = size; i > 1; i--)
        if (bytes[i - 1] == 0xD9 && bytes[i - 2] == 0xFF) return 1;
    return 0;
}

static int read_header(decoder *self, const uint8_t *bytes, size_t size, longtail_header *header) {
    struct jpeg_decompress_struct *info = &self->info;
    if (setjmp(self->jump)) return 0;
    jpeg_create_decompress(info);
    jpeg_mem_src(info, (unsigned char *)bytes, (unsigned long)size);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(info, TRUE);
    header->width = info->image_width;
    header->height = info->image_height;
    header->orientation = orientation(info->marker_list);
    header->bits = 8;
    if (has_end(info->src->next_input_byte, info->src->bytes_in_buffer)) return 1;
    snprintf(self->message->text, sizeof self->message->text, "the file ends early");
    return 0;
}

int longtail_jpeg_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message) {
    decoder self;
    open_decoder(&self, message);
    int done = read_header(&self, bytes, size, header);
    jpeg_destroy_decompress(&self.info);
    return done;
}

void longtail_jpeg_scaled(size_t width, size_t height, int eighths, size_t *scaled_width, size_t *scaled_height) {
    *scaled_width = (width * (size_t)eighths + 7) / 8;
    *scaled_height = (height * (size_t)eighths + 7) / 8;
}

// ink and key are amounts of white (inverted CMYK); the rounding of the product is that of Pillow.
static uint8_t mix_ink(unsigned ink, unsigned key) {
    unsigned product = (255 - ink) * key + 128;
    return (uint8_t)(key - ((product + (product >> 8)) >> 8));
}

static void put_row(const JSAMPLE *row, size_t width, int channels, uint8_t *pixels, longtail_placement at, size_t y) {
    uint8_t *to = pixels + 3 * (at.base + (ptrdiff_t)y * at.down);
    if (channels == 3 && at.right == 1) {
        memcpy(to, row, 3 * width);
        return;
    }
    for (size_t x = 0; x < width; x++, to += 3 * at.right, row += channels)
        for (int c = 0; c < 3; c++) to[c] = channels == 1 ? row[0] : channels == 3 ? row[c] : mix_ink(row[c], row[3]);
}

static int decode(
    decoder *self, const uint8_t *bytes, size_t size, int eighths, int fast, const longtail_box *part, int way,
    uint8_t *pixels) {
    struct jpeg_decompress_struct *info = &self->info;
    if (setjmp(self->jump)) return 0;
    jpeg_create_decompress(info);
    jpeg_mem_src(info, (unsigned char *)bytes, (unsigned long)size);
    jpeg_read_header(info, TRUE);
    info->out_color_space = info->num_components == 1 ? JCS_GRAYSCALE : info->num_components == 4 ? JCS_CMYK : JCS_RGB;
    info->scale_num = (unsigned)eighths;
    info->scale_denom = 8;
    if (fast) {
        info->do_fancy_upsampling = FALSE;
        info->dct_method = JDCT_IFAST;
    }
    jpeg_start_decompress(info);
    if (part->width == 0 || part->height == 0 || part->left > info->output_width || part->top > info->output_height
        || part->width > info->output_width - part->left || part->height > info->output_height - part->top) {
        snprintf(self->message->text, sizeof self->message->text, "the part lies outside the picture");
        return 0;
    }
    // Chroma is interpolated from its neighbours unless `fast`, so a window wider by one block on each side has all that
    // the part needs.
    JDIMENSION start = 0;
    if (part->width < info->output_width) {
        size_t margin = fast ? 0 : (size_t)info->max_h_samp_factor * DCTSIZE;
        size_t first = part->left > margin ? part->left - margin : 0;
        size_t last = part->left + part->width + margin;
        if (last > info->output_width) last = info->output_width;
        JDIMENSION count = (JDIMENSION)(last - first);
        start = (JDIMENSION)first;
        if (count < info->output_width) jpeg_crop_scanline(info, &start, &count);
    }
    if (self->reader) {
        JDIMENSION unit = (JDIMENSION)(info->max_h_samp_factor * info->min_DCT_scaled_size);
        longtail_read_entropy(info, self->reader, start / unit, (start + info->output_width - 1) / unit);
    }
    // Where chroma is halved libjpeg makes two rows together.
    enum { ROWS = 2 };
    size_t channels = (size_t)info->output_components, row_bytes = (size_t)info->output_width * channels;
    self->rows = malloc(ROWS * row_bytes);
    if (!self->rows) {
        snprintf(self->message->text, sizeof self->message->text, "no memory for a row of pixels");
        return 0;
    }
    size_t margin = fast ? 0 : (size_t)info->max_v_samp_factor * DCTSIZE;
    if (part->top > margin) jpeg_skip_scanlines(info, (JDIMENSION)(part->top - margin));
    longtail_placement at = longtail_place(way, (ptrdiff_t)part->width, (ptrdiff_t)part->height);
    int in_place = channels == 3 && at.right == 1 && info->output_width == part->width;
    const size_t end = part->top + part->height;
    while (info->output_scanline < end) {
        size_t y = info->output_scanline;
        int wanted = y >= part->top;
        JSAMPROW rows[ROWS];
        JDIMENSION most = 0;
        for (; most < ROWS && y + most < (wanted ? end : part->top); most++)
            rows[most] = wanted && in_place ? pixels + 3 * (at.base + (ptrdiff_t)(y + most - part->top) * at.down)
                                            : self->rows + most * row_bytes;
        JDIMENSION read = jpeg_read_scanlines(info, rows, most);
        if (!wanted || in_place) continue;
        for (JDIMENSION i = 0; i < read; i++)
            put_row(
                rows[i] + (part->left - start) * channels, part->width, (int)channels, pixels, at, y + i - part->top);
    }
    return 1;
}

int longtail_decode_jpeg(
    const uint8_t *bytes, size_t size, int eighths, int fast, longtail_box part, int orientation, uint8_t *pixels,
    longtail_message *message) {
    entropy_reader *reader = malloc(sizeof *reader);
    if (reader) reader->bytes = NULL, reader->gave_up = 0;
    for (;;) {
        decoder self;
        open_decoder(&self, message);
        self.reader = reader;
        int done = decode(&self, bytes, size, eighths, fast, &part, orientation, pixels);
        int again = reader && reader->gave_up;
        jpeg_destroy_decompress(&self.info);
        free(self.rows);
        if (reader) free(reader->bytes);
        free(reader);
        if (!again) return done;
        reader = NULL;
    }
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
