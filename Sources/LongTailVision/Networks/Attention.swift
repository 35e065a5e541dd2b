import LongTailBasics
import LongTailTorch

/// What lets tokens take from each other.
protocol TokenMixer: Module {
    /// Its layers, in order.
    var layers: [Projection] { get }
    /// N×L×width to the same; `rotation` turns queries and keys by their places where there is one.
    func callAsFunction(_ x: Tensor, _ rotation: Rotation?) throws(LongTailError) -> Tensor
}

/// Attention of tokens to each other, without turns: N×L×width to the same.
final class Attention: TokenMixer {
    private let qkv: Projection
    private let proj: Projection
    private let heads: Int

    init(_ width: Int, heads: Int, bias: Bool, _ draw: inout WeightInitializer) throws(LongTailError) {
        qkv = try Projection(width, 3 * width, bias: bias, &draw)
        proj = try Projection(width, width, &draw)
        self.heads = heads
    }

    var children: [(name: String, child: ModuleChild)] { [("qkv", .module(qkv)), ("proj", .module(proj))] }

    var layers: [Projection] { [qkv, proj] }

    func callAsFunction(_ x: Tensor, _: Rotation?) throws(LongTailError) -> Tensor {
        let (count, length, width) = (x.size(0), x.size(1), x.size(2))
        let parts = try qkv(x).reshape([count, length, 3, heads, width / heads]).permute([2, 0, 3, 1, 4]).unbind(0)
        let mixed = try parts[0].attention(keys: parts[1], values: parts[2])
        return try proj(mixed.transpose(1, 2).reshape([count, length, width]))
    }
}

/// What one learned query gathers from all tokens, and a perceptron over it: N×L×width to N×width.
final class AttentionPool: Module {
    private let latent: Parameter
    private let q: Projection
    private let kv: Projection
    private let proj: Projection
    private let norm: LayerNorm
    private let mlp: Perceptron
    private let heads: Int

    init(_ plan: VisionTransformer.Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        latent = try Parameter(draw.weight([1, 1, plan.width], .normal(1 / Double(plan.width).squareRoot())))
        q = try Projection(plan.width, plan.width, &draw)
        kv = try Projection(plan.width, 2 * plan.width, &draw)
        proj = try Projection(plan.width, plan.width, &draw)
        norm = try LayerNorm(plan.width, eps: plan.eps)
        mlp = try Perceptron(plan.width, plan.hidden, plan.activation, &draw)
        heads = plan.heads
    }

    var children: [(name: String, child: ModuleChild)] {
        [
            ("latent", .parameter(latent)), ("q", .module(q)), ("kv", .module(kv)), ("proj", .module(proj)),
            ("norm", .module(norm)), ("mlp", .module(mlp)),
        ]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        let (count, length, width) = (x.size(0), x.size(1), x.size(2))
        let query = try q(latent.tensor.to(like: x).expand([count, -1, -1]))
            .reshape([count, 1, heads, width / heads]).transpose(1, 2)
        let parts = try kv(x).reshape([count, length, 2, heads, width / heads]).permute([2, 0, 3, 1, 4])
            .unbind(0)
        let gathered = try query.attention(keys: parts[0], values: parts[1])
        let y = try proj(gathered.transpose(1, 2).reshape([count, 1, width]))
        return try y.add(mlp(norm(y))).select(1, 0)
    }
}
