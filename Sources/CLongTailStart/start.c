// libtorch's threads wait at every operator's end. OpenMP's library lets them spin for milliseconds by default, which
// takes the cores from whatever else works on the machine, and from the very threads that are waited for: beside one busy
// process a core training fell to a quarter of its speed and less. A spin of microseconds, with each thread on a core of
// its own (Engine.bindThreads), keeps two fifths and costs nothing on a quiet machine. The library reads its settings
// before main, so the program starts itself anew once with a short spin set. Code in .preinit_array runs before the
// libraries' own initialisers, so that this costs milliseconds.
#include "CLongTailStart.h"

#ifdef __linux__
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { most_variables = 4096 };

static int begins(const char *text, const char *name) { return strncmp(text, name, strlen(name)) == 0; }

// Below this libtorch's initialisers, and then its kernels, end the process in ways that nobody can read.
enum { least_mebibytes = 1024 };

static void require_memory(void) {
    static const char words[] =
        "longtail: this shell limits the address space (ulimit -v) to less than the 1 GiB that libtorch needs\n"
        "  Raise the limit: ulimit -v unlimited\n";
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    if (limit.rlim_cur >= (rlim_t)least_mebibytes << 20) return;
    ssize_t written = write(STDERR_FILENO, words, sizeof words - 1);
    (void)written;
    _exit(4);
}

// A process of --jobs is asked to stop when the one that started it is gone, however that ended.
static void end_with_parent(char **environment) {
    for (int each = 0; environment[each]; each++)
        if (begins(environment[each], "LONGTAIL_JOBS_RUN=")) prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void start(int count, char **arguments, char **environment) {
    (void)count;
    require_memory();
    end_with_parent(environment);
    static char spin[] = "GOMP_SPINCOUNT=" CS_SPIN_COUNT;
    static char *variables[most_variables + 2];
    static char path[4096];
    int there = 0;
    for (; environment[there]; there++) {
        if (there == most_variables) return;
        // A setting of the user's own stays, and the second start ends here.
        if (begins(environment[there], "OMP_WAIT_POLICY=") || begins(environment[there], "GOMP_SPINCOUNT=")) return;
        variables[there] = environment[there];
    }
    variables[there] = spin;
    variables[there + 1] = NULL;
    // By its path and not as /proc/self/exe, so that the process keeps its name.
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0 || length >= (ssize_t)sizeof path - 1) return;
    path[length] = 0;
    execve(path, arguments, variables);
    // Where that is not allowed, all goes on with OpenMP's own waiting.
}

__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(int, char **, char **) = start;
#endif
