// Processes that work together: libtorch's own stores and groups. Collectives are operators (_c10d_functional::…), which go
// through ct_call by the group's name.
#include "CLongTailTorch.h"
#include "Guarded.h"

// Gloo is inside libtorch; its headers are not, see shims/gloo/context.h.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/GroupRegistry.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <c10/util/Logging.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

struct ct_store_s {
    c10::intrusive_ptr<c10d::Store> store;
};

namespace {

std::chrono::milliseconds milliseconds(double seconds) {
    // A day is for ever; what is no time is none.
    const double bounded = std::isfinite(seconds) ? std::min(std::max(seconds, 0.001), 86400.0) : 86400.0;
    return std::chrono::milliseconds(int64_t(bounded * 1000));
}

// libtorch's registry of names does not keep groups alive.
std::mutex groups_lock;
std::map<std::string, c10::intrusive_ptr<c10d::ProcessGroup>> groups;

// c10d writes what it throws to standard error as well, with frames: the message is enough, where the user asks for no more.
void be_quiet() {
    static std::once_flag once;
    std::call_once(once, [] {
        setenv("TORCH_CPP_LOG_LEVEL", "FATAL", 0);
        c10::initLogging();
    });
}

// NVIDIA's collectives. Their header needs CUDA's own, and their library is loaded at run time: the two constructors are found by
// name, and the object, whose size is not known here, gets more room than any release needed (1,112 bytes in 2.11).
c10::intrusive_ptr<c10d::Backend> make_nccl(
    const c10::intrusive_ptr<c10d::Store> &store, int rank, int size, std::chrono::milliseconds timeout) {
    using Options = c10::intrusive_ptr<c10d::Backend::Options>;
    auto *make_options = reinterpret_cast<void (*)(void *, bool)>(
        dlsym(RTLD_DEFAULT, "_ZN4c10d16ProcessGroupNCCL7OptionsC1Eb"));
    auto *construct = reinterpret_cast<void (*)(void *, c10::intrusive_ptr<c10d::Store>, int, int, Options)>(
        dlsym(RTLD_DEFAULT,
              "_ZN4c10d16ProcessGroupNCCLC1EN3c1013intrusive_ptrINS_5StoreENS1_6detail34intrusive_target_default_null_typeIS3_EEEE"
              "iiNS2_INS0_7OptionsENS5_IS8_EEEE"));
    TORCH_CHECK(make_options && construct, "this libtorch's NCCL is not there, or not of the form that is known");
    constexpr size_t room = 65536;
    void *memory = ::operator new(room);
    try { make_options(memory, false); } catch (...) { ::operator delete(memory); throw; }
    auto options = Options::unsafe_steal_from_new(static_cast<c10d::Backend::Options *>(memory));
    options->timeout = timeout;
    memory = ::operator new(room);
    try { construct(memory, store, rank, size, options); } catch (...) { ::operator delete(memory); throw; }
    return c10::intrusive_ptr<c10d::Backend>::unsafe_steal_from_new(static_cast<c10d::Backend *>(memory));
}

c10::intrusive_ptr<c10d::Backend> gloo_of(const char *name) {
    return c10d::resolve_process_group(name)->getBackend(c10::DeviceType::CPU);
}

} // namespace

extern "C" {

int ct_store_open(const char *host, int port, bool serves, double seconds, ct_store *result) {
    return guarded([&] {
        be_quiet();
        c10d::TCPStoreOptions options;
        options.port = uint16_t(port);
        options.isServer = serves;
        options.waitWorkers = false;
        options.timeout = milliseconds(seconds);
        *result = new ct_store_s{c10::make_intrusive<c10d::TCPStore>(host, options)};
    });
}

int ct_store_open_file(const char *path, double seconds, ct_store *result) {
    return guarded([&] {
        be_quiet();
        // Users are not counted: whoever made the folder removes the file.
        auto store = c10::make_intrusive<c10d::FileStore>(path, -1);
        store->setTimeout(milliseconds(seconds));
        *result = new ct_store_s{std::move(store)};
    });
}

int ct_store_set(ct_store store, const char *key, const void *bytes, size_t count) {
    return guarded([&] {
        const auto *begin = static_cast<const uint8_t *>(bytes);
        store->store->set(key, std::vector<uint8_t>(begin, begin + count));
    });
}

int ct_store_get(ct_store store, const char *key, double seconds, void *bytes, size_t *count) {
    return guarded([&] {
        store->store->wait({key}, milliseconds(seconds));
        const auto value = store->store->get(key);
        TORCH_CHECK(value.size() <= *count, "the store's ", key, " has ", value.size(), " bytes, more than ", *count);
        std::memcpy(bytes, value.data(), value.size());
        *count = value.size();
    });
}

int ct_store_has(ct_store store, const char *key, bool *answer) {
    return guarded([&] { *answer = store->store->check({key}); });
}

int ct_store_add(ct_store store, const char *key, int64_t amount, int64_t *sum) {
    return guarded([&] { *sum = store->store->add(key, amount); });
}

void ct_store_close(ct_store store) { delete store; }

int ct_group_open(ct_store store, const char *prefix, const char *name, int rank, int size, double seconds) {
    return guarded([&] {
        const auto own = c10::make_intrusive<c10d::PrefixStore>(prefix, store->store);
        const auto options = c10d::ProcessGroupGloo::Options::create_default(milliseconds(seconds));
        const auto gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(own, rank, size, options);
        const auto group = c10::make_intrusive<c10d::ProcessGroup>(own, rank, size);
        group->setBackend(c10::DeviceType::CPU, c10d::ProcessGroup::GLOO, gloo);
        group->setDefaultBackend(c10d::ProcessGroup::GLOO);
        group->setGroupName(name);
        c10d::register_process_group(name, group);
        const std::lock_guard lock(groups_lock);
        groups[name] = group;
    });
}

int ct_group_add_nccl(ct_store store, const char *name, double seconds) {
    return guarded([&] {
        const auto group = c10d::resolve_process_group(name);
        const auto own = c10::make_intrusive<c10d::PrefixStore>(std::string(name) + "/nccl", store->store);
        group->setBackend(
            c10::DeviceType::CUDA, c10d::ProcessGroup::NCCL,
            make_nccl(own, group->getRank(), group->getSize(), milliseconds(seconds)));
    });
}

int ct_group_close(const char *name, bool abort) {
    return guarded([&] {
        const auto group = c10d::resolve_process_group(name);
        std::vector<c10::intrusive_ptr<c10d::Backend>> backends{gloo_of(name)};
        if (group->hasBackends() && group->getDeviceTypes().size() > 1)
            backends.push_back(group->getBackend(c10::DeviceType::CUDA));
        c10d::unregister_process_group(name);
        for (const auto &backend : backends) if (abort) backend->abort(); else backend->shutdown();
        const std::lock_guard lock(groups_lock);
        groups.erase(name);
    });
}

int ct_monitored_barrier(const char *name, double seconds) {
    return guarded([&] {
        c10d::BarrierOptions options;
        options.timeout = milliseconds(seconds);
        gloo_of(name)->monitoredBarrier(options, true);
    });
}

int ct_interface_towards(const char *host, int port, char *name, size_t size) {
    return guarded([&] {
        TORCH_CHECK(size > 0, "no room for an interface's name");
        name[0] = 0;
        addrinfo hints{}, *found = nullptr;
        hints.ai_socktype = SOCK_DGRAM;
        const int status = getaddrinfo(host, std::to_string(port).c_str(), &hints, &found);
        TORCH_CHECK(status == 0, "the host ", host, " is not known: ", gai_strerror(status));
        sockaddr_storage local{};
        socklen_t length = 0;
        // Connecting a datagram socket sends nothing: it asks the kernel for the route.
        for (const addrinfo *each = found; each && length == 0; each = each->ai_next) {
            const int handle = socket(each->ai_family, SOCK_DGRAM, 0);
            if (handle < 0) continue;
            socklen_t room = sizeof local;
            if (connect(handle, each->ai_addr, each->ai_addrlen) == 0 &&
                getsockname(handle, reinterpret_cast<sockaddr *>(&local), &room) == 0) length = room;
            close(handle);
        }
        freeaddrinfo(found);
        TORCH_CHECK(length > 0, "no way leads to ", host);
        ifaddrs *all = nullptr;
        TORCH_CHECK(getifaddrs(&all) == 0, "the network interfaces cannot be listed: ", std::strerror(errno));
        for (const ifaddrs *each = all; each; each = each->ifa_next) {
            if (!each->ifa_addr || each->ifa_addr->sa_family != local.ss_family) continue;
            const bool is_it =
                local.ss_family == AF_INET
                    ? std::memcmp(&reinterpret_cast<const sockaddr_in *>(each->ifa_addr)->sin_addr,
                                  &reinterpret_cast<const sockaddr_in &>(local).sin_addr, sizeof(in_addr)) == 0
                    : std::memcmp(&reinterpret_cast<const sockaddr_in6 *>(each->ifa_addr)->sin6_addr,
                                  &reinterpret_cast<const sockaddr_in6 &>(local).sin6_addr, sizeof(in6_addr)) == 0;
            if (!is_it) continue;
            std::strncpy(name, each->ifa_name, size - 1);
            name[size - 1] = 0;
            break;
        }
        freeifaddrs(all);
    });
}

} // extern "C"
