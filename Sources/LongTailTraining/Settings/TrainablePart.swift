import LongTailRecipeCoding
import LongTailVision

/// The trainable parameters of a stage: one of five parts of networks, or a part that a method puts on classifiers.
public struct TrainablePart: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    /// What trains, and what does not.
    let rules: [TrainingRules.Rule]

    private init(_ name: String, _ rules: TrainingRules.Rule...) { (rawValue, self.rules) = (name, rules) }

    /// A part of classifiers alone, by its name: LWS's scale, DisAlign's calibration, RIDE's gates, or a program's own.
    public init(_ part: any ClassifierPart.Type) { self.init(part.name, .trains(.part(part.name)), .freezes(.every)) }

    /// One of the house's.
    public init?(rawValue: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    /// Every parameter; but a router's yes or no has no gradient: it trains in stages of its own alone.
    public static let all = TrainablePart("all", .freezes(.router), .trains(.every))
    /// Everything but the classifier.
    public static let backbone = TrainablePart(
        "backbone", .trains(.roles([.backbone, .lastBlock, .normalization, .adapter, .lastAdapter])),
        .freezes(.every))
    /// The last residual block with the adapters on it, batch normalisation everywhere, and the classifier (PaCo on Places-LT).
    public static let lastBlock = TrainablePart(
        "last-block", .trains(.roles([.lastBlock, .lastAdapter, .normalization])), .trains(.head), .freezes(.every))
    /// Adapters on the blocks, and the classifier.
    public static let adapters = TrainablePart(
        "adapters", .trains(.roles([.adapter, .lastAdapter])), .trains(.head), .freezes(.every))
    /// The classifier, and what methods have put on it.
    public static let classifier = TrainablePart("classifier", .trains(.head), .freezes(.every))

    /// Those that every network has.
    static let ofEveryNetwork = [all, backbone, lastBlock, adapters, classifier]

    /// Parts that can train alone.
    package static func parts(_ parts: [any ClassifierPart.Type]) -> [TrainablePart] {
        parts.filter { $0.trainsAlone }.map { TrainablePart($0) }
    }

    public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
