#include "CLongTailTorch.h"
#include "Guarded.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

at::Tensor borrowed(ct_tensor tensor) {
    if (!tensor) return {};
    auto *impl = reinterpret_cast<c10::TensorImpl *>(tensor);
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl>::reclaim_copy(impl));
}

ct_tensor handed_out(at::Tensor tensor) {
    if (!tensor.defined()) return nullptr;
    return reinterpret_cast<ct_tensor>(tensor.unsafeReleaseTensorImpl());
}

c10::TensorImpl *impl(ct_tensor tensor) { return reinterpret_cast<c10::TensorImpl *>(tensor); }

const c10::OperatorHandle &find(const char *name) {
    // Names are literals, so their addresses identify them and the look-up costs one hash of a pointer.
    thread_local std::unordered_map<const char *, c10::OperatorHandle> found;
    auto known = found.find(name);
    if (known != found.end()) return known->second;
    const std::string full(name);
    const auto dot = full.find('.');
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(
        full.substr(0, dot).c_str(), dot == std::string::npos ? "" : full.substr(dot + 1).c_str());
    return found.emplace(name, handle).first->second;
}

// Whether the schema wants a list whose elements may be missing (Tensor?[]).
bool wants_optional_tensors(const c10::Argument &argument) {
    auto list = argument.type()->cast<c10::ListType>();
    return list && list->getElementType()->kind() == c10::TypeKind::OptionalType;
}

c10::IValue to_ivalue(const ct_value &value, const c10::Argument &argument) {
    switch (value.tag) {
    case CT_DEFAULT: {
        auto fallback = argument.default_value();
        TORCH_CHECK(fallback.has_value(), "argument '", argument.name(), "' has no default");
        return *fallback;
    }
    case CT_NONE: return {};
    case CT_TENSOR: return borrowed(value.as.tensor);
    case CT_INT: return value.as.integer;
    case CT_DOUBLE: return value.as.real;
    case CT_BOOL: return value.as.integer != 0;
    case CT_INTS: {
        auto first = static_cast<const int64_t *>(value.as.list);
        return std::vector<int64_t>(first, first + value.count);
    }
    case CT_DOUBLES: {
        auto first = static_cast<const double *>(value.as.list);
        return std::vector<double>(first, first + value.count);
    }
    case CT_TENSORS: {
        auto first = static_cast<const ct_tensor *>(value.as.list);
        if (wants_optional_tensors(argument)) {
            c10::List<std::optional<at::Tensor>> list;
            list.reserve(value.count);
            for (int64_t i = 0; i < value.count; ++i)
                list.push_back(first[i] ? std::optional<at::Tensor>(borrowed(first[i])) : std::nullopt);
            return list;
        }
        c10::List<at::Tensor> list;
        list.reserve(value.count);
        for (int64_t i = 0; i < value.count; ++i) list.push_back(borrowed(first[i]));
        return list;
    }
    case CT_STRING: return std::string(static_cast<const char *>(value.as.list));
    case CT_DEVICE: return c10::Device(static_cast<const char *>(value.as.list));
    }
    TORCH_CHECK(false, "unknown kind of argument");
}

} // namespace

namespace {

// LONGTAIL_CPU caps what libtorch's own libraries take as well: they read these when they first compute. What the user
// has set stays.
__attribute__((constructor)) void cap_instructions() {
    const char *cap = std::getenv("LONGTAIL_CPU");
    if (!cap) return;
    const bool is_avx2 = std::strcmp(cap, "avx2") == 0;
    if (!is_avx2 && std::strcmp(cap, "portable") != 0) return;
    setenv("ATEN_CPU_CAPABILITY", is_avx2 ? "avx2" : "default", 0);
    setenv("ONEDNN_MAX_CPU_ISA", is_avx2 ? "AVX2" : "SSE41", 0);
    setenv("MKL_ENABLE_INSTRUCTIONS", is_avx2 ? "AVX2" : "SSE4_2", 0);
}

} // namespace

struct ct_guard_s {
    virtual ~ct_guard_s() = default;
};

namespace {

struct NoGrad final : ct_guard_s {
    c10::AutoGradMode mode{false};
};

struct Inference final : ct_guard_s {
    c10::InferenceMode mode{true};
};

struct Autocast final : ct_guard_s {
    c10::DeviceType device;
    bool was_enabled;
    at::ScalarType was_dtype;

    Autocast(c10::DeviceType device, at::ScalarType dtype)
        : device(device), was_enabled(at::autocast::is_autocast_enabled(device)),
          was_dtype(at::autocast::get_autocast_dtype(device)) {
        at::autocast::increment_nesting();
        at::autocast::set_autocast_enabled(device, true);
        at::autocast::set_autocast_dtype(device, dtype);
    }
    ~Autocast() override {
        if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
        at::autocast::set_autocast_enabled(device, was_enabled);
        at::autocast::set_autocast_dtype(device, was_dtype);
    }
};

template <typename Make> ct_guard guard(Make &&make) {
    ct_guard result = nullptr;
    guarded([&] { result = make(); });
    return result;
}

} // namespace

extern "C" {

const char *ct_error(void) { return last_error.c_str(); }

int ct_call(const char *name, const ct_value *arguments, size_t argument_count, ct_value *results,
            size_t *result_count) {
    return guarded([&] {
        const auto &op = find(name);
        const auto &schema = op.schema();
        const auto &wanted = schema.arguments();
        TORCH_CHECK(argument_count <= wanted.size(), "takes at most ", wanted.size(), " arguments");
        torch::jit::Stack stack;
        stack.reserve(wanted.size());
        for (size_t i = 0; i < wanted.size(); ++i) {
            const ct_value value = i < argument_count ? arguments[i] : ct_value{CT_DEFAULT, 0, {nullptr}};
            stack.push_back(to_ivalue(value, wanted[i]));
        }
        op.callBoxed(&stack);
        size_t written = 0;
        auto put = [&](ct_value value) {
            if (written < *result_count) results[written] = value;
            else if (value.tag == CT_TENSOR) ct_tensor_free(value.as.tensor);
            ++written;
        };
        for (auto &item : stack) {
            ct_value value{CT_NONE, 0, {nullptr}};
            if (item.isTensor()) {
                value.tag = CT_TENSOR;
                value.as.tensor = handed_out(std::move(item).toTensor());
                put(value);
            } else if (item.isTensorList()) {
                for (const at::Tensor &tensor : item.toTensorVector()) {
                    value.tag = CT_TENSOR;
                    value.as.tensor = handed_out(tensor);
                    put(value);
                }
            } else if (item.isInt()) {
                value.tag = CT_INT;
                value.as.integer = item.toInt();
                put(value);
            } else if (item.isDouble()) {
                value.tag = CT_DOUBLE;
                value.as.real = item.toDouble();
                put(value);
            } else if (item.isBool()) {
                value.tag = CT_BOOL;
                value.as.integer = item.toBool();
                put(value);
            }
        }
        *result_count = std::min(written, *result_count);
    });
}

int ct_tensor_from_bytes(const void *bytes, int dtype, const int64_t *sizes, size_t rank, const char *device,
                         ct_tensor *result) {
    return guarded([&] {
        const auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        const at::IntArrayRef shape(sizes, rank);
        const auto source = at::from_blob(const_cast<void *>(bytes), shape, options);
        if (!device) {
            *result = handed_out(source.clone());
            return;
        }
        const c10::Device target(device);
        // Pinned memory is copied while the program goes on; libtorch keeps it until the copy is done.
        *result = handed_out(target.is_cuda() ? source.pin_memory().to(target, source.scalar_type(), /*non_blocking=*/true)
                                              : source.to(target));
    });
}

int ct_tensor_to_bytes(ct_tensor tensor, void *bytes, size_t byte_count) {
    return guarded([&] {
        const auto source = borrowed(tensor).detach().to(at::kCPU).contiguous();
        TORCH_CHECK(source.nbytes() == byte_count, "the tensor has ", source.nbytes(), " bytes, not ", byte_count);
        if (byte_count) std::memcpy(bytes, source.const_data_ptr(), byte_count);
    });
}

ct_tensor ct_tensor_retain(ct_tensor tensor) { return handed_out(borrowed(tensor)); }

void ct_tensor_free(ct_tensor tensor) {
    if (tensor) c10::intrusive_ptr<c10::TensorImpl>::reclaim(impl(tensor));
}

int ct_tensor_dtype(ct_tensor tensor) { return static_cast<int>(c10::typeMetaToScalarType(impl(tensor)->dtype())); }

size_t ct_tensor_rank(ct_tensor tensor) { return static_cast<size_t>(impl(tensor)->dim()); }

int64_t ct_tensor_size(ct_tensor tensor, size_t dimension) {
    return impl(tensor)->sizes()[static_cast<int64_t>(dimension)];
}

const char *ct_tensor_device(ct_tensor tensor) {
    thread_local std::string name;
    name = impl(tensor)->device().str();
    return name.c_str();
}

int ct_set_requires_grad(ct_tensor tensor, bool required) {
    return guarded([&] { borrowed(tensor).set_requires_grad(required); });
}

bool ct_requires_grad(ct_tensor tensor) { return impl(tensor)->requires_grad(); }

int ct_backward(ct_tensor loss) {
    return guarded([&] { torch::autograd::backward({borrowed(loss)}, {}); });
}

int ct_grad(ct_tensor tensor, ct_tensor *result) {
    return guarded([&] { *result = handed_out(borrowed(tensor).grad()); });
}

int ct_clear_grad(ct_tensor tensor) {
    return guarded([&] { borrowed(tensor).mutable_grad() = at::Tensor(); });
}

ct_guard ct_no_grad(void) {
    return guard([]() -> ct_guard { return new NoGrad(); });
}

ct_guard ct_inference(void) {
    return guard([]() -> ct_guard { return new Inference(); });
}

ct_guard ct_autocast(const char *device, int dtype) {
    return guard([&]() -> ct_guard {
        return new Autocast(c10::Device(device).type(), static_cast<at::ScalarType>(dtype));
    });
}

void ct_guard_end(ct_guard guard) { delete guard; }

const char *ct_version(void) { return TORCH_VERSION; }

const char *ct_configuration(void) {
    static const std::string text = at::show_config() + at::get_parallel_info() + at::get_cpu_capability();
    return text.c_str();
}

int ct_seed(uint64_t seed) {
    return guarded([&] { at::manual_seed(seed); });
}

int ct_set_threads(int count) {
    return guarded([&] { at::set_num_threads(count); });
}

int ct_threads(void) { return at::get_num_threads(); }

void ct_keep_memory(void) {
#ifdef __GLIBC__
    // A step's activations are hundreds of large blocks; mapping and zeroing them anew costs a tenth of the time.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}

} // extern "C"
