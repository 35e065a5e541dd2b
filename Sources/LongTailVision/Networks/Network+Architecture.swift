import LongTailBasics
import LongTailTorch

extension Network {
    /// The networks there are, by their names in recipes and checkpoints: the house's, and those that a program adds.
    public struct Architecture: Sendable, Hashable, Codable, RawRepresentable, CaseIterable {
        public let rawValue: String
        /// Makes the backbone of a program's own network; nil for the house's, and for a name that a file says.
        private let make: (@Sendable (inout WeightInitializer) throws -> any Backbone)?

        init(_ name: String) { (rawValue, make) = (name, nil) }

        /// A network of a program's own; `make` draws its backbone.
        public init(_ name: String, make: @escaping @Sendable (inout WeightInitializer) throws -> any Backbone) {
            (rawValue, self.make) = (name, make)
        }

        /// One of the house's.
        public init?(rawValue: String) {
            self.init(rawValue)
            if plan == nil { return nil }
        }

        /// For 32×32 images, depth 20 (He and others 2015, section 4.2).
        public static let resnet20 = Architecture("resnet20")
        /// For 32×32 images, depth 32.
        public static let resnet32 = Architecture("resnet32")
        /// For 32×32 images, depth 44.
        public static let resnet44 = Architecture("resnet44")
        /// For 32×32 images, depth 56.
        public static let resnet56 = Architecture("resnet56")
        /// For 32×32 images, depth 110.
        public static let resnet110 = Architecture("resnet110")
        /// torchvision's, of basic blocks.
        public static let resnet18 = Architecture("resnet18")
        /// torchvision's, of basic blocks.
        public static let resnet34 = Architecture("resnet34")
        /// torchvision's, of bottlenecks.
        public static let resnet50 = Architecture("resnet50")
        /// torchvision's, of bottlenecks.
        public static let resnet101 = Architecture("resnet101")
        /// torchvision's, of bottlenecks.
        public static let resnet152 = Architecture("resnet152")
        /// ResNet-50 with the 3×3 convolutions in 32 groups (Xie and others 2017); torchvision's.
        public static let resnext50 = Architecture("resnext50-32x4d")
        /// ResNet-101 with the 3×3 convolutions in 32 groups; as in the long-tailed field, torchvision has 32x8d.
        public static let resnext101 = Architecture("resnext101-32x4d")
        /// ResNet-152 for Places-LT: a frozen body and one bottleneck that trains (`ResNetPlaces`).
        public static let resnet152Places = Architecture("resnet152-places")

        var plan: NetworkPlan? { make == nil ? NetworkPlan(named: rawValue) : nil }

        /// The house's.
        public static var allCases: [Architecture] { NetworkPlan.table.map { Architecture($0.name) } }

        public static func == (a: Architecture, b: Architecture) -> Bool { a.rawValue == b.rawValue }

        public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

        /// Reads a name; what it stands for is known once it is asked for (`Checkpoint.makeNetwork`).
        public init(from decoder: any Decoder) throws {
            self.init(try decoder.singleValueContainer().decode(String.self))
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(rawValue)
        }
    }
}

extension Network.Architecture: CustomStringConvertible {
    public var description: String { rawValue }

    /// Whether it is one of the CIFAR networks, without a stem that shrinks the image.
    public var isForSmallImages: Bool { if case .small = plan { true } else { false } }

    /// Pixels of the side for which a transformer has positions, or is meant; nil for other networks.
    public var imageSize: Int? { if case .transformer(let plan) = plan { plan.image } else { nil } }

    /// Number of its features, and of its body's parameters.
    public func size() throws(LongTailError) -> (features: Int, parameters: Int) {
        var draw = WeightInitializer.shapes
        let backbone = try makeBackbone(&draw)
        return (backbone.width, try backbone.parameters().reduce(0) { $0 + $1.parameter.tensor.count })
    }

    /// The way out for a name that is none: what may be meant, and names that are near.
    public static func hint(for word: String) -> String {
        let names = allCases.map(\.rawValue)
        return (nearest(word, among: names).map { "Did you mean '\($0)'?  " } ?? "")
            + "There are: \(listed(names, near: word))."
    }

    /// Heads of each attention of a transformer; nil for other networks.
    public var heads: Int? { if case .transformer(let plan) = plan { plan.heads } else { nil } }

    /// Whether it pads as TensorFlow does.
    public var padsSame: Bool { if case .mbConv(let plan) = plan { plan.padsSame } else { false } }

    /// Whether its layers are activated by what timm calls so.
    public func isActivated(by word: String) -> Bool {
        let own: Activation =
            switch plan {
            case .transformer(let plan): plan.activation
            case .mbConv(let plan): plan.activation
            case .convNeXt: .gelu
            case .small, .large, .places, nil: .relu
            }
        return own.words.contains(word)
    }

    /// Whether it is one of the transformers.
    public var isTransformer: Bool { if case .transformer = plan { true } else { false } }

    /// Whether it is a transformer of EVA's blocks, as EVA-02 and DINOv3 are.
    public var isEva: Bool { if case .transformer(let plan) = plan { plan.eva != nil } else { false } }

    /// The same transformer for pictures of another size, and with other features.
    ///
    /// - Parameters:
    ///   - places: How many positions there are, with those of tokens beside the patches.
    ///   - meansFeatures: Whether the features are the patches' normalised mean.
    ///   - features: How many the classifier reads; nil where there is none.
    /// - Returns: Nil where so many positions are no square of patches, and for one that has none.
    public func sized(forPositions places: Int, meansFeatures: Bool, features: Int? = nil) -> Self? {
        guard case .transformer(let plan) = plan, plan.hasPositions else { return nil }
        let own = plan.placesTokens ? places - plan.prefix : places
        guard (1...1_000_000).contains(own) else { return nil }
        let grid = Int(Double(own).squareRoot().rounded())
        guard grid * grid == own else { return nil }
        let usual = NetworkPlan(named: rawValue).map { if case .transformer(let plan) = $0 { plan.grid } else { 0 } }
        let said = ["_gap", "_token"].first(where: rawValue.hasSuffix)
        var name = String(rawValue.dropLast(said?.count ?? 0))
        if grid != usual {
            let parts = name.split(separator: "_")
            let stem = parts.last.flatMap { Int($0) } == nil ? parts : parts.dropLast()
            name = stem.joined(separator: "_") + "_\(grid * plan.patch)"
        }
        if let said {
            name += said
        } else if meansFeatures, plan.pooling == .token {
            name += "_gap"
        } else if !meansFeatures,
            plan.pooling == .normalizedMean
                || plan.pooling == .tokenAndMean && features == plan.width
        {
            name += "_token"
        }
        return Self(rawValue: name)
    }

    /// Whether it is one of the house's.
    public var isKnown: Bool { plan != nil }

    /// Whether its blocks can be run once more on the way back.
    public var canRecompute: Bool {
        switch plan {
        case .transformer, .convNeXt: true
        case .small, .large, .places, .mbConv, nil: false
        }
    }

    /// Whether it has blocks that drop path can leave out.
    public var canDropBlocks: Bool {
        switch plan {
        case .transformer, .convNeXt, .mbConv: true
        case .small, .large, .places, nil: false
        }
    }

    /// Whether it can have branches.
    public var canBranch: Bool { branchingPlan != nil }

    /// The backbone, drawn.
    ///
    /// - Throws: `.usage` for a network of another program that was not registered here.
    func makeBackbone(_ draw: inout WeightInitializer) throws(LongTailError) -> any Backbone {
        if let make { return try passing("network \(rawValue)") { try make(&draw) } }
        guard let plan else {
            throw LongTailError(
                .usage, "there is no network '\(rawValue)' here",
                remedy: "It belongs to another program, which adds it to Registry.networks.")
        }
        return try plan.makeBackbone(&draw)
    }

    /// Its stages one by one; nil where they cannot be divided into branches.
    var branchingPlan: (any BranchingPlan)? {
        switch plan {
        case .small(let blocks): CIFARPlan(blocks: blocks)
        case .large(let plan): plan
        case .places, .transformer, .convNeXt, .mbConv, nil: nil
        }
    }

    /// Tensors of a torchvision file that this network leaves out, by the beginnings of their names.
    ///
    /// For Places-LT the last bottleneck and the classifier (MiSLAS and BTM, which draw theirs anew).
    public var leftOutOfPretrained: [String] { self == .resnet152Places ? ["layer4.2.", "fc."] : [] }

    /// Tensors of this network that no torchvision file gives, by the beginnings of their names.
    public var drawnBesidePretrained: [String] { self == .resnet152Places ? ["block.", "fc."] : [] }
}

extension Activation {
    /// What timm calls it.
    fileprivate var words: [String] {
        switch self {
        case .relu: ["relu"]
        case .relu6: ["relu6"]
        case .gelu: ["gelu"]
        case .quickGELU: ["quick_gelu", "quickgelu"]
        case .tanhGELU: ["gelu_tanh"]
        case .silu: ["silu", "swish"]
        case .hardswish: ["hard_swish"]
        }
    }
}
