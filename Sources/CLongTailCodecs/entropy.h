// A quicker reader of a baseline scan than libjpeg-turbo's; it gives the same coefficients.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

enum { LOOK_BITS = 10, BASELINE_TABLES = 2 };

/// What the LOOK_BITS bits ahead stand for.
typedef uint64_t symbol;

typedef struct {
    symbol look[1 << LOOK_BITS];
    // Longer codes: their bits, from the top of 16, lie below `limit`, and `values` from `offset` on has theirs.
    uint32_t limit[17];
    int offset[17];
    const uint8_t *values;  // NULL until the table is made
} codes;

/// A scan on its way.
typedef struct {
    uint8_t *bytes;  // the scan's data without stuffing, and zeros behind them
    const uint8_t *at, *end;
    uint64_t bits;  // those ahead, from the top
    int held;       // how many of them are there
    codes dc[BASELINE_TABLES], ac[BASELINE_TABLES];
    unsigned last_dc[MAX_COMPS_IN_SCAN];
    JDIMENSION column, first, last;  // the next MCU's column, and those between which coefficients are wanted
    int gave_up;
} entropy_reader;

/// Makes libjpeg read the scan that it is about to through `reader`, which keeps coefficients of the given columns of
/// MCUs only; leaves to libjpeg any scan that is not plain baseline. On a fault in the data `gave_up` is set and
/// libjpeg's error handler called: then libjpeg must decode the file by itself. `bytes` is to be freed.
void longtail_read_entropy(j_decompress_ptr info, entropy_reader *reader, JDIMENSION first, JDIMENSION last);
