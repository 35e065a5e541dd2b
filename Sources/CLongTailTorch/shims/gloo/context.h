// A declaration in the place of Gloo's header, which libtorch's packages leave out though Gloo itself is inside them.
//
// ProcessGroupGloo.hpp uses these types through pointers alone, so its layout does not depend on what they hold; nothing here
// is defined, and no object of them is ever made by this program.
#pragma once
#include <chrono>

namespace gloo {
class Context {
public:
    void setTimeout(std::chrono::milliseconds timeout);
};
} // namespace gloo
