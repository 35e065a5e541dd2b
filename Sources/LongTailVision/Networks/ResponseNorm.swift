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
        try x.responseNorm(weight: weight.tensor, bias: bias.tensor)
    }
}
