// Time by operator: libtorch tells of the beginning and end of every operator that goes through its dispatcher and of every
// node of the backward pass. What runs inside another is counted for itself and taken from the outer one.
#include "CLongTailTorch.h"
#include "Guarded.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Entry {
    std::string name;
    uint64_t calls = 0;
    double seconds = 0;
};

std::mutex entries_lock;
std::map<std::string, Entry> counted;
std::vector<Entry> finished;
at::CallbackHandle handle = 0;
bool is_running = false;

struct Call final : at::ObserverContext {
    Clock::time_point start = Clock::now();
    double inside = 0;
    Call *outer = nullptr;
};

thread_local Call *current = nullptr;

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction &) {
    auto call = std::make_unique<Call>();
    call->outer = current;
    current = call.get();
    return call;
}

void end(const at::RecordFunction &function, at::ObserverContext *context) {
    auto *call = static_cast<Call *>(context);
    const double seconds = std::chrono::duration<double>(Clock::now() - call->start).count();
    current = call->outer;
    if (current) current->inside += seconds;
    const std::lock_guard<std::mutex> guard(entries_lock);
    auto &entry = counted[function.name()];
    entry.calls += 1;
    entry.seconds += seconds - call->inside;
}

} // namespace

extern "C" {

int ct_profile_begin(void) {
    return guarded([] {
        TORCH_CHECK(!is_running, "a profile is being made already");
        counted.clear();
        handle = at::addGlobalCallback(at::RecordFunctionCallback(begin, end).scopes(
            {at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
        is_running = true;
    });
}

int ct_profile_end(size_t *count) {
    return guarded([&] {
        TORCH_CHECK(is_running, "no profile is being made");
        at::removeCallback(handle);
        is_running = false;
        finished.clear();
        for (auto &[name, entry] : counted) {
            entry.name = name;
            finished.push_back(entry);
        }
        std::sort(finished.begin(), finished.end(), [](const Entry &a, const Entry &b) { return a.seconds > b.seconds; });
        *count = finished.size();
    });
}

const char *ct_profile_entry(size_t index, uint64_t *calls, double *seconds) {
    if (index >= finished.size()) return "";
    *calls = finished[index].calls;
    *seconds = finished[index].seconds;
    return finished[index].name.c_str();
}

} // extern "C"
