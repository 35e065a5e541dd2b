// Devices beside the CPU. Nothing of CUDA is linked: NVIDIA's driver is asked through its C interface, and libtorch's
// CUDA library is loaded when a device of it is wanted.
#include "CLongTailTorch.h"
#include "Guarded.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

namespace {

bool cuda_is_loaded = false;

// NVIDIA's driver, as far as it is needed (cuda.h is not at hand where only the CPU library is).
struct Driver {
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);

    template <typename Function> Function *find(const char *name) const {
        TORCH_CHECK(library, "NVIDIA's driver (libcuda.so.1) is not there");
        void *symbol = dlsym(library, name);
        TORCH_CHECK(symbol, "NVIDIA's driver has no ", name);
        return reinterpret_cast<Function *>(symbol);
    }

    void check(const char *name, int status) const {
        if (status == 0) return;
        const char *text = nullptr;
        find<int(int, const char **)>("cuGetErrorString")(status, &text);
        TORCH_CHECK(false, name, ": ", text ? text : "error ", text ? "" : std::to_string(status));
    }

    static const Driver &shared() {
        static const Driver driver;
        return driver;
    }
};

const c10::impl::DeviceGuardImplInterface *guard_of(c10::Device device) {
    return c10::impl::getDeviceGuardImpl(device.type());
}

} // namespace

extern "C" {

const char *ct_library_path(void) {
    static const std::string path = [] {
        Dl_info info{};
        // An object inside libtorch_cpu; a function's address may be that of a stub of the program.
        const bool found = dladdr(&at::globalContext(), &info) != 0 && info.dli_fname;
        return std::string(found ? info.dli_fname : "");
    }();
    return path.c_str();
}

int ct_cuda_driver(int *version, int *count) {
    return guarded([&] {
        const Driver &driver = Driver::shared();
        driver.check("cuInit", driver.find<int(unsigned)>("cuInit")(0));
        driver.check("cuDriverGetVersion", driver.find<int(int *)>("cuDriverGetVersion")(version));
        driver.check("cuDeviceGetCount", driver.find<int(int *)>("cuDeviceGetCount")(count));
    });
}

int ct_cuda_card(int index, char *name, int name_size, uint64_t *memory) {
    return guarded([&] {
        const Driver &driver = Driver::shared();
        int device = 0;
        size_t bytes = 0;
        driver.check("cuDeviceGet", driver.find<int(int *, int)>("cuDeviceGet")(&device, index));
        driver.check("cuDeviceGetName", driver.find<int(char *, int, int)>("cuDeviceGetName")(name, name_size, device));
        driver.check("cuDeviceTotalMem", driver.find<int(size_t *, int)>("cuDeviceTotalMem_v2")(&bytes, device));
        *memory = bytes;
    });
}

int ct_cuda_capability(int index, int *major, int *minor) {
    return guarded([&] {
        const Driver &driver = Driver::shared();
        int device = 0;
        driver.check("cuDeviceGet", driver.find<int(int *, int)>("cuDeviceGet")(&device, index));
        auto *attribute = driver.find<int(int *, int, int)>("cuDeviceGetAttribute");
        driver.check("cuDeviceGetAttribute", attribute(major, /*CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR*/ 75, device));
        driver.check("cuDeviceGetAttribute", attribute(minor, /*CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR*/ 76, device));
    });
}

int ct_load_cuda(const char *path) {
    return guarded([&] {
        if (cuda_is_loaded) return;
        // Read by cuBLAS when it starts; without it its matrix products may differ from run to run.
        setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
        if (!dlopen(path, RTLD_NOW | RTLD_GLOBAL)) {
            const char *text = dlerror();
            TORCH_CHECK(false, text ? text : path);
        }
        // libtorch asks for the hooks once and keeps the answer, so nobody may have asked before.
        TORCH_CHECK(at::detail::getCUDAHooks().hasCUDART(), "libtorch was in use without CUDA before it was loaded");
        cuda_is_loaded = true;
    });
}

int ct_cuda_count(int *count, int *runtime) {
    return guarded([&] {
        *count = cuda_is_loaded ? at::detail::getCUDAHooks().getNumGPUs() : 0;
        *runtime = cuda_is_loaded ? static_cast<int>(at::detail::getCUDAHooks().versionCUDART()) : 0;
    });
}

int ct_reproducible(bool required) {
    return guarded([&] {
        auto &context = at::globalContext();
        context.setBenchmarkCuDNN(!required);
        context.setDeterministicCuDNN(required);
        context.setDeterministicAlgorithms(required, /*warn_only=*/true);
        context.setDeterministicFillUninitializedMemory(false);
    });
}

int ct_synchronize(const char *name) {
    return guarded([&] {
        const c10::Device device(name);
        if (device.is_cuda()) guard_of(device)->synchronizeDevice(device.index());
    });
}

int ct_reset_peak_memory(const char *name) {
    return guarded([&] {
        const c10::Device device(name);
        at::getDeviceAllocator(device.type())->resetPeakStats(device.index());
    });
}

int ct_peak_memory(const char *name, uint64_t *bytes) {
    return guarded([&] {
        const c10::Device device(name);
        const auto stats = at::getDeviceAllocator(device.type())->getDeviceStats(device.index());
        const auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
        *bytes = static_cast<uint64_t>(stats.allocated_bytes[all].peak);
    });
}

} // extern "C"
