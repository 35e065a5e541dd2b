// Tensors of libtorch as plain numbers.
#pragma once

#include <ATen/core/Tensor.h>

namespace longtail {

using at::Tensor;

template <typename T> const T *numbers(const Tensor &tensor) { return static_cast<const T *>(tensor.const_data_ptr()); }
template <typename T> T *mutable_numbers(const Tensor &tensor) { return static_cast<T *>(tensor.mutable_data_ptr()); }

// Whether it is a list of so many float32 on the CPU.
inline bool is_float(const Tensor &tensor, int64_t channels) {
    return tensor.dim() == 1 && tensor.size(0) == channels && tensor.scalar_type() == at::kFloat
           && tensor.is_contiguous() && tensor.device().is_cpu();
}

}  // namespace longtail
