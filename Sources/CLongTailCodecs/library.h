// Libraries that are looked for when they are first needed: the build wants none of their headers, and a machine without
// them does all that does not need them.
#pragma once
#include <dlfcn.h>
#include <stddef.h>

/// The first of these libraries that is there, and stays loaded; NULL when none is. The list ends with NULL.
static inline void *longtail_open_library(const char *const *names) {
    for (; *names; names++) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    return NULL;
}

// A table of a library's functions is a list F(result, name, arguments), read twice.
#define LONGTAIL_DECLARE(result, name, arguments) result(*name) arguments;
#define LONGTAIL_FIND(result, name, arguments) && (table.name = (result(*) arguments)dlsym(library, #name)) != NULL
