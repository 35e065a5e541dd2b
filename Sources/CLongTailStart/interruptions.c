// A signal may arrive in the middle of anything, so that its handler may do next to nothing: it writes the signal's number
// into a pipe, at whose other end a thread waits.
#include "CLongTailStart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int ends[2] = {-1, -1};

static void tell(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    // The pipe is full after thousands of signals; the first two are enough.
    ssize_t written = write(ends[1], &byte, 1);
    (void)written;
    errno = before;
}

int longtail_interruptions(void) {
    if (ends[0] >= 0) return ends[0];
    if (pipe(ends) != 0) return -1;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    const int numbers[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        struct sigaction old, own;
        memset(&own, 0, sizeof own);
        own.sa_handler = tell;
        own.sa_flags = SA_RESTART;
        // A signal that the parent has had ignored stays so, as for a job in the background of a script.
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(numbers[i], &own, NULL);
    }
    return ends[0];
}
