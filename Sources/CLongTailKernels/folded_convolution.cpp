// longtail::folded_convolution: relu(convolution(x) + bias [+ residual]), for evaluation, where batch normalisation is part
// of filters and bias. On the CPU oneDNN does all of it in one pass over memory, by operators of libtorch that its own
// compiler uses; elsewhere it is the separate operators. No gradients. Where `overwrite` is set, nobody reads the residual any
// more, and the result may stand in its memory.
#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/zeros.h>
#include <torch/library.h>

#include <string>
#include <vector>

namespace longtail {
namespace {

using at::Tensor;
using std::optional;

Tensor composed(const Tensor &x, const Tensor &weight, const Tensor &bias, const optional<Tensor> &residual,
                int64_t stride, int64_t padding, int64_t groups, bool relu, bool) {
    // oneDNN takes a float32 bias beside any type; other libraries want all of one type.
    Tensor y = at::conv2d(x, weight, bias.to(weight.scalar_type()), {stride, stride}, {padding, padding}, {1, 1}, groups);
    if (residual) y.add_(*residual);
    return relu ? y.relu_() : y;
}

// relu(convolution(x) + bias [+ residual]) by oneDNN; nothing where this libtorch has no such operator.
optional<Tensor> fused(const Tensor &x, const Tensor &weight, const Tensor &bias, const optional<Tensor> &residual,
                       int64_t stride, int64_t padding, int64_t groups, bool relu, bool overwrite) {
    auto &dispatcher = c10::Dispatcher::singleton();
    static const auto plain = dispatcher.findSchema({"mkldnn::_convolution_pointwise", ""});
    static const auto adding = dispatcher.findSchema({"mkldnn::_convolution_pointwise_", "binary"});
    if (!plain || !adding || !at::globalContext().userEnabledMkldnn()) return std::nullopt;
    const std::vector<int64_t> steps{stride, stride}, edges{padding, padding}, ones{1, 1};
    const c10::List<optional<at::Scalar>> none;
    const std::string name = relu ? "relu" : "none";
    torch::jit::Stack stack;
    if (residual) {
        const c10::IValue after = relu ? c10::IValue(name) : c10::IValue();
        // In place, as a new tensor for the sum would take oneDNN half as long again. A bias of the pictures' own type.
        const Tensor sum = overwrite ? *residual : residual->clone(at::MemoryFormat::ChannelsLast);
        torch::jit::push(stack, sum, x, weight, bias.to(x.scalar_type()), edges, steps, ones, groups, std::string("add"),
                         at::Scalar(1.0), after, none, c10::IValue());
        adding->callBoxed(&stack);
    } else {
        torch::jit::push(stack, x, weight, bias, edges, steps, ones, groups, name, none, std::string());
        plain->callBoxed(&stack);
    }
    return torch::jit::pop(stack).toTensor();
}

// Whether oneDNN's operators take bfloat16 on this processor: without AVX-512 they refuse it.
bool takes_bfloat16() {
    static const bool answer = [] {
        const auto type = at::TensorOptions(at::kBFloat16);
        const Tensor x = at::zeros({1, 16, 2, 2}, type).contiguous(at::MemoryFormat::ChannelsLast);
        const Tensor weight = at::zeros({16, 16, 1, 1}, type).contiguous(at::MemoryFormat::ChannelsLast);
        try {
            return fused(x, weight, at::zeros({16}), std::nullopt, 1, 0, 1, true, false).has_value();
        } catch (const c10::Error &) {
            return false;
        }
    }();
    return answer;
}

Tensor on_cpu(const Tensor &x, const Tensor &weight, const Tensor &bias, const optional<Tensor> &residual,
              int64_t stride, int64_t padding, int64_t groups, bool relu, bool overwrite) {
    const bool fits = x.dim() == 4 && x.numel() > 0 && x.scalar_type() == weight.scalar_type()
                      && (x.scalar_type() == at::kFloat || (x.scalar_type() == at::kBFloat16 && takes_bfloat16()))
                      && (!residual || residual->scalar_type() == x.scalar_type());
    // oneDNN's operator adds in the same pass only without groups and in one layout; where not, it is added afterwards.
    const bool adds = !residual || (groups == 1 && residual->is_contiguous(at::MemoryFormat::ChannelsLast)
                                    && !residual->is_contiguous());
    if (fits && adds) {
        if (auto y = fused(x, weight, bias, residual, stride, padding, groups, relu, overwrite)) return *y;
    } else if (fits) {
        if (auto y = fused(x, weight, bias, std::nullopt, stride, padding, groups, false, false)) {
            y->add_(*residual);
            return relu ? y->relu_() : *y;
        }
    }
    return composed(x, weight, bias, residual, stride, padding, groups, relu, overwrite);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(longtail, library) {
    library.def(
        "folded_convolution(Tensor input, Tensor weight, Tensor bias, Tensor(a!)? residual, int stride, int padding, "
        "int groups, bool relu, bool overwrite) -> Tensor");
}
TORCH_LIBRARY_IMPL(longtail, CompositeExplicitAutograd, library) { library.impl("folded_convolution", composed); }
TORCH_LIBRARY_IMPL(longtail, CPU, library) { library.impl("folded_convolution", on_cpu); }

}  // namespace longtail
