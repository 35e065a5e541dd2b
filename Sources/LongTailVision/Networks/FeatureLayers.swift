import LongTailBasics
import LongTailTorch

extension Linear: FeatureLayer {
    public var classDimensions: [String: Int] { ["weight": 0, "bias": 0] }
}

/// Cosine of features and class vectors, times 30.
///
/// Cao et al. 2019; Wang et al. 2021.
final class CosineLinear: FeatureLayer {
    /// D×K; columns are scaled to unit length at use.
    let weight: Parameter
    private let scale = 30.0

    init(_ features: Int, _ classes: Int, _ draw: inout WeightInitializer) throws(LongTailError) {
        weight = try Parameter(
            withoutGradients { () throws(LongTailError) in
                try draw.uniform([features, classes], bound: 1).normalize(0)
            })
    }

    var children: [(name: String, child: ModuleChild)] { [("weight", .parameter(weight))] }
    var classDimensions: [String: Int] { ["weight": 1] }

    func callAsFunction(_ features: Tensor) throws(LongTailError) -> Tensor {
        try features.normalize(1).matmul(weight.tensor.normalize(0)).mul(scale)
    }
}
