// longtail::depthwise_conv2d: torch's conv2d, with gradients of its own where each channel is convolved by itself.
//
// oneDNN (3.10, in libtorch 2.11) goes forward by kernels made for it, but back from strides of 2, and to the filters of many
// sizes, by those for whole convolutions: half of a training step of the EfficientNets and MobileNets, a quarter of
// ConvNeXt's. Channels-last float32 and bfloat16 on the CPU come here, anything else goes to conv2d.
#include "dispatch.h"
#include "parallel.h"
#include "tensors.h"

#include <ATen/autocast_mode.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <tuple>
#include <vector>

namespace longtail {
namespace {

using std::optional;

bool fits(const Tensor &x, const Tensor &weight, at::IntArrayRef stride, at::IntArrayRef padding,
          at::IntArrayRef dilation, int64_t groups) {
    if (!at::GradMode::is_enabled() || !(x.requires_grad() || weight.requires_grad())) return false;
    if (x.dim() != 4 || weight.dim() != 4 || !x.device().is_cpu() || x.numel() == 0) return false;
    if (x.scalar_type() != at::kBFloat16 && x.scalar_type() != at::kFloat) return false;
    if (weight.scalar_type() != at::kFloat || !x.is_contiguous(at::MemoryFormat::ChannelsLast)) return false;
    const auto is_square = [](at::IntArrayRef pair) { return pair.size() == 2 && pair[0] == pair[1]; };
    return is_square(stride) && is_square(padding) && is_square(dilation) && dilation[0] == 1 && stride[0] > 0
           && padding[0] >= 0 && groups == x.size(1) && weight.size(0) == groups && weight.size(1) == 1
           && weight.size(2) == weight.size(3);
}

struct Gradients {
    Tensor x, weight;
};

template <typename T>
Gradients backward(const Tensor &gradient, const Tensor &x, const Tensor &weight, int64_t stride, int64_t padding,
                   bool needs_x) {
    const Tensor dense = gradient.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const Depthwise shape{x.size(2),  x.size(3),      dense.size(2), dense.size(3),
                          x.size(1), weight.size(2), stride,        padding};
    const int64_t channels = shape.channels, taps = shape.kernel * shape.kernel, count = x.size(0);
    const int64_t padded = (channels + lanes - 1) / lanes * lanes, filters = taps * padded;
    // The numbers that went forward.
    const Tensor used = weight.to(x.scalar_type());
    Gradients result{Tensor(), at::empty(weight.sizes(), weight.options())};
    // For this oneDNN has a kernel made for it; but bfloat16 without AVX-512 would be added up in bfloat16.
    const bool is_theirs = stride == 1 && (x.scalar_type() == at::kFloat || has_avx512());
    if (needs_x && is_theirs) {
        result.x = std::get<0>(at::convolution_backward(
            dense, x, used, std::nullopt, {1, 1}, {padding, padding}, {1, 1}, false, {0, 0}, x.size(1),
            {true, false, false}));
    } else if (needs_x) {
        result.x = at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast);
    }
    // C×1×K×K as K×K lists of channels.
    const Tensor rounded = used.to(at::kFloat).contiguous();
    const float *given = numbers<float>(rounded);
    std::vector<float> lists(static_cast<size_t>(filters), 0.0f);
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t tap = 0; tap < taps; tap++) lists[size_t(tap * padded + c)] = given[c * taps + tap];
    }
    const int64_t picture = shape.height * shape.width * channels, output = shape.out_height * shape.out_width * channels;
    const T *from = numbers<T>(x), *g = numbers<T>(dense);
    T *dx = needs_x && !is_theirs ? mutable_numbers<T>(result.x) : nullptr;
    // What each group of pictures says of the filters, added up in order afterwards, whatever the threads.
    const int64_t size = (count + 63) / 64, groups = (count + size - 1) / size;
    std::vector<float> own(static_cast<size_t>(groups * filters), 0.0f);
    in_parallel(groups, 1, [&](int64_t start, int64_t end) {
        std::vector<float> scratch(static_cast<size_t>(shape.scratch()), 0.0f);
        for (int64_t n = start * size; n < std::min(count, end * size); n++) {
            if (dx) rows<T>().depthwise_data(shape, g + n * output, lists.data(), dx + n * picture);
            rows<T>().depthwise_filters(
                shape, from + n * picture, g + n * output, own.data() + n / size * filters, scratch.data());
        }
    });
    float *dweight = mutable_numbers<float>(result.weight);
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t tap = 0; tap < taps; tap++) {
            double sum = 0;
            for (int64_t group = 0; group < groups; group++) sum += own[size_t(group * filters + tap * padded + c)];
            dweight[c * taps + tap] = float(sum);
        }
    }
    return result;
}

class DepthwiseConv2d : public torch::autograd::Function<DepthwiseConv2d> {
public:
    static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x, const Tensor &weight,
                          const optional<Tensor> &bias, int64_t stride, int64_t padding) {
        at::AutoDispatchBelowADInplaceOrView guard;
        context->save_for_backward({x, weight});
        context->saved_data["stride"] = stride;
        context->saved_data["padding"] = padding;
        context->saved_data["needs_x"] = x.requires_grad();
        context->saved_data["needs_bias"] = bias.has_value() && bias->requires_grad();
        const auto type = x.scalar_type();
        return at::conv2d(x, weight.to(type), bias ? optional<Tensor>(bias->to(type)) : bias, {stride, stride},
                          {padding, padding}, {1, 1}, x.size(1));
    }

    static torch::autograd::variable_list backward(
        torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "depthwise_conv2d has no second derivative");
        auto saved = context->get_saved_variables();
        const Tensor &x = saved[0];
        const auto &work = x.scalar_type() == at::kFloat ? longtail::backward<float> : longtail::backward<uint16_t>;
        auto done = work(gradients[0], x, saved[1], context->saved_data["stride"].toInt(),
                         context->saved_data["padding"].toInt(), context->saved_data["needs_x"].toBool());
        const Tensor bias =
            context->saved_data["needs_bias"].toBool() ? gradients[0].sum({0, 2, 3}, false, at::kFloat) : Tensor();
        return {done.x, done.weight, bias, Tensor(), Tensor()};
    }
};

Tensor anywhere(const Tensor &x, const Tensor &weight, const optional<Tensor> &bias, at::IntArrayRef stride,
                at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
    return at::conv2d(x, weight, bias, stride, padding, dilation, groups);
}

Tensor with_gradients(const Tensor &x, const Tensor &weight, const optional<Tensor> &bias, at::IntArrayRef stride,
                      at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
    if (!fits(x, weight, stride, padding, dilation, groups)) return anywhere(x, weight, bias, stride, padding, dilation, groups);
    // What conv2d would be given under autocast.
    const bool casts = at::autocast::is_autocast_enabled(at::kCPU)
                       && at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16;
    return DepthwiseConv2d::apply(casts ? x.to(at::kBFloat16) : x, weight, bias, stride[0], padding[0]);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(longtail, library) {
    library.def(
        "depthwise_conv2d(Tensor input, Tensor weight, Tensor? bias, int[2] stride, int[2] padding, int[2] dilation, "
        "int groups) -> Tensor");
}
TORCH_LIBRARY_IMPL(longtail, CompositeImplicitAutograd, library) { library.impl("depthwise_conv2d", anywhere); }
TORCH_LIBRARY_IMPL(longtail, AutogradCPU, library) { library.impl("depthwise_conv2d", with_gradients); }

}  // namespace longtail
