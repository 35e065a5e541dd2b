import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision
import OrderedCollections

/// What the members of a BTM stage are, and how the mean of them becomes a network: all of their weights, or where adapters are trained
/// these and the classifier alone.
///
/// LoRA's members are merged by their products: the mean of B·A in float64 is what the mean of the members' weights differs by from the
/// stage's input, and the mean of the factors is not. AdaptFormer's parameters, which begin alike, are merged as they are.
struct MemberForm {
    private let input: Checkpoint
    /// nil where all weights are trained.
    private let recipe: AdapterRecipe?
    private let members: Int

    /// - Parameters:
    ///   - stage: The stage.
    ///   - input: What its members begin with.
    ///   - members: How many are merged; nil for all of the stage's.
    init(_ stage: StageRecipe, _ input: Checkpoint, members: Int? = nil) {
        self.input = input
        recipe = stage.training.trains == .adapters ? stage.training.adapters : nil
        self.members = members ?? stage.btm?.members ?? 1
    }

    /// What is kept of a trained network.
    ///
    /// - Parameter base: What the stage's input is called.
    func kept(_ network: Network, base: String) throws(LongTailError) -> Checkpoint {
        var info = input.info
        guard recipe != nil else { return Checkpoint(info: info, weights: try network.stateDict()) }
        if let design = network.design { info.design = design }
        info.base = base
        let own = try network.roles().filter { ![.backbone, .lastBlock, .normalization].contains($0.value) }
        return Checkpoint(info: info, weights: try network.stateDict().filter { own[$0.key] != nil })
    }

    /// What is merged of a member: its weights, LoRA's factors as their product.
    func summand(_ weights: StateDict) throws(LongTailError) -> StateDict {
        guard let scale = recipe?.adapters.scale else { return weights }
        var found = StateDict()
        for (name, tensor) in weights {
            guard let layer = Adapters.layer(of: name) else {
                found[name] = tensor
                continue
            }
            guard name == layer.a, let b = weights[layer.b] else { continue }
            let product = try Tensor(b).to(.float64).matmul(Tensor(tensor).to(.float64)).mul(scale)
            found[layer.product] = try product.host()
        }
        return found
    }

    /// The network that a mean of summands is.
    func whole(_ merged: StateDict) throws(LongTailError) -> Checkpoint {
        var info = input.info
        guard let recipe else { return Checkpoint(info: info, weights: merged) }
        info.adapters = recipe.kind == .lora ? nil : recipe.adapters
        var weights = input.weights.filter { Adapters.layer(of: $0.key) == nil }
        var products: [(layer: Adapters.Layer, tensor: Tensor)] = []
        for (name, tensor) in merged {
            if let layer = Adapters.layer(of: name) {
                products.append((layer, try Tensor(tensor)))
            } else {
                weights[name] = tensor
            }
        }
        // One rank for all, that of the mean of so many products, or less where a layer has no such rank.
        let rank = products.flatMap(\.tensor.shape).reduce(members * recipe.rank, min)
        for (layer, product) in products {
            if recipe.fold {
                guard let base = weights[layer.weight] else { continue }
                let own = try Tensor(base)
                weights[layer.weight] = try own.to(.float64).add(product).to(like: own).host()
            } else {
                let factors = try Self.factors(of: product, rank: rank)
                (weights[layer.a], weights[layer.b]) = (factors.a, factors.b)
                info.adapters = Adapters(.lora, rank: rank, scale: 1, layers: recipe.layers)
            }
        }
        return Checkpoint(info: info, weights: weights)
    }

    /// Two factors of a matrix of at most a rank, in float32: by its singular values, of which each takes the root.
    private static func factors(of matrix: Tensor, rank: Int) throws(LongTailError) -> (a: HostTensor, b: HostTensor) {
        let found = try Engine.call("aten::linalg_svd", .tensor(matrix), .bool(false))
        guard found.count == 3 else { throw LongTailError(.engine, "linalg_svd gave \(found.count) tensors") }
        let roots = try found[1].slice(0, from: 0, to: rank).sqrt()
        let b = try found[0].slice(1, from: 0, to: rank).mul(roots)
        let a = try found[2].slice(0, from: 0, to: rank).mul(roots.unsqueeze(1))
        return (try a.to(.float32).contiguous().host(), try b.to(.float32).contiguous().host())
    }
}
