import LongTailBasics
import LongTailTorch

/// Attention and a perceptron, each added to what it read, under timm's names: N×L×width to the same.
///
/// Dosovitskiy et al. 2021; EVA's: Fang et al. 2023, EVA-02, and Siméoni et al. 2025, DINOv3.
final class TransformerBlock: StochasticBlock, AdaptableBlock {
    let dropPath = DropPath()
    private let norm1: LayerNorm
    private let attention: any TokenMixer
    private let scale1: LayerScale?
    private let norm2: LayerNorm
    private let perceptron: any PointwiseMap
    private let scale2: LayerScale?
    let width: Int
    var beside: AdaptMLP?

    init(_ plan: VisionTransformer.Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        let eva = plan.eva
        width = plan.width
        norm1 = try LayerNorm(width, eps: plan.eps)
        attention =
            if let eva { try EvaAttention(plan, eva, &draw) } else {
                try Attention(width, heads: plan.heads, bias: plan.hasBias, &draw)
            }
        norm2 = try LayerNorm(width, eps: plan.eps)
        perceptron =
            if let eva, eva.splitsGate {
                try SplitPerceptron(
                    width, plan.hidden, plan.activation, normalizedBy: eva.normalizesPerceptron ? plan.eps : nil, &draw)
            } else {
                try Perceptron(width, plan.hidden, plan.activation, isGated: plan.isGated, &draw)
            }
        let names = eva == nil ? ["ls1.gamma", "ls2.gamma"] : ["gamma_1", "gamma_2"]
        scale1 = plan.hasLayerScale ? try LayerScale(width, named: names[0]) : nil
        scale2 = plan.hasLayerScale ? try LayerScale(width, named: names[1]) : nil
    }

    var children: [(name: String, child: ModuleChild)] {
        var children: [(name: String, child: ModuleChild)] = [("norm1", .module(norm1)), ("attn", .module(attention))]
        if let scale1 { children.append(("", .module(scale1))) }
        children += [("norm2", .module(norm2)), ("mlp", .module(perceptron))]
        if let scale2 { children.append(("", .module(scale2))) }
        if let beside { children.append((AdaptMLP.name, .module(beside))) }
        return children
    }

    var attentionLayers: [Projection] { attention.layers }
    var perceptronLayers: [Projection] { perceptron.layers }

    func callAsFunction(_ x: Tensor, _ rotation: Rotation?) throws(LongTailError) -> Tensor {
        var change = try attention(norm1(x), rotation)
        if let scale1 { change = try scale1(change) }
        let between = try x.add(dropPath(change))
        change = try perceptron(norm2(between))
        if let scale2 { change = try scale2(change) }
        if let beside { change = try change.add(beside(between)) }
        return try between.add(dropPath(change))
    }
}

/// A factor for each feature, which starts at 1e-5.
///
/// Touvron et al. 2021.
final class LayerScale: Module {
    private let gamma: Parameter
    private let name: String

    init(_ width: Int, named name: String) throws(LongTailError) {
        gamma = try Parameter(Tensor.ones([width]).mul(1e-5))
        self.name = name
    }

    var children: [(name: String, child: ModuleChild)] { [(name, .parameter(gamma))] }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor { try x.mul(gamma.tensor) }
}
