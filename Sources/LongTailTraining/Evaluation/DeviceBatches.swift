import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// Turns batches of bytes into a network's input: (byte / 255 − mean) / std, pixels last in memory.
package struct DeviceBatches {
    private let scale: Tensor
    private let shift: Tensor

    package init(_ normalization: Normalization) throws(LongTailError) {
        let pairs = zip(normalization.mean, normalization.std)
        scale = try Tensor(normalization.std.map { 1 / (255 * $0) }, shape: [1, 3, 1, 1])
        shift = try Tensor(pairs.map { -$0 / $1 }, shape: [1, 3, 1, 1])
    }

    /// N×3×H×W of the first view, in the type that is computed in.
    func callAsFunction(_ batch: Batch, dtype: DType) throws(LongTailError) -> Tensor {
        try images(batch.images, count: batch.count, height: batch.height, width: batch.width, dtype: dtype)
    }

    /// Every view, and the targets.
    package func all(_ batch: Batch) throws(LongTailError) -> DeviceBatch {
        var views: [Tensor] = []
        for view in batch.views {
            views.append(try images(view, count: batch.count, height: batch.height, width: batch.width))
        }
        return DeviceBatch(
            views: views, targets: try Tensor(batch.targets), labels: batch.targets,
            indices: batch.indices)
    }

    /// N×3×H×W of as many bytes; float32 unless nothing is done to it before it is rounded.
    func images(
        _ bytes: [UInt8], count: Int, height: Int, width: Int, dtype: DType = .float32
    ) throws(LongTailError) -> Tensor {
        try Tensor(bytes, shape: [count, 3, height, width]).imageInput(scale: scale, shift: shift, dtype: dtype)
    }
}
