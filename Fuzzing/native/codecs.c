// The C door to the codecs under AddressSanitizer: decodes damaged files, whole, in parts and at fractions, and resamples
// and changes what comes out. Built and run by scripts/asan; usage: codecs SECONDS FILE...
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CLongTailCodecs.h"

static uint64_t state = 1;

static size_t below(size_t bound) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return bound ? (size_t)(state % bound) : 0;
}

// Weights of a box filter are enough to walk every index that a bilinear one could.
static void resample(const uint8_t *pixels, size_t height, size_t width) {
    size_t new_width = 1 + below(40), new_height = 1 + below(40), stride = (width > height ? width : height) + 1;
    size_t outputs = new_width > new_height ? new_width : new_height;
    int32_t *first = calloc(outputs, 4), *count = calloc(outputs, 4), *weights = calloc(outputs * stride, 4);
    uint8_t *columns = malloc(3 * height * new_width), *rows = malloc(3 * new_height * new_width);
    for (int axis = 0; axis < 2; axis++) {
        size_t from = axis ? height : width, to = axis ? new_height : new_width;
        for (size_t i = 0; i < to; i++) {
            first[i] = (int32_t)(i * from / to);
            count[i] = (int32_t)((i + 1) * from / to) - first[i];
            if (count[i] < 1) count[i] = 1;
            for (int32_t j = 0; j < count[i]; j++) weights[i * stride + (size_t)j] = (1 << 22) / count[i];
        }
        longtail_axis table = {first, count, weights, stride};
        if (axis) longtail_resample_rows(columns, 3 * new_width, rows, new_height, table);
        else longtail_resample_columns(pixels, height, width, columns, new_width, table);
    }
    free(first);
    free(count);
    free(weights);
    free(columns);
    free(rows);
}

static void change(uint8_t *pixels, size_t height, size_t width) {
    size_t count = height * width;
    uint8_t *other = malloc(3 * count);
    double matrix[6] = {0.9, 0.3, (double)below(20) - 10, -0.3, 0.9, (double)below(20) - 10};
    uint8_t fill[3] = {1, 2, 3};
    uint32_t counts[768];
    longtail_split(pixels, count, other);
    longtail_join(other, count, pixels);
    longtail_mirror(pixels, height, width);
    longtail_blend_constant(pixels, count, (int32_t)(longtail_luma_sum(pixels, count) / count), 1.4f);
    longtail_blend_luma(pixels, count, 0.6f);
    longtail_shift_hue(pixels, count, (uint8_t)below(256));
    longtail_histogram(pixels, count, counts);
    longtail_smooth(pixels, height, width, other);
    longtail_blend(pixels, 3 * count, other, 1.9f);
    longtail_gaussian_blur(pixels, height, width, 0.1f + (float)below(30) / 10);
    for (int filter = 0; filter < 3; filter++) longtail_affine(pixels, height, width, other, matrix, filter, fill);
    longtail_rotate_nearest(pixels, height, width, other, matrix, fill);
    free(other);
}

// What reads a kind of picture.
typedef struct {
    int (*header)(const uint8_t *, size_t, longtail_header *, longtail_message *);
    int (*decode)(const uint8_t *, size_t, longtail_header, uint8_t *, longtail_message *);
} form;

static form form_of(const uint8_t *bytes, size_t size) {
    if (size > 1 && bytes[0] == 0x89) return (form){longtail_png_header, longtail_decode_png};
    if (size > 4 && (memcmp(bytes, "II", 2) == 0 || memcmp(bytes, "MM", 2) == 0))
        return (form){longtail_tiff_header, longtail_decode_tiff};
    if (size > 8 && memcmp(bytes + 4, "ftyp", 4) == 0) return (form){longtail_heif_header, longtail_decode_heif};
    return (form){longtail_webp_header, longtail_decode_webp};
}

static int try_file(const uint8_t *bytes, size_t size) {
    longtail_header header;
    longtail_message message;
    int is_jpeg = size > 1 && bytes[0] == 0xFF;
    form read = is_jpeg ? (form){longtail_jpeg_header, NULL} : form_of(bytes, size);
    int known = read.header(bytes, size, &header, &message) == 1;
    if (!known || header.width == 0 || header.height == 0 || header.width > (1 << 18) / header.height) return 0;
    size_t width = header.width, height = header.height;
    uint8_t *pixels = malloc(3 * width * height);
    int done;
    if (is_jpeg) {
        int eighths[] = {8, 4, 2, 1};
        for (int i = 0; i < 4; i++) {
            size_t scaled_width, scaled_height;
            longtail_jpeg_scaled(width, height, eighths[i], &scaled_width, &scaled_height);
            longtail_box part = {below(scaled_width), below(scaled_height), 0, 0};
            part.width = 1 + below(scaled_width - part.left);
            part.height = 1 + below(scaled_height - part.top);
            uint8_t *own = malloc(3 * part.width * part.height);
            longtail_decode_jpeg(bytes, size, eighths[i], (int)below(2), part, 1 + (int)below(8), own, &message);
            free(own);
        }
        longtail_box whole = {0, 0, width, height};
        done = longtail_decode_jpeg(bytes, size, 8, 0, whole, header.orientation, pixels, &message);
    } else {
        done = read.decode(bytes, size, header, pixels, &message) == 1;
    }
    if (done) {
        uint8_t *turned = malloc(3 * width * height);
        longtail_turn(pixels, width, height, 1 + (int)below(8), turned);
        free(turned);
        resample(pixels, height, width);
        change(pixels, height, width);
    }
    free(pixels);
    return done;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    time_t end = time(NULL) + atoi(argv[1]);
    unsigned long trials = 0, read = 0;
    while (time(NULL) < end) {
        FILE *file = fopen(argv[2 + below((size_t)argc - 2)], "rb");
        if (!file) return 2;
        static uint8_t whole[1 << 20];
        size_t size = fread(whole, 1, sizeof whole, file);
        fclose(file);
        for (int trial = 0; trial < 50; trial++, trials++) {
            size_t length = below(8) ? size : 1 + below(size);
            uint8_t *bytes = malloc(length);  // to measure, so that a byte too far is found
            memcpy(bytes, whole, length);
            for (size_t i = below(9); i > 0; i--) {
                size_t place = below(below(2) ? length : length < 256 ? length : 256);
                bytes[place] = below(2) ? (uint8_t)below(256) : (uint8_t)(bytes[place] ^ 1u << below(8));
            }
            read += (unsigned long)try_file(bytes, length);
            free(bytes);
        }
    }
    printf("%lu trials: %lu read\n", trials, read);
    return 0;
}
