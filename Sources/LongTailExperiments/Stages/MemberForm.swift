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
    /// What members begin with, as adapters stand on it.
    private let input: Checkpoint
    /// nil where all weights are trained.
    private let recipe: AdapterRecipe?
    /// What the input is called, and its digest; nil where all weights are trained.
    private let base: Checkpoint.Base?
    private let members: Int

    /// - Parameters:
    ///   - stage: The stage.
    ///   - input: What its members begin with.
    ///   - name: What that is called.
    ///   - members: How many are merged; nil for all of the stage's.
    init(
        _ stage: StageRecipe, _ input: Checkpoint, named name: String, members: Int? = nil
    ) throws(LongTailError) {
        self.members = members ?? stage.btm?.members ?? 1
        guard let adapters = stage.training.trainedAdapters else {
            (self.input, recipe, base) = (stage.training.trainsBody ? try input.folded() : input, nil, nil)
            return
        }
        recipe = adapters
        base = Checkpoint.Base(name: name, digest: input.digest)
        self.input = try input.ground(for: adapters.adapters)
    }

    /// What is kept of a trained network.
    func kept(_ network: Network) throws(LongTailError) -> Checkpoint {
        var info = input.info
        guard recipe != nil else { return Checkpoint(info: info, weights: try network.stateDict()) }
        if let design = network.design { info.design = design }
        info.base = base
        let body = Set(try network.roles().filter { [.backbone, .lastBlock, .normalization].contains($0.value) }.keys)
        let statistics = Set(try network.backbone.namedTensors().map(\.name)).subtracting(try network.roles().keys)
        let own = try network.stateDict().filter { !body.contains($0.key) && !statistics.contains($0.key) }
        return Checkpoint(info: info, weights: own)
    }

    /// A member that another run may have kept, as one of this.
    func adopted(_ member: Checkpoint) -> Checkpoint {
        var member = member
        member.info.base = base
        return member
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
    ///
    /// - Parameter isFinal: Whether it is what the stage ends with, and not one that a merge measures: that one is folded.
    func whole(_ merged: StateDict, isFinal: Bool = true) throws(LongTailError) -> Checkpoint {
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
            guard let weight = weights[layer.weight] else {
                throw LongTailError(.checkpoint, "a member has adapters on \(layer.weight), which its network lacks")
            }
            if recipe.fold || !isFinal {
                weights[layer.weight] = try weight.adding(product)
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
