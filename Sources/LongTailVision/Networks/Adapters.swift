import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// Adapters: small layers on a transformer's blocks, which train in the place of all of its weights.
public struct Adapters: Sendable, Codable, Equatable {
    /// What an adapter is.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// To a layer W is added scale · B·A, of a low rank; it can become part of W (Hu et al. 2022, LoRA).
        case lora
        /// Beside a block's perceptron stands a narrow one (Chen et al. 2022, AdaptFormer).
        case adaptformer
    }

    /// To which layers of a block LoRA is added.
    public enum Layers: String, Sendable, Codable, CaseIterable {
        /// Queries, keys and values, and what follows them.
        case attention
        /// Both layers of the perceptron.
        case perceptron
        /// All four.
        case all
    }

    public var kind: Kind
    /// The rank of B·A; the inner width of AdaptFormer.
    public var rank: Int
    /// What the change is multiplied with: LoRA's alpha over the rank, AdaptFormer's s.
    public var scale: Double
    public var layers: Layers

    /// Adapters; LoRA's scale is 1 unless said otherwise, AdaptFormer's 0.1 (the papers' tables).
    public init(_ kind: Kind, rank: Int = 8, scale: Double? = nil, layers: Layers = .attention) {
        (self.kind, self.rank, self.layers) = (kind, rank, layers)
        self.scale = scale ?? (kind == .lora ? 1 : 0.1)
    }

    /// The number of the first of their draws, apart from those of a method's.
    public static let firstDraw = 1 << 20

    /// The kind and the rank, for messages.
    public var summary: String { "\(kind.rawValue) of rank \(rank)" }

    /// The names around a layer's LoRA: its factors, their product times the scale where that stands for them, and the weight that it is
    /// added to.
    public typealias Layer = (a: String, b: String, product: String, weight: String)

    /// The layer of which a tensor is a factor or the product, by its name; nil for other tensors.
    public static func layer(of name: String) -> Layer? {
        let parts = name.split(separator: ".")
        let names = [LowRank.names.a, LowRank.names.b, LowRank.names.product]
        guard let leaf = parts.last, names.contains(String(leaf)) else { return nil }
        let layer = parts.dropLast().joined(separator: ".")
        return ("\(layer).\(names[0])", "\(layer).\(names[1])", "\(layer).\(names[2])", "\(layer).weight")
    }

    /// Refuses what a file says of its adapters and what none can be.
    public func check(_ path: String) throws(LongTailError) {
        guard (1...1 << 16).contains(rank), scale.isFinite, abs(scale) < 1e9 else {
            throw LongTailError(
                .checkpoint, "\(path): says that it has adapters of rank \(rank) and scale \(scale), which cannot be",
                remedy: "The file is damaged: copy it again from where it is whole.")
        }
    }

    /// Puts fresh adapters on the blocks of a backbone.
    ///
    /// - Throws: `.usage` for one that has no blocks for them.
    func install(on backbone: any Backbone, _ draw: inout WeightInitializer) throws(LongTailError) {
        var blocks: [any AdaptableBlock] = []
        try backbone.walk { (_, module) throws(LongTailError) in
            if let block = module as? any AdaptableBlock { blocks.append(block) }
        }
        guard !blocks.isEmpty else {
            throw LongTailError(
                .usage, "adapters stand on the blocks of transformers, and this network has none",
                remedy: "Train all of it (trains: all), or take a transformer.")
        }
        if kind == .lora, let width = blocks.map(\.width).min(), rank > width {
            throw LongTailError(
                .usage, "adapters of rank \(rank) are more than a layer of \(width) features can have",
                remedy: "Give adapters.rank at most \(width); 4 to 64 are usual.")
        }
        for block in blocks { try block.adapt(self, &draw) }
    }
}

/// A block on which adapters can stand.
protocol AdaptableBlock: Module {
    /// Features of a token.
    var width: Int { get }
    /// Queries, keys and values, and what follows them.
    var attentionLayers: [Projection] { get }
    /// Those of the perceptron.
    var perceptronLayers: [Projection] { get }
    /// AdaptFormer's adapter; nil for none.
    var beside: AdaptMLP? { get set }
}

extension AdaptableBlock {
    /// Puts a fresh adapter, which changes nothing yet, in the place of the present one.
    fileprivate func adapt(_ adapters: Adapters, _ draw: inout WeightInitializer) throws(LongTailError) {
        switch adapters.kind {
        case .adaptformer: beside = try AdaptMLP(width, rank: adapters.rank, scale: adapters.scale, &draw)
        case .lora:
            let layers =
                (adapters.layers == .perceptron ? [] : attentionLayers)
                + (adapters.layers == .attention ? [] : perceptronLayers)
            for layer in layers { try layer.adapt(adapters, &draw) }
        }
    }
}

/// A change of a layer by two factors of a low rank: …×I to …×O.
///
/// A begins as PyTorch draws linear layers, B at zero (Hu et al. 2022, section 4.1); names of `microsoft/LoRA`.
final class LowRank: Module {
    static let names = (a: "lora_A", b: "lora_B", product: "lora_BA")
    private let a: Parameter
    private let b: Parameter
    private let scale: Double

    init(_ input: Int, _ output: Int, rank: Int, scale: Double, _ draw: inout WeightInitializer) throws(LongTailError) {
        a = try Parameter(draw.weight([rank, input], .kaimingUniform))
        b = try Parameter(draw.weight([output, rank], .normal(0)))
        self.scale = scale
    }

    var children: [(name: String, child: ModuleChild)] {
        [(Self.names.a, .parameter(a)), (Self.names.b, .parameter(b))]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        try x.linear(a.tensor).linear(b.tensor).mul(scale)
    }

    /// What it adds to the layer's weight, in float64: O×I.
    func product() throws(LongTailError) -> Tensor {
        try b.tensor.detach().to(.float64).matmul(a.tensor.detach().to(.float64)).mul(scale)
    }
}

/// AdaptFormer's narrow perceptron beside a block's own: N×L×width to the same.
///
/// s · up(ReLU(down(x))) of what the block's perceptron adds to; the upper layer begins at zero. Chen et al. 2022, equation 2.
final class AdaptMLP: Module {
    static let name = "adaptmlp"
    private let down: Projection
    private let up: Projection
    private let scale: Double

    init(_ width: Int, rank: Int, scale: Double, _ draw: inout WeightInitializer) throws(LongTailError) {
        down = try Projection(width, rank, initialization: .kaimingUniform, &draw)
        up = try Projection(rank, width, initialization: .normal(0), &draw)
        self.scale = scale
    }

    var children: [(name: String, child: ModuleChild)] { [("down_proj", .module(down)), ("up_proj", .module(up))] }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor { try up(down(x).relu()).mul(scale) }
}
