/// What timm calls a network, and what makes it there.
public struct TimmNetwork: Sendable, Equatable {
    /// The name for `timm.create_model`.
    public let name: String
    /// Pixels of the side for which there are positions, where they are not the name's.
    public let imageSize: Int?
    /// timm's word for what the features are (`global_pool`), where they are not the name's.
    public let pool: String?
    /// What batch normalisation adds to variances, and the share of a batch in its running statistics, where they are not the name's.
    public let norm: Norm?
    /// What the classifier's tensors begin with.
    public let classifier: String

    /// Batch normalisation's numbers.
    public struct Norm: Sendable, Equatable {
        public let eps: Double
        public let momentum: Double
    }
}

extension Network.Architecture {
    /// The same network in timm; nil for those that it lacks.
    public var timm: TimmNetwork? {
        let classifier: String
        switch plan {
        case .large: classifier = "fc"
        case .transformer(let plan):
            // Two kinds of features side by side are transformers' alone, and how it resizes positions.
            if plan.pooling == .tokenAndMean || rawValue.hasPrefix("hf_") { return nil }
            classifier = "head"
        case .convNeXt: classifier = "head.fc"
        case .mbConv: classifier = "classifier"
        case .small, .places, nil: return nil
        }
        guard let found = NetworkPlan.variant(rawValue) else { return nil }
        var (name, norm): (String, TimmNetwork.Norm?) = (found.row.replacing("-", with: "_"), nil)
        if case .mbConv(let own) = plan, name.hasPrefix("tv_") {
            name = String(name.dropFirst(3))
            norm = .init(eps: own.eps, momentum: own.momentum)
        }
        return TimmNetwork(
            name: name, imageSize: found.size, pool: found.pooling.map { $0 == .token ? "token" : "avg" }, norm: norm,
            classifier: classifier)
    }

    /// The same network with batch normalisation that adds so much to variances; nil where there is none.
    ///
    /// One without such a number in its plan is what it was.
    public func adding(_ eps: Double) -> Self? {
        guard case .mbConv(let plan) = plan, plan.eps != eps else { return self }
        guard let other = Self(rawValue: "tv_\(rawValue)"), case .mbConv(let plan)? = other.plan, plan.eps == eps else {
            return nil
        }
        return other
    }
}
