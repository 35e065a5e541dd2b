// What must happen before any library of the command is initialised; see start.c. Only the command links this.
#pragma once

// How long a waiting thread of OpenMP spins before it sleeps, in turns of a loop, unless the user has said it.
#define CS_SPIN_COUNT "20000"
