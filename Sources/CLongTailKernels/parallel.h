// libtorch's own threads, without compiling for OpenMP: at::parallel_for is a template that runs serially in code compiled
// without -fopenmp, a flag that a package's target cannot set. The OpenMP library is there all the same, with its threads,
// because libtorch is linked with it; what a compiler would call of it is called here by name.
#pragma once

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdint>

namespace longtail {

struct ThreadLibrary {
    // void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags)
    void (*launch)(void (*)(void *), void *, unsigned, unsigned);
    int (*thread)();
    int (*team)();

    ThreadLibrary()
        : launch(reinterpret_cast<decltype(launch)>(dlsym(RTLD_DEFAULT, "GOMP_parallel"))),
          thread(reinterpret_cast<decltype(thread)>(dlsym(RTLD_DEFAULT, "omp_get_thread_num"))),
          team(reinterpret_cast<decltype(team)>(dlsym(RTLD_DEFAULT, "omp_get_num_threads"))) {}
};

// Calls body(from, to) for contiguous shares of 0..<count, at least `grain` each but the last, on libtorch's number of
// threads; on this thread alone where there is no such library. `body` must not throw.
template <typename Body> void in_parallel(int64_t count, int64_t grain, const Body &body) {
    static const ThreadLibrary library;
    int64_t threads = std::min<int64_t>(at::get_num_threads(), (count + grain - 1) / grain);
    if (threads < 2 || !library.launch || !library.thread || !library.team || at::in_parallel_region()) {
        if (count > 0) body(0, count);
        return;
    }
    struct Share {
        const Body *body;
        int64_t count, size;
    } share{&body, count, (count + threads - 1) / threads};
    library.launch(
        [](void *data) {
            const Share &share = *static_cast<Share *>(data);
            // The team may be smaller than asked for (OMP_THREAD_LIMIT): what is left over is done in turns.
            int64_t stride = library.team() * share.size;
            for (int64_t from = library.thread() * share.size; from < share.count; from += stride) {
                (*share.body)(from, std::min(share.count, from + share.size));
            }
        },
        &share, unsigned(threads), 0);
}

}  // namespace longtail
