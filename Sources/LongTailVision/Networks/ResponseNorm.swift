import LongTailBasics
import LongTailTorch

/// Global response normalisation: each channel of N×H×W×C by its energy over the image, as a share of the channels' mean.
///
/// Woo et al. 2023, ConvNeXt V2, section 3.1.
final class ResponseNorm: Module {
    private let weight: Parameter
    private let bias: Parameter

    init(_ channels: Int) throws(LongTailError) {
        weight = try Parameter(.zeros([channels]))
        bias = try Parameter(.zeros([channels]))
    }

    var children: [(name: String, child: ModuleChild)] {
        [("weight", .parameter(weight)), ("bias", .parameter(bias))]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        let energy = try x.norm([1, 2], keep: true)
        let share = try energy.div(energy.mean([-1], keep: true).add(1e-6))
        // x + (weight · x · share + bias), in two passes over x.
        return try x.mul(share.mul(weight.tensor).add(1)).add_(bias.tensor)
    }
}
