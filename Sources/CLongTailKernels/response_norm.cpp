// longtail::response_norm: x + weight · x · share + bias, share being the norm of a channel over an image as a part of the
// mean of all channels' norms (Woo et al. 2023, ConvNeXt V2, equations 1 to 3). N×H×W×C float32 and bfloat16 on the CPU
// are read twice forward and twice backward, image by image, so that the second time they may still be in the cache;
// anything else goes to libtorch's separate operators.
#include "passes.h"
#include "tensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/norm.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

namespace longtail {
namespace {

bool fits(const Tensor &x, const Tensor &weight, const Tensor &bias) {
    if (x.dim() != 4 || !x.device().is_cpu() || x.numel() == 0 || !x.is_contiguous()) return false;
    if (x.scalar_type() != at::kBFloat16 && x.scalar_type() != at::kFloat) return false;
    return is_float(weight, x.size(3)) && is_float(bias, x.size(3));
}

// One image's pixels by channel.
Shape image_shape(const Tensor &x) { return Shape(x.size(1) * x.size(2), x.size(3)); }

// Two sums a channel over one image: `add` adds those of a block of periods.
template <typename Add, typename AddLast>
std::vector<double> image_sums(const Shape &shape, const Add &add, const AddLast &add_last) {
    std::vector<double> partial(size_t(2 * shape.period), 0.0), sums(size_t(2 * shape.channels), 0.0);
    const int64_t block = shape.block();
    for (int64_t b = 0; b < shape.whole; b += block) {
        add(b * shape.period, std::min(block, shape.whole - b), partial.data());
    }
    if (shape.left() > 0) add_last(partial.data());
    gather(shape, partial.data(), sums.data());
    return sums;
}

struct Forward {
    Tensor y, energy;  // N×C norms, float32
};

// The mean of an image's norms, kept from zero.
double mean_energy(const float *energy, int64_t channels, double eps) {
    double sum = 0;
    for (int64_t c = 0; c < channels; c++) sum += energy[c];
    return sum / double(channels) + eps;
}

template <typename T> Forward forward(const Tensor &x, const Tensor &weight, const Tensor &bias, double eps) {
    const Shape shape = image_shape(x);
    const int64_t channels = shape.channels, image = shape.rows * channels;
    Forward result{at::empty_like(x), at::empty({x.size(0), channels}, weight.options())};
    const float *gamma = numbers<float>(weight), *beta = numbers<float>(bias);
    const T *all = numbers<T>(x);
    T *to = mutable_numbers<T>(result.y);
    float *energies = mutable_numbers<float>(result.energy);
    const std::vector<float> zeros(static_cast<size_t>(shape.period), 0.0f);
    in_parallel(x.size(0), 1, [&](int64_t start, int64_t end) {
        std::vector<float> scale_shift(static_cast<size_t>(2 * channels));
        std::vector<T> last(static_cast<size_t>(shape.period));
        for (int64_t n = start; n < end; n++) {
            const T *from = all + n * image;
            float *energy = energies + n * channels;
            const auto add = [&](const T *x, int64_t periods, double *partial) {
                rows<T>().add_moments(x, zeros.data(), periods, shape.period, partial);
            };
            const auto sums = image_sums(
                shape, [&](int64_t at, int64_t periods, double *partial) { add(from + at, periods, partial); },
                [&](double *partial) { add(last_period(shape, from).data(), 1, partial); });
            for (int64_t c = 0; c < channels; c++) energy[c] = float(std::sqrt(sums[size_t(channels + c)]));
            const double mean = mean_energy(energy, channels, eps);
            for (int64_t c = 0; c < channels; c++) {
                scale_shift[size_t(c)] = float(1 + gamma[c] * energy[c] / mean);
                scale_shift[size_t(channels + c)] = beta[c];
            }
            const auto list = shape.repeated(scale_shift.data(), 2);
            const auto normalise = [&](const T *x, T *y, int64_t periods) {
                rows<T>().normalise[none](x, nullptr, list.data(), y, periods, shape.period);
            };
            normalise(from, to + n * image, shape.whole);
            if (shape.left() > 0) {
                normalise(last_period(shape, from).data(), last.data(), 1);
                keep_last(shape, last, to + n * image);
            }
        }
    });
    return result;
}

struct Gradients {
    Tensor x, weight, bias;
};

template <typename T>
Gradients backward(const Tensor &gradient, const Tensor &x, const Tensor &weight, const Tensor &energy, double eps) {
    const Shape shape = image_shape(x);
    const int64_t channels = shape.channels, image = shape.rows * channels, count = x.size(0);
    const Tensor dense = gradient.to(x.scalar_type()).contiguous();
    Gradients result{at::empty_like(x), at::empty({channels}, weight.options()), at::empty({channels}, weight.options())};
    const float *gamma = numbers<float>(weight), *energies = numbers<float>(energy);
    const T *all = numbers<T>(x), *gradients = numbers<T>(dense);
    T *to = mutable_numbers<T>(result.x);
    const std::vector<float> zeros(static_cast<size_t>(3 * shape.period), 0.0f);
    // Weight's and bias's gradients of each image, added up in order afterwards.
    std::vector<double> own(static_cast<size_t>(2 * channels * count));
    in_parallel(count, 1, [&](int64_t start, int64_t end) {
        std::vector<float> lists(static_cast<size_t>(5 * channels), 0.0f);
        std::vector<T> last(static_cast<size_t>(shape.period));
        for (int64_t n = start; n < end; n++) {
            const T *from = all + n * image, *g = gradients + n * image;
            const float *e = energies + n * channels;
            const auto add = [&](const T *x, const T *g, int64_t periods, double *partial) {
                rows<T>().add_gradients[none](x, nullptr, g, zeros.data(), periods, shape.period, partial);
            };
            const auto sums = image_sums(
                shape, [&](int64_t at, int64_t periods, double *partial) { add(from + at, g + at, periods, partial); },
                [&](double *partial) {
                    add(last_period(shape, from).data(), last_period(shape, g).data(), 1, partial);
                });
            const double mean = mean_energy(e, channels, eps);
            // Σ g and Σ g x by channel; share = e / mean, so that d share reaches e both as numerator and in the mean.
            double *dweight = own.data() + 2 * channels * n, *dbias = dweight + channels;
            double through_mean = 0;
            for (int64_t c = 0; c < channels; c++) through_mean += gamma[c] * sums[size_t(channels + c)] * e[c];
            through_mean /= mean * mean * double(channels);
            for (int64_t c = 0; c < channels; c++) {
                const double product = sums[size_t(channels + c)];
                dbias[c] = sums[size_t(c)];
                dweight[c] = product * e[c] / mean;
                const double slope = gamma[c] * product / mean - through_mean;
                lists[size_t(2 * channels + c)] = float(1 + gamma[c] * e[c] / mean);
                lists[size_t(3 * channels + c)] = e[c] == 0 ? 0 : float(slope / e[c]);
            }
            const auto list = shape.repeated(lists.data(), 5);
            const auto back = [&](const T *x, const T *g, T *dx, int64_t periods) {
                rows<T>().backward[none](x, nullptr, g, list.data(), dx, nullptr, periods, shape.period);
            };
            back(from, g, to + n * image, shape.whole);
            if (shape.left() > 0) {
                back(last_period(shape, from).data(), last_period(shape, g).data(), last.data(), 1);
                keep_last(shape, last, to + n * image);
            }
        }
    });
    float *dweight = mutable_numbers<float>(result.weight), *dbias = mutable_numbers<float>(result.bias);
    for (int64_t c = 0; c < channels; c++) {
        double sums[2] = {0, 0};
        for (int64_t n = 0; n < count; n++) {
            for (int64_t i = 0; i < 2; i++) sums[i] += own[size_t((2 * n + i) * channels + c)];
        }
        dweight[c] = float(sums[0]);
        dbias[c] = float(sums[1]);
    }
    return result;
}

Forward forward_of(const Tensor &x, const Tensor &weight, const Tensor &bias, double eps) {
    return x.scalar_type() == at::kFloat ? forward<float>(x, weight, bias, eps) : forward<uint16_t>(x, weight, bias, eps);
}

class ResponseNorm : public torch::autograd::Function<ResponseNorm> {
public:
    static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x, const Tensor &weight,
                          const Tensor &bias, double eps) {
        at::AutoDispatchBelowADInplaceOrView guard;
        auto done = forward_of(x, weight, bias, eps);
        context->save_for_backward({x, weight, done.energy});
        context->saved_data["eps"] = eps;
        return done.y;
    }

    static torch::autograd::variable_list backward(
        torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "response_norm has no second derivative");
        auto saved = context->get_saved_variables();
        const auto &work = saved[0].scalar_type() == at::kFloat ? longtail::backward<float> : longtail::backward<uint16_t>;
        auto done = work(gradients[0], saved[0], saved[1], saved[2], context->saved_data["eps"].toDouble());
        return {done.x, done.weight, done.bias, Tensor()};
    }
};

// The separate operators: x · (weight · share + 1) + bias.
Tensor composed(const Tensor &x, const Tensor &weight, const Tensor &bias, double eps) {
    const Tensor energy = at::norm(x, 2, {1, 2}, true);
    const Tensor share = energy.div(energy.mean({-1}, true).add(eps));
    return x.mul(share.mul(weight).add(1)).add_(bias);
}

Tensor with_gradients(const Tensor &x, const Tensor &weight, const Tensor &bias, double eps) {
    return fits(x, weight, bias) ? ResponseNorm::apply(x, weight, bias, eps) : composed(x, weight, bias, eps);
}

Tensor without_gradients(const Tensor &x, const Tensor &weight, const Tensor &bias, double eps) {
    return fits(x, weight, bias) ? forward_of(x, weight, bias, eps).y : composed(x, weight, bias, eps);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(longtail, library) {
    library.def("response_norm(Tensor input, Tensor weight, Tensor bias, float eps) -> Tensor");
}
TORCH_LIBRARY_IMPL(longtail, CompositeImplicitAutograd, library) { library.impl("response_norm", composed); }
TORCH_LIBRARY_IMPL(longtail, CPU, library) { library.impl("response_norm", without_gradients); }
TORCH_LIBRARY_IMPL(longtail, AutogradCPU, library) { library.impl("response_norm", with_gradients); }

}  // namespace longtail
