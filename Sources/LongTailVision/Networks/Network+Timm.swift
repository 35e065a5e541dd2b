/// What timm calls a network, and what makes it there.
public struct TimmNetwork: Sendable, Equatable {
    /// The name for `timm.create_model`.
    public let name: String
    /// Pixels of the side for which there are positions, where they are not the name's.
    public let imageSize: Int?
    /// timm's word for what the features are (`global_pool`), where they are not the name's.
    public let pool: String?
    /// What the classifier's tensors begin with.
    public let classifier: String
}

extension Network.Architecture {
    /// The same network in timm; nil for those that it lacks.
    public var timm: TimmNetwork? {
        let classifier: String
        switch plan {
        case .large: classifier = "fc"
        case .transformer: classifier = "head"
        case .convNeXt: classifier = "head.fc"
        case .mbConv: classifier = "classifier"
        case .small, .places, nil: return nil
        }
        guard let found = NetworkPlan.variant(rawValue) else { return nil }
        return TimmNetwork(
            name: found.row.replacing("-", with: "_"), imageSize: found.size,
            pool: found.pooling.map { $0 == .token ? "token" : "avg" }, classifier: classifier)
    }
}
