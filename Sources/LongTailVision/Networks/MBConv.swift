import LongTailBasics
import LongTailTorch

/// A block of the EfficientNets and MobileNets under timm's names: N×C×H×W to N×C'×H'×W', added to what it reads where both have one
/// shape.
final class MBConv: StochasticBlock {
    let dropPath = DropPath()
    /// What a block is made of.
    struct Plan: Sendable, Equatable {
        enum Kind: Sendable {
            /// One convolution (timm's `cn`).
            case plain
            /// A convolution of each channel, then one over channels (`ds`).
            case separable
            /// Over more channels, of each, and back to fewer (`ir`; Sandler et al. 2018).
            case inverted
            /// The first two of these in one (`er`; Tan and Le 2021).
            case fused
        }

        var kind: Kind
        var kernel: Int
        var stride: Int
        /// Inner channels for each that comes in.
        var expansion: Double
        var output: Int
        /// Squeezed channels as a share: of what comes in, or of the inner ones, as the network says.
        var squeeze: Double?
        var activation: Activation?
        var skips = true
    }

    private let layers: [(name: String, conv: PaddedConvolution, norm: String, bn: BatchNorm2d, activates: Bool)]
    private let excitation: SqueezeExcitation?
    /// After which layer it stands.
    private let excited: Int
    private let activation: Activation
    private let adds: Bool

    init(_ input: Int, _ plan: Plan, _ network: EfficientNet.Plan, _ draw: inout WeightInitializer)
        throws(LongTailError)
    {
        let inner = EfficientNet.Plan.divisible(Double(input) * plan.expansion)
        let between = plan.activation ?? network.activation
        activation = between
        adds = plan.skips && plan.stride == 1 && input == plan.output
        var layers: [(name: String, conv: PaddedConvolution, norm: String, bn: BatchNorm2d, activates: Bool)] = []
        func add(
            _ draw: inout WeightInitializer, _ name: String, _ from: Int, _ to: Int, _ kernel: Int = 1, stride: Int = 1,
            groups: Int = 1, activates: Bool = true
        ) throws(LongTailError) {
            layers.append(
                (
                    name,
                    try PaddedConvolution(
                        from, to, kernel, stride: stride, groups: groups, same: network.padsSame, &draw),
                    "bn\(layers.count + 1)", try network.norm(to), activates
                ))
        }
        switch plan.kind {
        case .plain:
            try add(&draw, "conv", input, plan.output, plan.kernel, stride: plan.stride)
        case .separable:
            try add(&draw, "conv_dw", input, input, plan.kernel, stride: plan.stride, groups: input)
            try add(&draw, "conv_pw", input, plan.output, activates: false)
        case .inverted:
            try add(&draw, "conv_pw", input, inner)
            try add(&draw, "conv_dw", inner, inner, plan.kernel, stride: plan.stride, groups: inner)
            try add(&draw, "conv_pwl", inner, plan.output, activates: false)
        case .fused:
            try add(&draw, "conv_exp", input, inner, plan.kernel, stride: plan.stride)
            try add(&draw, "conv_pwl", inner, plan.output, activates: false)
        }
        self.layers = layers
        let wide = plan.kind == .separable ? input : inner
        excited = layers.count - 2
        excitation = try plan.squeeze.map { (share) throws(LongTailError) in
            let few = network.squeezed(share, from: input, inner: wide)
            return try SqueezeExcitation(
                wide, few, names: ("conv_reduce", "conv_expand"), activation: network.squeezeActivation ?? between,
                isHard: network.gatesHard, &draw)
        }
    }

    var children: [(name: String, child: ModuleChild)] {
        var children: [(name: String, child: ModuleChild)] = []
        for (place, layer) in layers.enumerated() {
            children += [(layer.name, .module(layer.conv)), (layer.norm, .module(layer.bn))]
            if place == excited, let excitation { children.append(("se", .module(excitation))) }
        }
        return children
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        var y = x
        // What is never left out for some images is added where the last normalisation writes.
        let addsAtOnce = adds && !dropPath.isActive && layers.last?.activates == false
        for (place, layer) in layers.enumerated() {
            let isLast = place == layers.count - 1
            y = try layer.conv(
                y, normalizedBy: layer.bn, adding: isLast && addsAtOnce ? x : nil,
                then: layer.activates ? activation : nil)
            if place == excited, let excitation { y = try excitation(y) }
        }
        return adds && !addsAtOnce ? try dropPath(y).add(x) : y
    }
}

/// Channels weighed by what the whole image says of them: N×C×H×W to the same.
///
/// Hu et al. 2018.
final class SqueezeExcitation: Module {
    private let reduce: Conv2d
    private let expand: Conv2d
    private let names: (String, String)
    private let activation: Activation
    private let isHard: Bool

    /// - Parameters:
    ///   - names: What the two 1×1 convolutions are called.
    ///   - isHard: Whether the sigmoid is made of straight lines.
    init(
        _ channels: Int, _ few: Int, names: (String, String), activation: Activation = .relu, isHard: Bool = false,
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        reduce = try Conv2d(channels, few, kernel: 1, bias: true, initialization: .kaimingNormalFanOutOfGroup, &draw)
        expand = try Conv2d(few, channels, kernel: 1, bias: true, initialization: .kaimingNormalFanOutOfGroup, &draw)
        (self.names, self.activation, self.isHard) = (names, activation, isHard)
    }

    var children: [(name: String, child: ModuleChild)] { [(names.0, .module(reduce)), (names.1, .module(expand))] }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        let weights = try expand(activation(reduce(x.mean([2, 3], keep: true))))
        return try x.mul(isHard ? weights.hardsigmoid() : weights.sigmoid())
    }
}

/// A convolution that keeps the size, but for its stride: by as many zeros on both sides, or by TensorFlow's rule, which has one
/// more after than before where they are odd.
final class PaddedConvolution: Module {
    private let conv: Conv2d
    private let kernel: Int
    private let stride: Int
    private let padsFirst: Bool

    init(
        _ input: Int, _ output: Int, _ kernel: Int, stride: Int, groups: Int = 1, same: Bool,
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        padsFirst = same && stride > 1
        conv = try Conv2d(
            input, output, kernel: kernel, stride: stride, padding: padsFirst ? 0 : (kernel - 1) / 2, groups: groups,
            initialization: .kaimingNormalFanOutOfGroup, &draw)
        (self.kernel, self.stride) = (kernel, stride)
    }

    var children: [(name: String, child: ModuleChild)] { [("", .module(conv))] }

    /// activation(norm(conv(x)) + residual), N×C×H×W to N×C'×⌈H/stride⌉×⌈W/stride⌉.
    func callAsFunction(
        _ x: Tensor, normalizedBy norm: BatchNorm2d, adding residual: Tensor? = nil, then activation: Activation? = nil
    ) throws(LongTailError) -> Tensor {
        guard padsFirst else { return try conv(x, normalizedBy: norm, adding: residual, then: activation) }
        func amounts(_ size: Int) -> [Int] {
            let all = max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size)
            return [all / 2, all - all / 2]
        }
        return try conv(
            x.pad(amounts(x.size(3)) + amounts(x.size(2))), normalizedBy: norm, adding: residual, then: activation)
    }
}
