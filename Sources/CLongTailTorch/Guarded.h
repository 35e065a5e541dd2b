// What the door's C++ files share.
#pragma once
#include <c10/util/Exception.h>

#include <exception>
#include <string>

inline thread_local std::string last_error;

// Runs `body`, turning any exception into a status and a message without the C++ stack.
template <typename Body> int guarded(Body &&body) {
    try {
        body();
        return 0;
    } catch (const c10::Error &error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception &error) {
        last_error = error.what();
    } catch (...) {
        last_error = "an unknown C++ exception";
    }
    return 1;
}
