import LongTailSerialization
import LongTailVision

/// The kind of network that weights are of, by the names that no other kind has: so few networks need be compared.
enum NetworkFamily: Equatable {
    case residual
    case transformer
    /// A transformer of EVA's blocks.
    case eva
    case convNeXt
    case mbConv

    init(of tensors: StateDict) {
        if tensors["patch_embed.proj.weight"] != nil {
            let marks = ["attn.q_bias", "attn.q_proj.weight", "gamma_1"]
            self = marks.contains { tensors["blocks.0.\($0)"] != nil } ? .eva : .transformer
        } else if tensors["conv_stem.weight"] != nil {
            self = .mbConv
        } else if tensors["stages.0.blocks.0.conv_dw.weight"] != nil {
            self = .convNeXt
        } else {
            self = .residual
        }
    }

    /// The kind of one of the house's networks.
    init(of name: Network.Architecture) {
        if name.isTransformer {
            self = name.isEva ? .eva : .transformer
        } else if name.rawValue.hasPrefix("convnext") {
            self = .convNeXt
        } else {
            let isMobile = name.rawValue.contains("efficientnet") || name.rawValue.contains("mobilenet")
            self = isMobile ? .mbConv : .residual
        }
    }

    /// The house's networks of the kind; of transformers with positions and features as the weights have them.
    ///
    /// The one that is stated comes first, then those that compute as is said: of networks with the same tensors the first is taken.
    func candidates(
        for tensors: StateDict, stated: Network.Architecture?, convention: BodyConvention
    ) -> [Network.Architecture] {
        var own = Network.Architecture.allCases.filter { NetworkFamily(of: $0) == self }
        own = own.filter(convention.allows)
        if let stated, NetworkFamily(of: stated) == self { own.insert(stated, at: 0) }
        return self == .transformer || self == .eva ? own.map { $0.fitted(to: tensors) } : own
    }
}

extension Network.Architecture {
    /// The same transformer with the positions, and whose mean the features are, of weights.
    fileprivate func fitted(to tensors: StateDict) -> Self {
        let places = tensors["pos_embed"]?.shape.dropFirst().first ?? 0
        return sized(
            forPositions: places, meansFeatures: tensors["fc_norm.weight"] != nil,
            features: Classifier.Form(tensors)?.shape.features) ?? self
    }
}
