// TIFF through libtiff, which is loaded when it is there. What is declared here is libtiff's published interface,
// unchanged since version 4.0 (2011).
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CLongTailCodecs.h"
#include "library.h"

typedef void TIFF;
typedef void (*handler)(const char *module, const char *format, va_list arguments);
typedef ptrdiff_t (*transfer)(void *file, void *bytes, ptrdiff_t count);

enum { SUBFILE = 254, WIDTH = 256, HEIGHT = 257, BITS = 258, ORIENTATION = 274, EXTRA_SAMPLES = 338 };  // tags

#define FUNCTIONS(F)                                                                                                   \
    F(const char *, TIFFGetVersion, (void))                                                                            \
    F(handler, TIFFSetErrorHandler, (handler))                                                                         \
    F(handler, TIFFSetWarningHandler, (handler))                                                                       \
    F(TIFF *, TIFFClientOpen,                                                                                          \
      (const char *name, const char *mode, void *file, transfer read, transfer write,                                  \
       uint64_t (*seek)(void *, uint64_t, int), int (*close)(void *), uint64_t (*size)(void *),                        \
       int (*map)(void *, void **, uint64_t *), void (*unmap)(void *, void *, uint64_t)))                              \
    F(void, TIFFClose, (TIFF *))                                                                                       \
    F(int, TIFFGetField, (TIFF *, uint32_t tag, ...))                                                                  \
    F(int, TIFFGetFieldDefaulted, (TIFF *, uint32_t tag, ...))                                                         \
    F(int, TIFFSetField, (TIFF *, uint32_t tag, ...))                                                                  \
    F(int, TIFFIsTiled, (TIFF *))                                                                                      \
    F(uint64_t, TIFFTileSize64, (TIFF *))                                                                              \
    F(uint64_t, TIFFStripSize64, (TIFF *))                                                                             \
    F(int, TIFFRGBAImageOK, (TIFF *, char text[1024]))                                                                 \
    F(int, TIFFReadRGBAImageOriented,                                                                                  \
      (TIFF *, uint32_t width, uint32_t height, uint32_t *raster, int orientation, int stop_on_error))

static struct {
    FUNCTIONS(LONGTAIL_DECLARE)
} table;
static int loaded;
// Where the library's words on the file that this thread reads go. Its handlers are one for the process.
static _Thread_local longtail_message *listening;

static void note(const char *module, const char *format, va_list arguments) {
    (void)module;
    if (listening) vsnprintf(listening->text, sizeof listening->text, format, arguments);
}

static void load(void) {
    static const char *const names[] = {
        "libtiff.so.6", "libtiff.so.5", "libtiff.6.dylib", "/opt/homebrew/lib/libtiff.6.dylib", NULL};
    void *library = longtail_open_library(names);
    loaded = library != NULL FUNCTIONS(LONGTAIL_FIND);
    if (!loaded) return;
    table.TIFFSetErrorHandler(note);
    table.TIFFSetWarningHandler(NULL);
}

static int is_there(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return loaded;
}

// A file in memory.
typedef struct {
    const uint8_t *bytes;
    uint64_t size, place;
} memory;

static ptrdiff_t take(void *file, void *to, ptrdiff_t count) {
    memory *self = file;
    uint64_t left = self->place < self->size ? self->size - self->place : 0;
    uint64_t taken = count < 0 ? 0 : (uint64_t)count < left ? (uint64_t)count : left;
    if (taken) memcpy(to, self->bytes + self->place, taken);
    self->place += taken;
    return (ptrdiff_t)taken;
}

static ptrdiff_t refuse(void *file, void *from, ptrdiff_t count) {
    (void)file, (void)from, (void)count;
    return -1;
}

static uint64_t seek(void *file, uint64_t offset, int whence) {
    memory *self = file;
    self->place = whence == SEEK_CUR ? self->place + offset : whence == SEEK_END ? self->size + offset : offset;
    return self->place;
}

static uint64_t length(void *file) { return ((memory *)file)->size; }

static int done_with(void *file) {
    (void)file;
    return 0;
}

static int sound_but_not_read(longtail_message *message, const char *text) {
    char words[sizeof message->text];  // `text` may be the message
    snprintf(words, sizeof words, "%s", text);
    memcpy(message->text, words, sizeof words);
    return -1;
}

// Reads the first directory.
static int read_header(TIFF *tiff, longtail_header *header, longtail_message *message) {
    uint32_t width = 0, height = 0, kind = 0;
    uint16_t bits = 0, orientation = 0;
    table.TIFFGetField(tiff, WIDTH, &width);
    table.TIFFGetField(tiff, HEIGHT, &height);
    table.TIFFGetFieldDefaulted(tiff, SUBFILE, &kind);
    table.TIFFGetFieldDefaulted(tiff, BITS, &bits);
    table.TIFFGetFieldDefaulted(tiff, ORIENTATION, &orientation);
    *header = (longtail_header){
        .width = width, .height = height, .orientation = orientation >= 1 && orientation <= 8 ? orientation : 1,
        .bits = bits};
    if (kind & 1)
        return sound_but_not_read(message, "its first page is a thumbnail, as in the raw files of cameras");
    char text[1024] = "";
    return table.TIFFRGBAImageOK(tiff, text) ? 1 : sound_but_not_read(message, text);
}

static int read_pixels(TIFF *tiff, longtail_header header, uint8_t *pixels, longtail_message *message) {
    size_t count = header.width * header.height;
    // A strip or a tile is read at once. Eight samples of 16 bits a pixel are more than any picture of colours has.
    uint64_t piece = table.TIFFIsTiled(tiff) ? table.TIFFTileSize64(tiff) : table.TIFFStripSize64(tiff);
    if (piece > 16 * (uint64_t)count + (16 << 20)) {
        snprintf(message->text, sizeof message->text, "a strip or tile of it has %llu bytes", (unsigned long long)piece);
        return 0;
    }
    // Alpha is dropped; colours would be multiplied by it if it were not said that they are already.
    uint16_t extra = 0, *kinds = NULL;
    if (table.TIFFGetField(tiff, EXTRA_SAMPLES, &extra, &kinds) && extra > 0 && kinds) {
        enum { ASSOCIATED_ALPHA = 1, UNASSOCIATED_ALPHA = 2, MOST = 8 };
        uint16_t changed[MOST];
        if (extra <= MOST) {
            for (int i = 0; i < extra; i++) changed[i] = kinds[i] == UNASSOCIATED_ALPHA ? ASSOCIATED_ALPHA : kinds[i];
            table.TIFFSetField(tiff, EXTRA_SAMPLES, (int)extra, changed);
        }
    }
    uint32_t *raster = malloc(count * sizeof *raster);
    if (!raster) {
        snprintf(message->text, sizeof message->text, "no memory");
        return 0;
    }
    snprintf(message->text, sizeof message->text, "libtiff says no more");
    // In the file's own orientation nothing is mirrored.
    int done = table.TIFFReadRGBAImageOriented(
        tiff, (uint32_t)header.width, (uint32_t)header.height, raster, header.orientation, 1);
    for (size_t i = 0; done && i < count; i++)
        for (int c = 0; c < 3; c++) *pixels++ = (uint8_t)(raster[i] >> 8 * c);
    free(raster);
    return done;
}

// Opens the file, and reads its pixels where there is room for them.
static int read_file(
    const uint8_t *bytes, size_t size, longtail_header *header, uint8_t *pixels, longtail_message *message) {
    if (!is_there()) return sound_but_not_read(message, "libtiff is not there");
    snprintf(message->text, sizeof message->text, "no readable header");
    memory file = {bytes, size, 0};
    listening = message;
    // Without mapping, so that nothing is read past the end of the bytes.
    TIFF *tiff = table.TIFFClientOpen("", "rm", &file, take, refuse, seek, done_with, length, NULL, NULL);
    int done = 0;
    if (tiff) {
        longtail_header found;
        done = read_header(tiff, &found, message);
        if (done == 1 && !pixels) *header = found;
        if (done == 1 && pixels) {
            if (found.width == header->width && found.height == header->height)
                done = read_pixels(tiff, found, pixels, message);
            else done = 0;
        }
        table.TIFFClose(tiff);
    }
    listening = NULL;
    return done;
}

int longtail_tiff_header(const uint8_t *bytes, size_t size, longtail_header *header, longtail_message *message) {
    return read_file(bytes, size, header, NULL, message);
}

int longtail_decode_tiff(
    const uint8_t *bytes, size_t size, longtail_header header, uint8_t *pixels, longtail_message *message) {
    return read_file(bytes, size, &header, pixels, message);
}

const char *longtail_tiff_version(void) { return is_there() ? table.TIFFGetVersion() : NULL; }
