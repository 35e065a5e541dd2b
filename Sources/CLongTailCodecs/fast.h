// One function, compiled for the plain and for the usual wide vectors of x86-64, chosen when the program starts. Without
// fused multiply-add, so that sums of floats round alike everywhere.
#pragma once
// Whether the loops that are written for AVX2 may run: the processor has it, and LONGTAIL_CPU does not take it away.
int longtail_has_avx2(void);
#if defined(__x86_64__) && defined(__linux__)
#define FAST __attribute__((target_clones("avx2", "default")))
#else
#define FAST
#endif
