// longtail::image_input: bytes of pictures as a network takes them, byte · scale + shift of each channel, pixels last in memory.
// On the CPU one pass and a table of the 256 values that a channel can have; elsewhere the separate operators.
#include "passes.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <vector>

namespace longtail {
namespace {

using at::Tensor;

Tensor composed(const Tensor &bytes, const Tensor &scale, const Tensor &shift, at::ScalarType dtype) {
    return bytes.contiguous(at::MemoryFormat::ChannelsLast).to(at::kFloat).mul(scale).add(shift).to(dtype);
}

template <typename T> void fill(const uint8_t *from, const T *table, T *to, int64_t images, int64_t pixels) {
    in_parallel(images, 1, [&](int64_t first, int64_t last) {
        for (int64_t image = first; image < last; image++) {
            const uint8_t *planes = from + image * 3 * pixels;
            T *at = to + image * 3 * pixels;
            for (int64_t pixel = 0; pixel < pixels; pixel++) {
                for (int64_t c = 0; c < 3; c++) at[3 * pixel + c] = table[256 * c + planes[c * pixels + pixel]];
            }
        }
    });
}

template <typename T> Tensor looked_up(const Tensor &bytes, const Tensor &values, at::ScalarType dtype) {
    Tensor result = at::empty(bytes.sizes(), bytes.options().dtype(dtype), at::MemoryFormat::ChannelsLast);
    const float *exact = static_cast<const float *>(values.const_data_ptr());
    std::vector<T> table(3 * 256);
    for (size_t i = 0; i < table.size(); i++) narrow(exact[i], table[i]);
    fill(static_cast<const uint8_t *>(bytes.const_data_ptr()), table.data(), static_cast<T *>(result.mutable_data_ptr()), bytes.size(0),
         bytes.size(2) * bytes.size(3));
    return result;
}

Tensor on_cpu(const Tensor &bytes, const Tensor &scale, const Tensor &shift, at::ScalarType dtype) {
    const bool fits = bytes.dim() == 4 && bytes.size(1) == 3 && bytes.scalar_type() == at::kByte && bytes.is_contiguous()
                      && scale.numel() == 3 && shift.numel() == 3 && (dtype == at::kFloat || dtype == at::kBFloat16);
    if (!fits) return composed(bytes, scale, shift, dtype);
    // By the operators that stand elsewhere too, so that the values are theirs.
    const Tensor all = at::arange(256, at::kFloat).mul(scale.reshape({3, 1})).add(shift.reshape({3, 1})).contiguous();
    return dtype == at::kFloat ? looked_up<float>(bytes, all, dtype) : looked_up<uint16_t>(bytes, all, dtype);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(longtail, library) {
    library.def("image_input(Tensor bytes, Tensor scale, Tensor shift, ScalarType dtype) -> Tensor");
}
TORCH_LIBRARY_IMPL(longtail, CompositeExplicitAutograd, library) { library.impl("image_input", composed); }
TORCH_LIBRARY_IMPL(longtail, CPU, library) { library.impl("image_input", on_cpu); }

}  // namespace longtail
