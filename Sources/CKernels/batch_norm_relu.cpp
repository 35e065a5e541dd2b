// longtail::batch_norm_relu: relu(batch_norm(x) [+ residual]) in training mode. Channels-last bfloat16 on the CPU with
// channels in sixteens, which is how residual networks train here, takes two passes over memory forward and two
// backward, where libtorch's separate operators take up to seven and eight and are a third of a step's time; anything
// else goes to those operators.
//
// Statistics: float32 within blocks of rows, float64 across them; what is normalised is rounded to bfloat16 once.
#include "CKernels.h"
#include "lanes.h"
#include "parallel.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

namespace longtail {
namespace {

using at::Tensor;
using std::optional;

constexpr int64_t block = 256;  // rows whose partial sums stay in float32

const uint16_t *bits(const Tensor &tensor) { return static_cast<const uint16_t *>(tensor.const_data_ptr()); }
uint16_t *mutable_bits(const Tensor &tensor) { return static_cast<uint16_t *>(tensor.mutable_data_ptr()); }
const float *numbers(const Tensor &tensor) { return static_cast<const float *>(tensor.const_data_ptr()); }
float *mutable_numbers(const Tensor &tensor) { return static_cast<float *>(tensor.mutable_data_ptr()); }

// Σ x and Σ x² of one block, added to sums[0..<C] and sums[C..<2C].
CK_WIDE void add_moments(const uint16_t *x, int64_t rows, int64_t channels, double *sums) {
    for (int64_t c = 0; c < channels; c += lanes) {
        floats total[2] = {}, square[2] = {};
        for (int64_t row = 0; row < rows; row++) {
            floats value;
            load(x + row * channels + c, value);
            total[row & 1] += value;
            square[row & 1] += value * value;
        }
        floats a = total[0] + total[1], b = square[0] + square[1];
        for (int64_t i = 0; i < lanes; i++) {
            sums[c + i] += a[i];
            sums[channels + c + i] += b[i];
        }
    }
}

// y = max(0, x · scale + shift [+ residual]).
CK_WIDE void normalise(
    const uint16_t *x, const uint16_t *residual, const float *scale, const float *shift, uint16_t *y, int64_t rows,
    int64_t channels) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t c = 0; c < channels; c += lanes) {
            int64_t at = row * channels + c;
            floats value, a, b;
            load(x + at, value);
            load(scale + c, a);
            load(shift + c, b);
            value = value * a + b;
            if (residual) {
                floats other;
                load(residual + at, other);
                value += other;
            }
            // A NaN must come through: only what compares below zero is cut.
            floats zero = {};
            value = value < zero ? zero : value;
            store(value, y + at);
        }
    }
}

// Σ g and Σ g (x − mean) of one block, g being the gradient where y > 0.
CK_WIDE void add_gradients(
    const uint16_t *x, const uint16_t *y, const uint16_t *gradient, const float *mean, int64_t rows, int64_t channels,
    double *sums) {
    for (int64_t c = 0; c < channels; c += lanes) {
        floats centre, total[2] = {}, product[2] = {};
        load(mean + c, centre);
        for (int64_t row = 0; row < rows; row++) {
            int64_t at = row * channels + c;
            floats value, output, g, zero = {};
            load(x + at, value);
            load(y + at, output);
            load(gradient + at, g);
            g = output <= zero ? zero : g;
            total[row & 1] += g;
            product[row & 1] += g * (value - centre);
        }
        floats a = total[0] + total[1], b = product[0] + product[1];
        for (int64_t i = 0; i < lanes; i++) {
            sums[c + i] += a[i];
            sums[channels + c + i] += b[i];
        }
    }
}

// dx = g · a + x · b + c, and the residual's gradient g where it is asked for.
CK_WIDE void backward_rows(
    const uint16_t *x, const uint16_t *y, const uint16_t *gradient, const float *abc, uint16_t *dx, uint16_t *dr,
    int64_t rows, int64_t channels) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t c = 0; c < channels; c += lanes) {
            int64_t at = row * channels + c;
            floats value, output, g, p, q, r, zero = {};
            load(x + at, value);
            load(y + at, output);
            load(gradient + at, g);
            load(abc + c, p);
            load(abc + channels + c, q);
            load(abc + 2 * channels + c, r);
            g = output <= zero ? zero : g;
            if (dr) store(g, dr + at);
            store(g * p + value * q + r, dx + at);
        }
    }
}

// Calls body(first row, rows) on every thread's share of the rows, cut at blocks.
template <typename Body> void over_rows(int64_t rows, const Body &body) {
    in_parallel((rows + block - 1) / block, 8, [&](int64_t from, int64_t to) {
        body(from * block, std::min(rows, to * block) - from * block);
    });
}

// Sums of two numbers a channel over all rows: the blocks' partial sums are added in order, whatever the threads.
template <typename Body> std::vector<double> summed(int64_t rows, int64_t channels, const Body &add) {
    int64_t blocks = (rows + block - 1) / block;
    constexpr int64_t pieces = 64;
    int64_t piece = (blocks + pieces - 1) / pieces;
    std::vector<double> partial(static_cast<size_t>(pieces * 2 * channels), 0.0);
    in_parallel(pieces, 1, [&](int64_t from, int64_t to) {
        for (int64_t p = from; p < to; p++) {
            for (int64_t b = p * piece; b < std::min(blocks, (p + 1) * piece); b++) {
                add(b * block, std::min(block, rows - b * block), partial.data() + p * 2 * channels);
            }
        }
    });
    std::vector<double> sums(static_cast<size_t>(2 * channels), 0.0);
    for (int64_t p = 0; p < pieces; p++) {
        for (int64_t i = 0; i < 2 * channels; i++) sums[size_t(i)] += partial[size_t(p * 2 * channels + i)];
    }
    return sums;
}

bool is_float(const Tensor &tensor, int64_t channels) {
    return tensor.dim() == 1 && tensor.size(0) == channels && tensor.scalar_type() == at::kFloat
           && tensor.is_contiguous() && tensor.device().is_cpu();
}

// Whether the tensors are such that the fused passes can take them.
bool fits(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
          const Tensor &running_mean, const Tensor &running_var) {
    if (x.dim() != 4 || x.scalar_type() != at::kBFloat16 || !x.device().is_cpu()) return false;
    int64_t channels = x.size(1);
    if (channels == 0 || channels % lanes != 0 || x.numel() / channels < 2) return false;
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

Forward forward(const Tensor &x, const optional<Tensor> &residual, const Tensor &weight, const Tensor &bias,
                const Tensor &running_mean, const Tensor &running_var, double momentum, double eps) {
    int64_t channels = x.size(1), rows = x.numel() / channels;
    const uint16_t *from = bits(x);
    auto sums = summed(rows, channels, [&](int64_t first, int64_t count, double *partial) {
        add_moments(from + first * channels, count, channels, partial);
    });
    Forward result{at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast), at::empty({channels}, weight.options()),
                   at::empty({channels}, weight.options())};
    std::vector<float> scale(static_cast<size_t>(channels)), shift(static_cast<size_t>(channels));
    const float *gamma = numbers(weight), *beta = numbers(bias);
    float *mean = mutable_numbers(result.mean), *deviation = mutable_numbers(result.deviation);
    float *old_mean = mutable_numbers(running_mean), *old_var = mutable_numbers(running_var);
    double count = double(rows);
    for (int64_t c = 0; c < channels; c++) {
        double centre = sums[size_t(c)] / count;
        double difference = sums[size_t(channels + c)] / count - centre * centre;
        double variance = difference < 0 ? 0 : difference;  // a NaN stays one
        double inverse = 1 / std::sqrt(variance + eps);
        mean[c] = float(centre);
        deviation[c] = float(inverse);
        scale[size_t(c)] = float(gamma[c] * inverse);
        shift[size_t(c)] = float(beta[c] - centre * gamma[c] * inverse);
        old_mean[c] = float((1 - momentum) * old_mean[c] + momentum * centre);
        old_var[c] = float((1 - momentum) * old_var[c] + momentum * variance * count / (count - 1));
    }
    Tensor other = residual ? residual->contiguous(at::MemoryFormat::ChannelsLast) : Tensor();
    const uint16_t *added = residual ? bits(other) : nullptr;
    uint16_t *to = mutable_bits(result.y);
    over_rows(rows, [&](int64_t first, int64_t count) {
        int64_t at = first * channels;
        normalise(from + at, added ? added + at : nullptr, scale.data(), shift.data(), to + at, count, channels);
    });
    return result;
}

struct Gradients {
    Tensor x, residual, weight, bias;
};

Gradients backward(const Tensor &gradient, const Tensor &x, const Tensor &y, const Tensor &weight, const Tensor &mean,
                   const Tensor &deviation, bool needs_residual) {
    int64_t channels = x.size(1), rows = x.numel() / channels;
    Tensor dense = gradient.to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
    const uint16_t *from = bits(x), *output = bits(y), *g = bits(dense);
    const float *centre = numbers(mean), *inverse = numbers(deviation);
    auto sums = summed(rows, channels, [&](int64_t first, int64_t count, double *partial) {
        int64_t at = first * channels;
        add_gradients(from + at, output + at, g + at, centre, count, channels, partial);
    });
    Gradients result{at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast), Tensor(),
                     at::empty({channels}, weight.options()), at::empty({channels}, weight.options())};
    if (needs_residual) result.residual = at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast);
    std::vector<float> abc(static_cast<size_t>(3 * channels));
    const float *gamma = numbers(weight);
    float *dweight = mutable_numbers(result.weight), *dbias = mutable_numbers(result.bias);
    for (int64_t c = 0; c < channels; c++) {
        double total = sums[size_t(c)], product = sums[size_t(channels + c)];
        double factor = gamma[c] * double(inverse[c]);
        double slope = -factor * inverse[c] * inverse[c] * product / double(rows);
        dweight[c] = float(product * inverse[c]);
        dbias[c] = float(total);
        abc[size_t(c)] = float(factor);
        abc[size_t(channels + c)] = float(slope);
        abc[size_t(2 * channels + c)] = float(-factor * total / double(rows) - slope * centre[c]);
    }
    uint16_t *dx = mutable_bits(result.x), *dr = needs_residual ? mutable_bits(result.residual) : nullptr;
    over_rows(rows, [&](int64_t first, int64_t count) {
        int64_t at = first * channels;
        backward_rows(from + at, output + at, g + at, abc.data(), dx + at, dr ? dr + at : nullptr, count, channels);
    });
    return result;
}

class BatchNormReLU : public torch::autograd::Function<BatchNormReLU> {
public:
    static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x, const optional<Tensor> &residual,
                          const Tensor &weight, const Tensor &bias, const Tensor &running_mean,
                          const Tensor &running_var, double momentum, double eps) {
        at::AutoDispatchBelowADInplaceOrView guard;
        auto done = longtail::forward(x, residual, weight, bias, running_mean, running_var, momentum, eps);
        context->save_for_backward({x, done.y, weight, done.mean, done.deviation});
        context->saved_data["residual"] = residual.has_value() && residual->requires_grad();
        return done.y;
    }

    static torch::autograd::variable_list backward(
        torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "batch_norm_relu has no second derivative");
        auto saved = context->get_saved_variables();
        auto done = longtail::backward(gradients[0], saved[0], saved[1], saved[2], saved[3], saved[4],
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
               ? forward(x, residual, weight, bias, running_mean, running_var, momentum, eps).y
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
