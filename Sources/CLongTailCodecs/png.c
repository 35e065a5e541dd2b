#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "CLongTailCodecs.h"
#include "orientation.h"

// What a reader or a writer holds. It belongs to the caller of the function with setjmp, so a jump leaves it valid.
typedef struct {
    png_structp png;
    png_infop info;
    longtail_message *message;
    const uint8_t *from;
    size_t left;
    png_bytep *rows;
    uint8_t *written;
    size_t count, room;
} coder;

static void stop(png_structp png, png_const_charp text) {
    coder *self = png_get_error_ptr(png);
    snprintf(self->message->text, sizeof self->message->text, "%s", text);
    png_longjmp(png, 1);
}

// A warning is nothing, but for one: libpng would ask for the memory that a chunk announces, allowed or not.
static void warn(png_structp png, png_const_charp text) {
    if (strstr(text, "chunk data is too large")) png_error(png, text);
}

static void take(png_structp png, png_bytep to, size_t count) {
    coder *self = png_get_io_ptr(png);
    if (count > self->left) png_error(png, "the file ends early");
    memcpy(to, self->from, count);
    self->from += count;
    self->left -= count;
}

static void put(png_structp png, png_bytep from, size_t count) {
    coder *self = png_get_io_ptr(png);
    if (count > self->room - self->count) {
        size_t room = 2 * self->room + count;
        uint8_t *larger = realloc(self->written, room);
        if (!larger) png_error(png, "no memory");
        self->written = larger;
        self->room = room;
    }
    memcpy(self->written + self->count, from, count);
    self->count += count;
}

static void flush(png_structp png) { (void)png; }

static void set_rows(coder *self, uint8_t *pixels, size_t width, size_t height) {
    self->rows = malloc(height * sizeof *self->rows);
    if (!self->rows) png_error(self->png, "no memory");
    for (size_t y = 0; y < height; y++) self->rows[y] = pixels + 3 * width * y;
}

static int read_header(coder *self, longtail_header *header) {
    png_structp png = self->png;
    if (setjmp(png_jmpbuf(png))) return 0;
    png_set_read_fn(png, self, take);
    png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
    // No chunk is longer than the file, whatever length it announces.
    png_set_chunk_malloc_max(png, self->left > 8000000 ? self->left : 8000000);
    png_read_info(png, self->info);
    *header = (longtail_header){
        .width = png_get_image_width(png, self->info), .height = png_get_image_height(png, self->info),
        .orientation = 1, .bits = png_get_bit_depth(png, self->info)};
    return 1;
}

static int decode(coder *self, longtail_header header, uint8_t *pixels) {
    png_structp png = self->png;
    if (setjmp(png_jmpbuf(png))) return 0;
    png_set_strip_16(png);
    png_set_palette_to_rgb(png);
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, self->info);
    if (png_get_rowbytes(png, self->info) != 3 * header.width) png_error(png, "an unknown pixel layout");
    set_rows(self, pixels, header.width, header.height);
    png_read_image(png, self->rows);
    png_read_end(png, NULL);
    return 1;
}

static int open_reader(coder *self, const uint8_t *bytes, size_t size, longtail_message *message) {
    memset(self, 0, sizeof *self);
    self->message = message;
    self->from = bytes;
    self->left = size;
    snprintf(message->text, sizeof message->text, "no memory");
    self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, stop, warn);
    if (self->png) self->info = png_create_info_struct(self->png);
    return self->info != NULL;
}

// The orientation of the chunk eXIf, which may stand before or after the pixels.
static int orientation(const uint8_t *bytes, size_t size) {
    enum { SIGNATURE = 8, HEAD = 8, CHECKSUM = 4 };
    for (size_t at = SIGNATURE; at <= size && size - at >= HEAD + CHECKSUM;) {
        size_t length = longtail_number(bytes + at, 4, 0);
        if (length > size - at - HEAD - CHECKSUM) return 1;
        if (memcmp(bytes + at + 4, "eXIf", 4) == 0) return longtail_exif_orientation(bytes + at + HEAD, length);
        at += HEAD + length + CHECKSUM;
    }
    return 1;
}

int longtail_png_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message) {
    coder self;
    int done = open_reader(&self, bytes, size, message) && read_header(&self, header);
    if (done) header->orientation = orientation(bytes, size);
    png_destroy_read_struct(&self.png, &self.info, NULL);
    return done;
}

int longtail_decode_png(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message) {
    coder self;
    longtail_header found;
    int done = open_reader(&self, bytes, size, message) && read_header(&self, &found);
    if (done && (found.width != header.width || found.height != header.height)) {
        snprintf(message->text, sizeof message->text, "the sides are not those of the header");
        done = 0;
    }
    done = done && decode(&self, header, pixels);
    png_destroy_read_struct(&self.png, &self.info, NULL);
    free(self.rows);
    return done;
}

static int encode(coder *self, const uint8_t *pixels, size_t width, size_t height) {
    png_structp png = self->png;
    if (setjmp(png_jmpbuf(png))) return 0;
    png_set_write_fn(png, self, put, flush);
    png_set_IHDR(png, self->info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    set_rows(self, (uint8_t *)pixels, width, height);
    png_write_info(png, self->info);
    png_write_image(png, self->rows);
    png_write_end(png, NULL);
    return 1;
}

int longtail_encode_png(
    const uint8_t *pixels, size_t width, size_t height, uint8_t **bytes, size_t *size, longtail_message *message) {
    coder self;
    memset(&self, 0, sizeof self);
    self.message = message;
    snprintf(message->text, sizeof message->text, "no memory");
    self.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &self, stop, warn);
    if (self.png) self.info = png_create_info_struct(self.png);
    int done = self.info && encode(&self, pixels, width, height);
    png_destroy_write_struct(&self.png, &self.info);
    free(self.rows);
    if (!done) {
        free(self.written);
        self.written = NULL;
    }
    *bytes = self.written;
    *size = self.count;
    return done;
}

const char *longtail_png_version(void) { return png_get_libpng_ver(NULL); }
