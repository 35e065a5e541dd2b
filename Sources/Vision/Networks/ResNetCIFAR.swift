import Basics
import Torch

/// Residual network for 32×32 images: depth 6n + 2 in three stages of n basic blocks with 16, 32 and 64 channels.
///
/// He et al. 2015, section 4.2, with shortcuts without parameters ("option A"). Maps N×3×H×W to N×64 pooled features. Names as in MiSLAS's networks: conv1, bn1, layer1.0.conv1 …
public final class ResNetCIFAR: Backbone {
    private let conv1: Conv2d
    private let bn1: BatchNorm2d
    private let layers: [[CIFARBlock]]
    /// Number of features.
    public let width: Int
    /// As in MiSLAS's networks.
    public let classifierInitialization = Initialization.kaimingNormalFanIn

    /// A network of `blocks` basic blocks a stage; `widths` are the channels of the three stages.
    public init(blocks: Int, widths: [Int] = [16, 32, 64], _ draw: inout WeightDraw) throws(Failure) {
        conv1 = try Conv2d(3, widths[0], kernel: 3, padding: 1, &draw)
        bn1 = try BatchNorm2d(widths[0])
        var input = widths[0]
        var layers: [[CIFARBlock]] = []
        for (stage, width) in widths.enumerated() {
            var layer: [CIFARBlock] = []
            for block in 0..<blocks {
                layer.append(try CIFARBlock(input, width, stride: stage > 0 && block == 0 ? 2 : 1, &draw))
                input = width
            }
            layers.append(layer)
        }
        self.layers = layers
        width = input
    }

    /// The saved tensors and parts.
    public var members: [(name: String, member: Member)] {
        [("conv1", .module(conv1)), ("bn1", .module(bn1))]
            + layers.enumerated().map { ("layer\($0.offset + 1)", .modules($0.element)) }
    }

    /// N×3×H×W to N×width.
    public func callAsFunction(_ x: Tensor) throws(Failure) -> Tensor {
        var x = try bn1.relu(conv1(x))
        for layer in layers { for block in layer { x = try block(x) } }
        return try x.mean([2, 3])
    }
}

/// Residual block of two 3×3 convolutions with an option-A shortcut: input and output N×C×H×W.
final class CIFARBlock: Module {
    private let conv1: Conv2d
    private let bn1: BatchNorm2d
    private let conv2: Conv2d
    private let bn2: BatchNorm2d
    private let stride: Int
    /// Zero channels added on each side of the shortcut.
    private let padding: Int

    init(_ input: Int, _ output: Int, stride: Int, _ draw: inout WeightDraw) throws(Failure) {
        conv1 = try Conv2d(input, output, kernel: 3, stride: stride, padding: 1, &draw)
        bn1 = try BatchNorm2d(output)
        conv2 = try Conv2d(output, output, kernel: 3, padding: 1, &draw)
        bn2 = try BatchNorm2d(output)
        self.stride = stride
        padding = (output - input) / 2
    }

    var members: [(name: String, member: Member)] {
        [("conv1", .module(conv1)), ("bn1", .module(bn1)), ("conv2", .module(conv2)), ("bn2", .module(bn2))]
    }

    func callAsFunction(_ x: Tensor) throws(Failure) -> Tensor {
        try bn2.relu(conv2(bn1.relu(conv1(x))), adding: shortcut(x))
    }

    private func shortcut(_ x: Tensor) throws(Failure) -> Tensor {
        guard stride > 1 || padding > 0 else { return x }
        let (height, width) = (x.size(2), x.size(3))
        let halved = try x.slice(2, from: 0, to: height, step: stride).slice(3, from: 0, to: width, step: stride)
        return try halved.pad([0, 0, 0, 0, padding, padding])
    }
}
