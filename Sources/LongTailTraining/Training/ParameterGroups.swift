import LongTailBasics
import LongTailTorch
import LongTailVision

/// The trained parameters of a stage, by the rate and the decay that they have in common.
struct ParameterGroups {
    /// What is trained.
    let groups: [ParameterGroup]
    /// Elements that are trained and that are not.
    let counts: (trained: Int, frozen: Int)

    private struct Key: Hashable, Comparable {
        let factor: Double
        let decays: Bool

        static func < (a: Key, b: Key) -> Bool { (a.factor, a.decays ? 0 : 1) < (b.factor, b.decays ? 0 : 1) }
    }

    /// - Parameters:
    ///   - network: The network.
    ///   - own: Parameters beside it.
    ///   - training: How the rate falls from layer to layer, and what decays.
    ///   - multiplier: A method's multiple of the rate for a role.
    init(
        _ network: Network, beside own: [(name: String, parameter: Parameter)], _ training: TrainingRecipe,
        multiplier: (ParameterRole) -> Double
    ) throws(LongTailError) {
        let roles = try network.roles()
        let depth = try training.layerDecay < 1 ? Self.depth(network.backbone) : (place: [:], count: 0)
        var groups: [Key: [(name: String, parameter: Parameter)]] = [:]
        var (trained, frozen) = (0, 0)
        for entry in try network.parameters() + own {
            guard entry.parameter.tensor.requiresGrad else {
                frozen += entry.parameter.tensor.count
                continue
            }
            trained += entry.parameter.tensor.count
            let role = roles[entry.name] ?? .session
            var factor = multiplier(role)
            if training.layerDecay < 1, [.backbone, .lastBlock, .normalization].contains(role) {
                // The classifier's layer comes after the last one of the body, and has the whole rate.
                let behind = depth.count + 1 - (depth.place[ObjectIdentifier(entry.parameter)] ?? 0)
                for _ in 0..<behind { factor *= training.layerDecay }
            }
            let decays = training.decays == .all || Self.isMatrix(entry.name, entry.parameter.tensor)
            groups[Key(factor: factor, decays: decays), default: []].append(entry)
        }
        self.groups = groups.sorted { $0.key < $1.key }.map {
            ParameterGroup($0.value, factor: $0.key.factor, decays: $0.key.decays)
        }
        counts = (trained, frozen)
    }

    /// Which of the body's layers each parameter is in, the input's being 0, and how many there are behind that.
    private static func depth(
        _ backbone: any Backbone
    ) throws(LongTailError) -> (place: [ObjectIdentifier: Int], count: Int) {
        var place: [ObjectIdentifier: Int] = [:]
        let layers = backbone.layers
        for (number, modules) in layers.enumerated() {
            for module in modules {
                for (_, parameter) in try module.parameters() { place[ObjectIdentifier(parameter)] = number + 1 }
            }
        }
        return (place, layers.count)
    }

    /// Whether a parameter is one that decays where only matrices do.
    private static func isMatrix(_ name: String, _ tensor: Tensor) -> Bool {
        let leaf = name.split(separator: ".").last ?? ""
        return tensor.rank > 1 && leaf != "bias" && leaf != "pos_embed" && !leaf.hasSuffix("_token")
    }
}
