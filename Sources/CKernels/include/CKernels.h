// Operators that libtorch lacks, registered with its dispatcher under "longtail::"; called like any other operator.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Makes sure that the operators' registration is linked in; costs nothing.
void ck_register(void);

#ifdef __cplusplus
}
#endif
