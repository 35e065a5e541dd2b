#include "dispatch.h"

#include <cstdlib>
#include <cstring>

namespace longtail {
namespace portable {
#include "rows.h"
}
#ifdef __x86_64__
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
namespace avx2 {
#include "rows.h"
}
#pragma clang attribute pop
// Without a word the compiler keeps to 256 bits here too.
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"), __min_vector_width__(512))), apply_to = function)
namespace avx512 {
#include "rows.h"
}
#pragma clang attribute pop
#endif

namespace {

enum class Level { portable, avx2, avx512 };

Level level() {
#ifdef __x86_64__
    const char *cap = std::getenv("LONGTAIL_CPU");
    const bool no_more_than_avx2 = cap && std::strcmp(cap, "avx2") == 0;
    __builtin_cpu_init();
    if (cap && std::strcmp(cap, "portable") == 0) return Level::portable;
    if (!no_more_than_avx2 && __builtin_cpu_supports("x86-64-v4")) return Level::avx512;
    if (__builtin_cpu_supports("x86-64-v3")) return Level::avx2;
#endif
    return Level::portable;
}

Level best() {
    static const Level found = level();
    return found;
}

template <typename T> const Rows<T> &chosen() {
#ifdef __x86_64__
    if (best() == Level::avx512) return avx512::rows<T>();
    if (best() == Level::avx2) return avx2::rows<T>();
#endif
    return portable::rows<T>();
}

}  // namespace

bool has_avx512() { return best() == Level::avx512; }
template <> const Rows<float> &rows<float>() { return chosen<float>(); }
template <> const Rows<uint16_t> &rows<uint16_t>() { return chosen<uint16_t>(); }

}  // namespace longtail
