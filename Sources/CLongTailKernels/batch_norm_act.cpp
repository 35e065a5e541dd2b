// longtail::batch_norm_relu: relu(batch_norm(x) [+ residual]) in training mode. Channels-last float32 and bfloat16 on the
// CPU, which is how convolutional networks train here, take two passes over memory forward and two backward, where
// libtorch's separate operators take up to seven and eight and are a third of a step's time; anything else goes to those
// operators.
//
// Statistics: of the differences from a channel's first number (which may be far from 0), in float32 within blocks of
// rows and in float64 across them; what is normalised is rounded to its type once.
#include "CLongTailKernels.h"
#include "passes.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cmath>
#include <utility>
#include <vector>

namespace longtail {
namespace {

using at::Tensor;
using std::optional;

template <typename T> const T *numbers(const Tensor &tensor) { return static_cast<const T *>(tensor.const_data_ptr()); }
template <typename T> T *mutable_numbers(const Tensor &tensor) { return static_cast<T *>(tensor.mutable_data_ptr()); }

bool is_float(const Tensor &tensor, int64_t channels) {
    return tensor.dim() == 1 && tensor.size(0) == channels && tensor.scalar_type() == at::kFloat
           && tensor.is_contiguous() && tensor.device().is_cpu();
}

// Whether the tensors are such that the fused passes can take them.
bool fits(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
          const Tensor &running_mean, const Tensor &running_var) {
    if (x.dim() != 4 || !x.device().is_cpu()) return false;
    if (x.scalar_type() != at::kBFloat16 && x.scalar_type() != at::kFloat) return false;
    int64_t channels = x.size(1);
    if (channels == 0 || x.numel() / channels < 2) return false;
    if (!x.is_contiguous(at::MemoryFormat::ChannelsLast)) return false;
    if (residual && !(residual->sizes() == x.sizes() && residual->scalar_type() == x.scalar_type()
                      && residual->device().is_cpu()))
        return false;
    return is_float(weight, channels) && is_float(bias, channels) && is_float(running_mean, channels)
           && is_float(running_var, channels);
}

struct Forward {
    Tensor y, mean, deviation;  // deviation: 1 / sqrt(variance + eps)
};

template <typename T>
Forward forward(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
                const Tensor &running_mean, const Tensor &running_var, double momentum, double eps) {
    const int64_t channels = x.size(1);
    const Shape shape(x.numel() / channels, channels);
    const T *from = numbers<T>(x);
    std::vector<float> first(static_cast<size_t>(channels));
    for (int64_t c = 0; c < channels; c++) first[size_t(c)] = widened(from[c]);
    const auto centre = shape.repeated(first.data());
    auto sums = summed(
        shape,
        [&](int64_t at, int64_t periods, double *partial) {
            rows<T>().add_moments(from + at, centre.data(), periods, shape.period, partial);
        },
        [&](int64_t at, int64_t c) {
            double difference = double(widened(from[at])) - first[size_t(c)];
            return std::pair(difference, difference * difference);
        });
    Forward result{at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast), at::empty({channels}, weight.options()),
                   at::empty({channels}, weight.options())};
    std::vector<float> scale_shift(static_cast<size_t>(2 * channels));
    const float *gamma = numbers<float>(weight), *beta = numbers<float>(bias);
    float *mean = mutable_numbers<float>(result.mean), *deviation = mutable_numbers<float>(result.deviation);
    float *old_mean = mutable_numbers<float>(running_mean), *old_var = mutable_numbers<float>(running_var);
    const double count = double(shape.rows);
    for (int64_t c = 0; c < channels; c++) {
        double offset = sums[size_t(c)] / count, centred = first[size_t(c)] + offset;
        double difference = sums[size_t(channels + c)] / count - offset * offset;
        double variance = difference < 0 ? 0 : difference;  // a NaN stays one
        double inverse = 1 / std::sqrt(variance + eps);
        mean[c] = float(centred);
        deviation[c] = float(inverse);
        scale_shift[size_t(c)] = float(gamma[c] * inverse);
        scale_shift[size_t(channels + c)] = float(beta[c] - centred * gamma[c] * inverse);
        old_mean[c] = float((1 - momentum) * old_mean[c] + momentum * centred);
        old_var[c] = float((1 - momentum) * old_var[c] + momentum * variance * count / (count - 1));
    }
    const Tensor other = residual ? residual->contiguous(at::MemoryFormat::ChannelsLast) : Tensor();
    const T *added = residual ? numbers<T>(other) : nullptr;
    T *to = mutable_numbers<T>(result.y);
    const auto ab = shape.repeated(scale_shift.data(), 2);
    over_periods(shape, [&](int64_t at, int64_t periods) {
        rows<T>().normalise(from + at, added ? added + at : nullptr, ab.data(), ab.data() + shape.period, to + at,
                            periods, shape.period);
    });
    for (int64_t at = shape.numbers_before_left(); at < x.numel(); at++) {
        const size_t c = size_t(at % channels);
        float value = widened(from[at]) * scale_shift[c] + scale_shift[size_t(channels) + c];
        if (added) value += widened(added[at]);
        narrow(value < 0 ? 0 : value, to[at]);
    }
    return result;
}

struct Gradients {
    Tensor x, residual, weight, bias;
};

template <typename T>
Gradients backward(const Tensor &gradient, const Tensor &x, const Tensor &y, const Tensor &weight, const Tensor &mean,
                   const Tensor &deviation, bool needs_residual) {
    const int64_t channels = x.size(1);
    const Shape shape(x.numel() / channels, channels);
    const Tensor dense = gradient.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const T *from = numbers<T>(x), *output = numbers<T>(y), *g = numbers<T>(dense);
    const float *centre = numbers<float>(mean), *inverse = numbers<float>(deviation);
    const auto centres = shape.repeated(centre);
    auto sums = summed(
        shape,
        [&](int64_t at, int64_t periods, double *partial) {
            rows<T>().add_gradients(from + at, output + at, g + at, centres.data(), periods, shape.period, partial);
        },
        [&](int64_t at, int64_t c) {
            double passed = widened(output[at]) <= 0 ? 0 : widened(g[at]);
            return std::pair(passed, passed * (double(widened(from[at])) - centre[c]));
        });
    Gradients result{at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast), Tensor(),
                     at::empty({channels}, weight.options()), at::empty({channels}, weight.options())};
    if (needs_residual) result.residual = at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast);
    std::vector<float> abc(static_cast<size_t>(3 * channels));
    const float *gamma = numbers<float>(weight);
    float *dweight = mutable_numbers<float>(result.weight), *dbias = mutable_numbers<float>(result.bias);
    for (int64_t c = 0; c < channels; c++) {
        double total = sums[size_t(c)], product = sums[size_t(channels + c)];
        double factor = gamma[c] * double(inverse[c]);
        double slope = -factor * inverse[c] * inverse[c] * product / double(shape.rows);
        dweight[c] = float(product * inverse[c]);
        dbias[c] = float(total);
        abc[size_t(c)] = float(factor);
        abc[size_t(channels + c)] = float(slope);
        abc[size_t(2 * channels + c)] = float(-factor * total / double(shape.rows) - slope * centre[c]);
    }
    const auto factors = shape.repeated(abc.data(), 3);
    T *dx = mutable_numbers<T>(result.x), *dr = needs_residual ? mutable_numbers<T>(result.residual) : nullptr;
    over_periods(shape, [&](int64_t at, int64_t periods) {
        rows<T>().backward(from + at, output + at, g + at, factors.data(), dx + at, dr ? dr + at : nullptr, periods,
                           shape.period);
    });
    for (int64_t at = shape.numbers_before_left(); at < x.numel(); at++) {
        const size_t c = size_t(at % channels), step = size_t(channels);
        const float passed = widened(output[at]) <= 0 ? 0 : widened(g[at]);
        if (dr) narrow(passed, dr[at]);
        narrow(passed * abc[c] + widened(from[at]) * abc[step + c] + abc[2 * step + c], dx[at]);
    }
    return result;
}

template <typename... Arguments> Forward forward_of(const Tensor &x, Arguments &&...arguments) {
    return x.scalar_type() == at::kFloat ? forward<float>(x, arguments...) : forward<uint16_t>(x, arguments...);
}

class BatchNormReLU : public torch::autograd::Function<BatchNormReLU> {
public:
    static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x, const optional<Tensor> &residual,
                          const Tensor &weight, const Tensor &bias, const Tensor &running_mean,
                          const Tensor &running_var, double momentum, double eps) {
        at::AutoDispatchBelowADInplaceOrView guard;
        auto done = forward_of(x, residual, weight, bias, running_mean, running_var, momentum, eps);
        context->save_for_backward({x, done.y, weight, done.mean, done.deviation});
        context->saved_data["residual"] = residual.has_value() && residual->requires_grad();
        return done.y;
    }

    static torch::autograd::variable_list backward(
        torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "batch_norm_relu has no second derivative");
        auto saved = context->get_saved_variables();
        const auto &work = saved[0].scalar_type() == at::kFloat ? longtail::backward<float> : longtail::backward<uint16_t>;
        auto done = work(gradients[0], saved[0], saved[1], saved[2], saved[3], saved[4],
                         context->saved_data["residual"].toBool());
        return {done.x, done.residual, done.weight, done.bias, Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

// The separate operators.
Tensor composed(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
                const Tensor &running_mean, const Tensor &running_var, double momentum, double eps) {
    Tensor y = at::batch_norm(x, weight, bias, running_mean, running_var, true, momentum, eps, true);
    if (residual) y.add_(*residual);
    return y.relu_();
}

Tensor with_gradients(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
                      const Tensor &running_mean, const Tensor &running_var, double momentum, double eps) {
    return fits(x, residual, weight, bias, running_mean, running_var)
               ? BatchNormReLU::apply(x, residual, weight, bias, running_mean, running_var, momentum, eps)
               : composed(x, residual, weight, bias, running_mean, running_var, momentum, eps);
}

Tensor without_gradients(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
                         const Tensor &running_mean, const Tensor &running_var, double momentum, double eps) {
    return fits(x, residual, weight, bias, running_mean, running_var)
               ? forward_of(x, residual, weight, bias, running_mean, running_var, momentum, eps).y
               : composed(x, residual, weight, bias, running_mean, running_var, momentum, eps);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(longtail, library) {
    library.def(
        "batch_norm_relu(Tensor input, Tensor? residual, Tensor weight, Tensor bias, Tensor(a!) running_mean, "
        "Tensor(b!) running_var, float momentum, float eps) -> Tensor");
}
TORCH_LIBRARY_IMPL(longtail, CompositeImplicitAutograd, library) { library.impl("batch_norm_relu", composed); }
TORCH_LIBRARY_IMPL(longtail, CPU, library) { library.impl("batch_norm_relu", without_gradients); }
TORCH_LIBRARY_IMPL(longtail, AutogradCPU, library) { library.impl("batch_norm_relu", with_gradients); }

}  // namespace longtail

extern "C" void ck_register(void) {}
