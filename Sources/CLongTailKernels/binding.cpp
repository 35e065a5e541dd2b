#include "CLongTailKernels.h"
#include "parallel.h"

#include <cstdlib>

#ifdef __linux__
#include <sched.h>

namespace {

cpu_set_t before;
bool is_bound = false;

}  // namespace
#endif

extern "C" {

int ck_bind_threads(const int *processors, const int *starts, int cores) {
#ifdef __linux__
    if (is_bound) return 1;
    for (const char *name : {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY"}) {
        if (std::getenv(name)) return 0;
    }
    if (cores < 2 || at::get_num_threads() != cores || sched_getaffinity(0, sizeof before, &before) != 0) return 0;
    // One share of the count for each thread of the team, which stays the same from region to region.
    longtail::in_parallel(cores, 1, [&](int64_t from, int64_t to) {
        for (int64_t core = from; core < to; core++) {
            cpu_set_t set;
            CPU_ZERO(&set);
            for (int i = starts[core]; i < starts[core + 1]; i++) {
                if (processors[i] < CPU_SETSIZE) CPU_SET(processors[i], &set);
            }
            if (CPU_COUNT(&set) > 0) sched_setaffinity(0, sizeof set, &set);
        }
    });
    is_bound = true;
    return 1;
#else
    return 0;
#endif
}

void ck_unbind_thread(void) {
#ifdef __linux__
    if (is_bound) sched_setaffinity(0, sizeof before, &before);
#endif
}

}  // extern "C"
