// HEIC and AVIF through libheif, which is loaded when it is there. What is declared here is libheif's published
// interface, unchanged since version 1.7 (2020).
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "CLongTailCodecs.h"
#include "library.h"

typedef struct {
    int code, subcode;
    const char *message;
} heif_error;

enum { UNSUPPORTED_FILE = 3, UNSUPPORTED_FEATURE = 4 };  // heif_error.code
enum { COLORSPACE_RGB = 1, CHROMA_INTERLEAVED_RGB = 10, CHANNEL_INTERLEAVED = 10 };

// The beginning of what heif_decoding_options_alloc makes.
typedef struct {
    uint8_t version, ignore_transformations;
    void (*start)(int, int, void *), (*on)(int, int, void *), (*end)(int, void *);
    void *user;
    uint8_t convert_hdr_to_8bit;  // from version 2 on
} heif_decoding_options;

#define FUNCTIONS(F)                                                                                                   \
    F(const char *, heif_get_version, (void))                                                                          \
    F(int, heif_have_decoder_for_format, (int format))                                                                 \
    F(void *, heif_context_alloc, (void))                                                                              \
    F(void, heif_context_free, (void *context))                                                                        \
    F(void, heif_context_set_maximum_image_size_limit, (void *context, int side))                                      \
    F(heif_error, heif_context_read_from_memory_without_copy,                                                          \
      (void *context, const void *bytes, size_t size, const void *options))                                            \
    F(heif_error, heif_context_get_primary_image_handle, (void *context, void **handle))                               \
    F(void, heif_image_handle_release, (const void *handle))                                                           \
    F(int, heif_image_handle_get_width, (const void *handle))                                                          \
    F(int, heif_image_handle_get_height, (const void *handle))                                                         \
    F(int, heif_image_handle_get_ispe_width, (const void *handle))                                                     \
    F(int, heif_image_handle_get_ispe_height, (const void *handle))                                                    \
    F(int, heif_image_handle_get_luma_bits_per_pixel, (const void *handle))                                            \
    F(heif_decoding_options *, heif_decoding_options_alloc, (void))                                                    \
    F(void, heif_decoding_options_free, (heif_decoding_options * options))                                             \
    F(heif_error, heif_decode_image,                                                                                   \
      (const void *handle, void **image, int colorspace, int chroma, const heif_decoding_options *options))            \
    F(void, heif_image_release, (const void *image))                                                                   \
    F(int, heif_image_get_width, (const void *image, int channel))                                                     \
    F(int, heif_image_get_height, (const void *image, int channel))                                                    \
    F(const uint8_t *, heif_image_get_plane_readonly, (const void *image, int channel, int *stride))

static struct {
    FUNCTIONS(LONGTAIL_DECLARE)
} table;
static int loaded;
// From 1.13 on: decodes in the caller's thread, of which there are enough. Older versions have it or not.
static void (*set_threads)(void *context, int count);

static void load(void) {
    static const char *const names[] = {"libheif.so.1", "libheif.1.dylib", "/opt/homebrew/lib/libheif.1.dylib", NULL};
    void *library = longtail_open_library(names);
    loaded = library != NULL FUNCTIONS(LONGTAIL_FIND);
    if (loaded) set_threads = (void (*)(void *, int))dlsym(library, "heif_context_set_max_decoding_threads");
}

static int is_there(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return loaded;
}

// A file and the handle of its primary picture.
typedef struct {
    void *context, *handle;
} opened;

static int worked(heif_error error, longtail_message *message) {
    if (error.code == 0) return 1;
    snprintf(message->text, sizeof message->text, "%s", error.message ? error.message : "libheif says no more");
    return error.code == UNSUPPORTED_FILE || error.code == UNSUPPORTED_FEATURE ? -1 : 0;
}

static int open_file(opened *self, const uint8_t *bytes, size_t size, int side, longtail_message *message) {
    *self = (opened){NULL, NULL};
    if (!is_there()) {
        snprintf(message->text, sizeof message->text, "libheif is not there");
        return -1;
    }
    self->context = table.heif_context_alloc();
    if (!self->context) {
        snprintf(message->text, sizeof message->text, "no memory");
        return 0;
    }
    if (set_threads) set_threads(self->context, 0);
    if (side > 0) table.heif_context_set_maximum_image_size_limit(self->context, side);
    int done = worked(table.heif_context_read_from_memory_without_copy(self->context, bytes, size, NULL), message);
    return done == 1 ? worked(table.heif_context_get_primary_image_handle(self->context, &self->handle), message) : done;
}

static void close_file(opened *self) {
    if (self->handle) table.heif_image_handle_release(self->handle);
    if (self->context) table.heif_context_free(self->context);
}

static size_t positive(int side) { return side > 0 ? (size_t)side : 0; }

int longtail_heif_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message) {
    opened self;
    int done = open_file(&self, bytes, size, 0, message);
    if (done == 1)
        *header = (longtail_header){
            .width = positive(table.heif_image_handle_get_width(self.handle)),
            .height = positive(table.heif_image_handle_get_height(self.handle)),
            .orientation = 1, .bits = table.heif_image_handle_get_luma_bits_per_pixel(self.handle),
            .coded_width = positive(table.heif_image_handle_get_ispe_width(self.handle)),
            .coded_height = positive(table.heif_image_handle_get_ispe_height(self.handle))};
    close_file(&self);
    return done;
}

static int copy(const void *image, longtail_header header, uint8_t *pixels, longtail_message *message) {
    int stride = 0;
    const uint8_t *rows = table.heif_image_get_plane_readonly(image, CHANNEL_INTERLEAVED, &stride);
    if (!rows || positive(table.heif_image_get_width(image, CHANNEL_INTERLEAVED)) != header.width
        || positive(table.heif_image_get_height(image, CHANNEL_INTERLEAVED)) != header.height
        || positive(stride) < 3 * header.width) {
        snprintf(message->text, sizeof message->text, "the sides are not those of the header");
        return 0;
    }
    for (size_t y = 0; y < header.height; y++)
        memcpy(pixels + 3 * header.width * y, rows + (size_t)stride * y, 3 * header.width);
    return 1;
}

int longtail_decode_heif(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message) {
    // What a grid is made of may have other sides than the whole; the library's own limit is 32768.
    enum { LEAST = 8192, MOST = 32768 };
    size_t side = 2 * (header.width > header.height ? header.width : header.height);
    opened self;
    int done = open_file(&self, bytes, size, side < LEAST ? LEAST : side > MOST ? MOST : (int)side, message);
    heif_decoding_options *options = done == 1 ? table.heif_decoding_options_alloc() : NULL;
    if (options) {
        if (options->version >= 2) options->convert_hdr_to_8bit = 1;
        void *image = NULL;
        done = worked(
            table.heif_decode_image(self.handle, &image, COLORSPACE_RGB, CHROMA_INTERLEAVED_RGB, options), message);
        if (done == 1) done = copy(image, header, pixels, message);
        if (image) table.heif_image_release(image);
        table.heif_decoding_options_free(options);
    } else if (done == 1) {
        snprintf(message->text, sizeof message->text, "no memory");
        done = 0;
    }
    close_file(&self);
    return done;
}

const char *longtail_heif_version(void) { return is_there() ? table.heif_get_version() : NULL; }

int longtail_heif_decodes(longtail_heif_format format) {
    return is_there() && table.heif_have_decoder_for_format((int)format);
}
