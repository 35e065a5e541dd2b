// longtail::batch_norm_act: f(batch_norm(x) [+ residual]) in training mode; f is nothing, ReLU, ReLU6, SiLU or hardswish.
// Channels-last float32 and bfloat16 on the CPU, which is how convolutional networks train here, take two passes over
// memory forward and two backward, where libtorch's separate operators take up to seven and eight and are a third of a
// step's time; anything else goes to those operators.
//
// Statistics: of the differences from a channel's first number (which may be far from 0), in float32 within blocks of
// rows and in float64 across them; what is normalised is rounded to its type once.
#include "CLongTailKernels.h"
#include "passes.h"
#include "tensors.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/silu.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cmath>
#include <string>
#include <vector>

namespace longtail {
namespace {

using std::optional;

// What is normalised, by which numbers, and what follows.
struct Arguments {
    const Tensor &x;
    const optional<Tensor> &residual;
    const Tensor &weight, &bias, &running_mean, &running_var;
    double momentum, eps;
    int64_t activation;
};

int64_t named(c10::string_view name) {
    static const char *const names[activations] = {"none", "relu", "relu6", "silu", "hardswish"};
    for (int64_t i = 0; i < activations; i++) {
        if (name == names[i]) return i;
    }
    TORCH_CHECK(false, "batch_norm_act knows no activation '", std::string(name), "'");
}

// Whether the tensors are such that the fused passes can take them.
bool fits(const Arguments &a) {
    const Tensor &x = a.x;
    if (x.dim() != 4 || !x.device().is_cpu()) return false;
    if (x.scalar_type() != at::kBFloat16 && x.scalar_type() != at::kFloat) return false;
    int64_t channels = x.size(1);
    if (channels == 0 || x.numel() / channels < 2) return false;
    if (!x.is_contiguous(at::MemoryFormat::ChannelsLast)) return false;
    if (a.residual && !(a.residual->sizes() == x.sizes() && a.residual->scalar_type() == x.scalar_type()
                        && a.residual->device().is_cpu() && a.activation <= relu))
        return false;
    return is_float(a.weight, channels) && is_float(a.bias, channels) && is_float(a.running_mean, channels)
           && is_float(a.running_var, channels);
}

struct Forward {
    // 2×C scale and shift of x; 1 / sqrt(variance + eps).
    Tensor y, scale_shift, mean, deviation;
};

template <typename T> Forward forward(const Arguments &a) {
    const int64_t channels = a.x.size(1);
    const Shape shape(a.x.numel() / channels, channels);
    const T *from = numbers<T>(a.x);
    std::vector<float> first(static_cast<size_t>(channels));
    for (int64_t c = 0; c < channels; c++) first[size_t(c)] = widened(from[c]);
    const auto centre = shape.repeated(first.data());
    const auto add = [&](const T *x, int64_t periods, double *partial) {
        rows<T>().add_moments(x, centre.data(), periods, shape.period, partial);
    };
    const auto sums = summed(
        shape, [&](int64_t at, int64_t periods, double *partial) { add(from + at, periods, partial); },
        [&](double *partial) { add(last_period(shape, from, from).data(), 1, partial); });
    Forward result{at::empty_like(a.x, a.x.options(), at::MemoryFormat::ChannelsLast),
                   at::empty({2, channels}, a.weight.options()), at::empty({channels}, a.weight.options()),
                   at::empty({channels}, a.weight.options())};
    const float *gamma = numbers<float>(a.weight), *beta = numbers<float>(a.bias);
    float *mean = mutable_numbers<float>(result.mean), *deviation = mutable_numbers<float>(result.deviation);
    float *scale = mutable_numbers<float>(result.scale_shift), *shift = scale + channels;
    float *old_mean = mutable_numbers<float>(a.running_mean), *old_var = mutable_numbers<float>(a.running_var);
    const double count = double(shape.rows), momentum = a.momentum;
    for (int64_t c = 0; c < channels; c++) {
        double offset = sums[size_t(c)] / count, centred = first[size_t(c)] + offset;
        double difference = sums[size_t(channels + c)] / count - offset * offset;
        double variance = difference < 0 ? 0 : difference;  // a NaN stays one
        double inverse = 1 / std::sqrt(variance + a.eps);
        mean[c] = float(centred);
        deviation[c] = float(inverse);
        scale[c] = float(gamma[c] * inverse);
        shift[c] = float(beta[c] - centred * gamma[c] * inverse);
        old_mean[c] = float((1 - momentum) * old_mean[c] + momentum * centred);
        old_var[c] = float((1 - momentum) * old_var[c] + momentum * variance * count / (count - 1));
    }
    const Tensor other = a.residual ? a.residual->contiguous(at::MemoryFormat::ChannelsLast) : Tensor();
    const T *added = a.residual ? numbers<T>(other) : nullptr;
    T *to = mutable_numbers<T>(result.y);
    const auto list = shape.repeated(scale, 2);
    const auto normalise = [&](const T *x, const T *residual, T *y, int64_t periods) {
        rows<T>().normalise[a.activation](x, residual, list.data(), y, periods, shape.period);
    };
    over_periods(shape, [&](int64_t at, int64_t periods) {
        normalise(from + at, added ? added + at : nullptr, to + at, periods);
    });
    if (shape.left() > 0) {
        std::vector<T> y(static_cast<size_t>(shape.period));
        normalise(last_period(shape, from).data(), added ? last_period(shape, added).data() : nullptr, y.data(), 1);
        keep_last(shape, y, to);
    }
    return result;
}

struct Gradients {
    Tensor x, residual, weight, bias;
};

// What a forward pass leaves for the way back; y only where the gate reads it.
struct Saved {
    Tensor x, y, weight, scale_shift, mean, deviation;
    int64_t gate;
};

template <typename T> Gradients backward(const Tensor &gradient, const Saved &saved, bool needs_residual) {
    const Tensor &x = saved.x;
    const int64_t channels = x.size(1);
    const Shape shape(x.numel() / channels, channels);
    const Tensor dense = gradient.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const T *from = numbers<T>(x), *g = numbers<T>(dense);
    const T *output = saved.y.defined() ? numbers<T>(saved.y) : nullptr;
    const float *centre = numbers<float>(saved.mean), *inverse = numbers<float>(saved.deviation);
    std::vector<float> lists(numbers<float>(saved.scale_shift), numbers<float>(saved.scale_shift) + 2 * channels);
    lists.insert(lists.end(), centre, centre + channels);
    const auto scale_shift_mean = shape.repeated(lists.data(), 3);
    const auto add = [&](const T *x, const T *y, const T *g, int64_t periods, double *partial) {
        rows<T>().add_gradients[saved.gate](x, y, g, scale_shift_mean.data(), periods, shape.period, partial);
    };
    const auto last = [&](const T *from) { return from ? last_period(shape, from) : std::vector<T>(); };
    const auto sums = summed(
        shape,
        [&](int64_t at, int64_t periods, double *partial) {
            add(from + at, output ? output + at : nullptr, g + at, periods, partial);
        },
        [&](double *partial) { add(last(from).data(), last(output).data(), last(g).data(), 1, partial); });
    Gradients result{at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast), Tensor(),
                     at::empty({channels}, saved.weight.options()), at::empty({channels}, saved.weight.options())};
    // Where nothing follows, the sum's gradient is the residual's.
    const bool makes_residual = needs_residual && saved.gate != none;
    if (needs_residual) {
        result.residual = makes_residual ? at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast) : dense;
    }
    lists.resize(size_t(5 * channels));
    const float *gamma = numbers<float>(saved.weight);
    float *dweight = mutable_numbers<float>(result.weight), *dbias = mutable_numbers<float>(result.bias);
    for (int64_t c = 0; c < channels; c++) {
        double total = sums[size_t(c)], product = sums[size_t(channels + c)];
        double factor = gamma[c] * double(inverse[c]);
        double slope = -factor * inverse[c] * inverse[c] * product / double(shape.rows);
        dweight[c] = float(product * inverse[c]);
        dbias[c] = float(total);
        lists[size_t(2 * channels + c)] = float(factor);
        lists[size_t(3 * channels + c)] = float(slope);
        lists[size_t(4 * channels + c)] = float(-factor * total / double(shape.rows) - slope * centre[c]);
    }
    const auto scale_shift_abc = shape.repeated(lists.data(), 5);
    T *dx = mutable_numbers<T>(result.x), *dr = makes_residual ? mutable_numbers<T>(result.residual) : nullptr;
    const auto back = [&](const T *x, const T *y, const T *g, T *dx, T *dr, int64_t periods) {
        rows<T>().backward[saved.gate](x, y, g, scale_shift_abc.data(), dx, dr, periods, shape.period);
    };
    over_periods(shape, [&](int64_t at, int64_t periods) {
        back(from + at, output ? output + at : nullptr, g + at, dx + at, dr ? dr + at : nullptr, periods);
    });
    if (shape.left() > 0) {
        std::vector<T> one(static_cast<size_t>(shape.period)), other(one);
        back(last(from).data(), last(output).data(), last(g).data(), one.data(), dr ? other.data() : nullptr, 1);
        keep_last(shape, one, dx);
        if (dr) keep_last(shape, other, dr);
    }
    return result;
}

Forward forward_of(const Arguments &a) {
    return a.x.scalar_type() == at::kFloat ? forward<float>(a) : forward<uint16_t>(a);
}

class BatchNormAct : public torch::autograd::Function<BatchNormAct> {
public:
    static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x, const optional<Tensor> &residual,
                          const Tensor &weight, const Tensor &bias, const Tensor &running_mean,
                          const Tensor &running_var, double momentum, double eps, int64_t activation) {
        at::AutoDispatchBelowADInplaceOrView guard;
        auto done = forward_of({x, residual, weight, bias, running_mean, running_var, momentum, eps, activation});
        const bool by_output = residual && activation == relu;
        context->save_for_backward(
            {x, by_output ? done.y : Tensor(), weight, done.scale_shift, done.mean, done.deviation});
        context->saved_data["residual"] = residual.has_value() && residual->requires_grad();
        context->saved_data["gate"] = by_output ? int64_t(relu_by_output) : activation;
        return done.y;
    }

    static torch::autograd::variable_list backward(
        torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "batch_norm_act has no second derivative");
        auto tensors = context->get_saved_variables();
        const Saved saved{tensors[0], tensors[1], tensors[2], tensors[3], tensors[4], tensors[5],
                          context->saved_data["gate"].toInt()};
        const auto &work = saved.x.scalar_type() == at::kFloat ? longtail::backward<float> : longtail::backward<uint16_t>;
        auto done = work(gradients[0], saved, context->saved_data["residual"].toBool());
        return {done.x, done.residual, done.weight, done.bias, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

// The separate operators.
Tensor composed(const Arguments &a) {
    Tensor y = at::batch_norm(a.x, a.weight, a.bias, a.running_mean, a.running_var, true, a.momentum, a.eps, true);
    if (a.residual) y.add_(*a.residual);
    switch (a.activation) {
    case relu: return y.relu_();
    case relu6: return at::relu6(y);
    case silu: return at::silu(y);
    case hardswish: return at::hardswish(y);
    default: return y;
    }
}

Tensor anywhere(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
                const Tensor &running_mean, const Tensor &running_var, double momentum, double eps,
                c10::string_view activation) {
    return composed({x, residual, weight, bias, running_mean, running_var, momentum, eps, named(activation)});
}

Tensor with_gradients(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
                      const Tensor &running_mean, const Tensor &running_var, double momentum, double eps,
                      c10::string_view activation) {
    const Arguments a{x, residual, weight, bias, running_mean, running_var, momentum, eps, named(activation)};
    return fits(a) ? BatchNormAct::apply(x, residual, weight, bias, running_mean, running_var, momentum, eps, a.activation)
                   : composed(a);
}

Tensor without_gradients(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
                         const Tensor &running_mean, const Tensor &running_var, double momentum, double eps,
                         c10::string_view activation) {
    const Arguments a{x, residual, weight, bias, running_mean, running_var, momentum, eps, named(activation)};
    return fits(a) ? forward_of(a).y : composed(a);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(longtail, library) {
    library.def(
        "batch_norm_act(Tensor input, Tensor? residual, Tensor weight, Tensor bias, Tensor(a!) running_mean, "
        "Tensor(b!) running_var, float momentum, float eps, str activation) -> Tensor");
}
TORCH_LIBRARY_IMPL(longtail, CompositeImplicitAutograd, library) { library.impl("batch_norm_act", anywhere); }
TORCH_LIBRARY_IMPL(longtail, CPU, library) { library.impl("batch_norm_act", without_gradients); }
TORCH_LIBRARY_IMPL(longtail, AutogradCPU, library) { library.impl("batch_norm_act", with_gradients); }

}  // namespace longtail

extern "C" void ck_register(void) {}
