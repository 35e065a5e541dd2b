// Operators that libtorch lacks, registered with its dispatcher under "longtail::"; called like any other operator.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Makes sure that the operators' registration is linked in; costs nothing.
void ck_register(void);

// Keeps each of OpenMP's threads, the calling one first, to the processors of one core: of core i those numbers from
// processors[starts[i]] to before processors[starts[i + 1]]. Does nothing where threads and cores are not as many, where
// the user has bound them, or without OpenMP's library. Returns whether they are bound.
int ck_bind_threads(const int *processors, const int *starts, int cores);
// Lets the calling thread go where the process could before its threads were bound; new threads inherit a binding.
void ck_unbind_thread(void);

#ifdef __cplusplus
}
#endif
