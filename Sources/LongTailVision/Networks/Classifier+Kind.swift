import LongTailSerialization

extension Classifier {
    /// How logits come from features.
    public enum Kind: Sendable, Hashable {
        /// W f + b.
        case linear
        /// 30 · cos(w_k, f), without bias (methods that need normalised weights: LDAM, RIDE).
        case cosine
        /// By a part of this name that takes the layer's place; no recipe begins with one.
        case brought(String)
    }
}

extension Classifier.Kind: CaseIterable, RawRepresentable {
    /// Those that a network can begin with.
    public static let allCases: [Classifier.Kind] = [.linear, .cosine]

    /// One that a network can begin with.
    public init?(rawValue: String) {
        guard let kind = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = kind
    }

    public var rawValue: String {
        switch self {
        case .linear: "linear"
        case .cosine: "cosine"
        case .brought(let name): name
        }
    }

    /// Whether a method's part takes the place of layers.
    public var isBrought: Bool { if case .brought = self { true } else { false } }

    /// The kind that is drawn where one is drawn anew: linear in the place of what a method brought.
    var drawn: Self { isBrought ? .linear : self }
}

extension Classifier.Kind: Codable {
    /// A word that is no kind to begin with is a part's.
    public init(from decoder: any Decoder) throws {
        let word = try decoder.singleValueContainer().decode(String.self)
        self = Self(rawValue: word) ?? .brought(word)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension Classifier {
    static let layerName = "fc"
    static let expertLayersName = "linears"
    /// What the names of layers' tensors begin with.
    public static let layerPrefixes = ["\(layerName).", "\(expertLayersName)."]

    /// The name in a state dict of a tensor of the one layer over all features, such as its weight.
    public static func layerTensor(_ name: String) -> String { "\(layerName).\(name)" }
    /// Whether a tensor of this name belongs to a layer.
    public static func isLayer(_ name: String) -> Bool { layerPrefixes.contains { name.hasPrefix($0) } }

    /// What weights tell of the classifier that they are of.
    public struct Form: Sendable, Equatable {
        public let kind: Kind
        public let shape: Shape

        /// By the names and shapes of the layers' tensors; nil where there are none, as in a body alone.
        public init?(_ weights: StateDict) {
            let experts = Self.experts(weights)
            let layer = experts > 0 ? "\(expertLayersName).0" : layerName
            guard let sizes = weights["\(layer).weight"]?.shape, sizes.count == 2 else { return nil }
            // The cosine classifier holds its vectors in columns and has no bias.
            kind = weights["\(layer).bias"] == nil ? .cosine : .linear
            let (features, classes) = kind == .linear ? (sizes[1], sizes[0]) : (sizes[0], sizes[1])
            shape = Shape(
                features: features * max(1, experts), experts: experts > 0 ? experts : nil, classes: classes)
        }

        private static func experts(_ weights: StateDict) -> Int {
            (0..<64).prefix { weights["\(expertLayersName).\($0).weight"] != nil }.count
        }
    }
}
