#include "entropy.h"

#include <stdlib.h>
#include <string.h>

// libjpeg-turbo's inner structure, as it is from its release 2.0 on.
#if __has_include(<jpegint.h>) && defined(LIBJPEG_TURBO_VERSION_NUMBER)
#if LIBJPEG_TURBO_VERSION_NUMBER >= 2000000 && LIBJPEG_TURBO_VERSION_NUMBER < 4000000
#define HAS_INSIDE 1
#endif
#endif

#ifdef HAS_INSIDE
#include <jerror.h>
#include <jpegint.h>

// A symbol stands for one coefficient or two: the bits that it takes (6 bits), those of the first alone (6), how many
// places it goes on to the first (7; PAST_END at the end of a block) and from there to the second (7; 0 when there is
// none), their values (16 each). Where the bits ahead do not tell all of it there is SLOW, and the size of the value
// that is to be read (4).
enum { FIRST_BITS = 6, FIRST = 12, SECOND = 19, SIZE = 26, VALUE = 32, SECOND_VALUE = 48, PAST_END = 127 };
static const symbol SLOW = 1 << 30;
// An MCU takes fewer bytes than this: a coefficient has at most 16 bits of code and 15 of value.
enum { MCU_BYTES = 4 * DCTSIZE2 * D_MAX_BLOCKS_IN_MCU };
// Symbols that are read before bits are taken from memory again: together no more than 51 of 56 bits.
enum { STEPS = 3 };

// Where the coefficients stand that come in zigzag.
static const uint8_t order[DCTSIZE2] = {
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// The value of `size` bits: the lower half of their range is negative.
static inline int extend(unsigned bits, int size) {
    return (int)bits + (int)(((bits >> (size - 1)) - 1) & ((~0u << size) + 1));
}

static symbol make_symbol(int is_dc, int code, int length) {
    int run = is_dc ? 0 : code >> 4, size = code & 15;
    unsigned step = is_dc ? 1 : size ? (unsigned)run + 1 : run == 15 ? 16 : PAST_END;
    symbol bits = (symbol)(length + size);
    return bits | bits << FIRST_BITS | (symbol)step << FIRST | (symbol)size << SIZE;
}

static inline symbol with_value(symbol found, int value) {
    symbol bits = (uint16_t)value;
    return (found & (SLOW - 1) & ~((symbol)15 << SIZE)) | bits << VALUE | bits << SECOND_VALUE;
}

// 0 when they are no codes that libjpeg would take.
static int make_codes(codes *table, const JHUFF_TBL *from, int is_dc) {
    if (!from) return 0;
    table->values = from->huffval;
    for (int i = 0; i < 1 << LOOK_BITS; i++) table->look[i] = SLOW;
    uint32_t code = 0;  // of the length at hand
    int next = 0;
    for (int length = 1; length <= 16; length++, code <<= 1) {
        table->offset[length] = next - (int)code;
        for (int i = 0; i < from->bits[length]; i++, next++, code++) {
            if (next > 255 || code >> length || (is_dc && from->huffval[next] > 15)) return 0;
            if (length > LOOK_BITS) continue;
            symbol found = make_symbol(is_dc, from->huffval[next], length);
            int size = from->huffval[next] & 15, rest = LOOK_BITS - length;
            symbol *to = table->look + (code << rest);
            if (size > rest) {
                for (uint32_t i = 0; i < 1u << rest; i++) to[i] = found | SLOW;
                continue;
            }
            for (uint32_t bits = 0; bits < 1u << size; bits++) {
                symbol known = with_value(found, size ? extend(bits, size) : 0);
                for (uint32_t i = 0; i < 1u << (rest - size); i++) *to++ = known;
            }
        }
        table->limit[length] = code << (16 - length);
    }
    return 1;
}

// Puts a second symbol to those that leave room for it; of one that has its own already, only the first counts.
static void make_pairs(codes *table) {
    for (uint32_t bits = 0; bits < 1 << LOOK_BITS; bits++) {
        symbol first = table->look[bits];
        int taken = (int)(first & 63);
        if (first & SLOW || (first >> FIRST & 127) == PAST_END) continue;
        symbol second = table->look[bits << taken & ((1 << LOOK_BITS) - 1)];
        int more = (int)(second >> FIRST_BITS & 63);
        if (second & SLOW || more > LOOK_BITS - taken) continue;
        table->look[bits] = ((first & (((symbol)1 << SECOND_VALUE) - 1)) + (symbol)more)
            | (second >> FIRST & 127) << SECOND | (second >> VALUE & 0xFFFF) << SECOND_VALUE;
    }
}

// What stands at the beginning of the bits where the table of short codes does not say it all; 0 when it is no code.
static __attribute__((noinline)) symbol slow_symbol(const codes *table, uint64_t bits, int is_dc) {
    symbol found = table->look[bits >> (64 - LOOK_BITS)] & (SLOW - 1);
    for (int length = LOOK_BITS + 1; found == 0; length++) {
        uint32_t ahead = (uint32_t)(bits >> 48);
        if (length > 16) return 0;
        if (ahead < table->limit[length])
            found = make_symbol(is_dc, table->values[(int)(ahead >> (16 - length)) + table->offset[length]], length);
    }
    int size = found >> SIZE & 15, total = found & 63;
    return with_value(found, size ? extend((unsigned)(bits << (total - size) >> (64 - size)), size) : 0);
}

static inline uint64_t read_bytes(const uint8_t *at) {
    uint64_t bits;
    memcpy(&bits, at, 8);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(bits) : bits;
}

typedef struct {
    const uint8_t *at;
    uint64_t bits;
    int held;
} position;

// At least 56 bits ahead. Bits beyond those counted as held are those that come again.
static inline void refill(position *now) {
    now->bits |= read_bytes(now->at) >> now->held;
    now->at += (63 - now->held) >> 3;
    now->held |= 56;
}

static inline void pass(position *now, unsigned bits) {
    now->bits <<= bits & 63;
    now->held -= bits & 63;
}

static inline int16_t value_at(symbol found, int place) { return (int16_t)(found >> place); }

// The block at `at`; `block` is zero, or NULL when its coefficients are not wanted. 0 on a fault. No place beyond 63 is
// written to: `place` is looked at after each step.
static inline __attribute__((always_inline)) int read_block(
    position *at, const codes *dc, const codes *ac, unsigned *last_dc, JCOEF *block) {
    position now = *at;
    refill(&now);
    symbol found = dc->look[now.bits >> (64 - LOOK_BITS)];
    if (found & SLOW) found = slow_symbol(dc, now.bits, 1);
    if (found == 0) return 0;
    *last_dc += (unsigned)value_at(found, VALUE);
    pass(&now, found & 63);
    if (block) block[0] = (JCOEF)*last_dc;
    unsigned place = 0;
    while (place < DCTSIZE2 - 1) {
        refill(&now);
        for (int i = 0; i < STEPS; i++) {
            found = ac->look[now.bits >> (64 - LOOK_BITS)];
            if (__builtin_expect((found & SLOW) != 0, 0)) {
                found = slow_symbol(ac, now.bits, 0);
                if (found == 0) return 0;
                place += found >> FIRST & 127;
                pass(&now, found & 63);
                if (place >= DCTSIZE2) goto end;
                if (block) block[order[place]] = value_at(found, VALUE);
                break;
            }
            place += found >> FIRST & 127;
            if (place >= DCTSIZE2 - 1) {
                // What follows the last coefficient is the next block's.
                pass(&now, found >> FIRST_BITS & 63);
                if (block && place == DCTSIZE2 - 1) block[DCTSIZE2 - 1] = value_at(found, VALUE);
                goto end;
            }
            if (block) block[order[place]] = value_at(found, VALUE);
            pass(&now, found & 63);
            place += found >> SECOND & 127;
            if (place >= DCTSIZE2) goto end;
            if (block) block[order[place]] = value_at(found, SECOND_VALUE);
            if (i + 1 < STEPS && place == DCTSIZE2 - 1) goto end;
        }
    }
end:
    *at = now;
    return place < DCTSIZE2 || place >= PAST_END;
}

static boolean read_mcu(j_decompress_ptr info, JBLOCKROW *blocks) {
    entropy_reader *self = info->client_data;
    if (self->column < self->first || self->column > self->last) blocks = NULL;
    if (++self->column == info->MCUs_per_row) self->column = 0;
    position now = {self->at, self->bits, self->held};
    int good = 1;
    for (int i = 0; good && i < info->blocks_in_MCU; i++) {
        int number = info->MCU_membership[i];
        const jpeg_component_info *component = info->cur_comp_info[number];
        const codes *dc = &self->dc[component->dc_tbl_no], *ac = &self->ac[component->ac_tbl_no];
        good = blocks ? read_block(&now, dc, ac, &self->last_dc[number], *blocks[i])
                      : read_block(&now, dc, ac, &self->last_dc[number], NULL);
    }
    // libjpeg knows what to do with data that end early.
    if (!good || now.at - now.held / 8 > self->end) {
        self->gave_up = 1;
        ERREXIT(info, JWRN_HUFF_BAD_CODE);
    }
    self->at = now.at;
    self->bits = now.bits;
    self->held = now.held;
    return TRUE;
}

// Copies the scan up to the next marker, a zero after 0xFF left out.
static int unstuff(entropy_reader *self, const uint8_t *from, size_t size) {
    uint8_t *to = self->bytes = malloc(size + MCU_BYTES + 8);
    if (!to) return 0;
    for (const uint8_t *stop = from + size; from < stop;) {
        const uint8_t *mark = memchr(from, 0xFF, (size_t)(stop - from));
        size_t count = (size_t)((mark ? mark + 1 : stop) - from);
        int whole = mark && (mark + 1 == stop || mark[1] != 0);
        if (whole) count--;
        memcpy(to, from, count);
        to += count;
        if (whole) break;
        from += count + 1;
    }
    memset(to, 0, MCU_BYTES + 8);
    self->at = self->bytes;
    self->end = to;
    return 1;
}

void longtail_read_entropy(j_decompress_ptr info, entropy_reader *reader, JDIMENSION first, JDIMENSION last) {
    reader->bytes = NULL;
    reader->gave_up = 0;
    if (info->progressive_mode || info->arith_code || info->restart_interval || info->data_precision != 8
        || info->Ss != 0 || info->Se != DCTSIZE2 - 1 || info->comps_in_scan != info->num_components
        || jpeg_has_multiple_scans(info))
        return;
    for (int i = 0; i < BASELINE_TABLES; i++) reader->dc[i].values = reader->ac[i].values = NULL;
    for (int i = 0; i < info->comps_in_scan; i++) {
        int dc = info->cur_comp_info[i]->dc_tbl_no, ac = info->cur_comp_info[i]->ac_tbl_no;
        if (dc >= BASELINE_TABLES || ac >= BASELINE_TABLES) return;
        if (!reader->dc[dc].values && !make_codes(&reader->dc[dc], info->dc_huff_tbl_ptrs[dc], 1)) return;
        if (reader->ac[ac].values) continue;
        if (!make_codes(&reader->ac[ac], info->ac_huff_tbl_ptrs[ac], 0)) return;
        make_pairs(&reader->ac[ac]);
    }
    if (!unstuff(reader, info->src->next_input_byte, info->src->bytes_in_buffer)) return;
    reader->bits = 0;
    reader->held = 0;
    memset(reader->last_dc, 0, sizeof reader->last_dc);
    reader->column = 0;
    reader->first = first;
    reader->last = last;
    info->client_data = reader;
    info->entropy->decode_mcu = read_mcu;
}
#else
void longtail_read_entropy(j_decompress_ptr info, entropy_reader *reader, JDIMENSION first, JDIMENSION last) {
    reader->bytes = NULL;
    reader->gave_up = 0;
}
#endif
