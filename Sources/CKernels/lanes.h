// Sixteen channels at a time: bfloat16 in memory, float32 in registers. Plain vector extensions, so that the compiler
// picks the widest instructions that a target has.
#pragma once
#include <cstdint>
#include <cstring>

#ifdef __x86_64__
// One copy for every machine and one for those with 512-bit vectors, picked at load time.
#define CK_WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_WIDE
#endif

namespace longtail {

constexpr int64_t lanes = 16;
typedef float floats __attribute__((vector_size(64)));
typedef uint32_t words __attribute__((vector_size(64)));
typedef uint16_t halves __attribute__((vector_size(32)));

#define CK_INLINE inline __attribute__((always_inline))

CK_INLINE void load(const uint16_t *from, floats &to) {
    halves bits;
    std::memcpy(&bits, from, sizeof bits);
    to = (floats)(__builtin_convertvector(bits, words) << 16);
}

CK_INLINE void load(const float *from, floats &to) { std::memcpy(&to, from, sizeof to); }

// Rounded to nearest, ties to even, as c10::BFloat16 does; a NaN stays one.
CK_INLINE void store(const floats &value, uint16_t *to) {
    words bits = (words)value;
    words rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    words result = value == value ? rounded : (words)((bits >> 16) | 0x40);
    halves out = __builtin_convertvector(result, halves);
    std::memcpy(to, &out, sizeof out);
}

}  // namespace longtail
