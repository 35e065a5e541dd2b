// What belongs to the process and not to a library: what must happen before any library is initialised (start.c), and
// signals (interruptions.c). Only the command links this.
#pragma once

// How long a waiting thread of OpenMP spins before it sleeps, in turns of a loop, unless the user has said it.
#define CS_SPIN_COUNT "20000"

// Takes SIGINT and SIGTERM from here on: each writes its number, one byte, to a pipe, whose other end this gives.
// -1 when there is no pipe; the signals are then as they were.
int longtail_interruptions(void);
