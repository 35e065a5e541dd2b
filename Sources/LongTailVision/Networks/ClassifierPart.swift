import LongTailBasics
import LongTailTorch

/// What a method puts on a classifier, such as a scale per class, or in its layer's place.
///
/// A checkpoint says nothing of parts: the names of its tensors do (`Classifier.addParts`).
public protocol ClassifierPart: Module {
    /// Its word, as in a stage's `trains: scale`.
    static var name: String { get }
    /// What the names of its tensors begin with.
    static var prefixes: [String] { get }
    /// Whether weights of such names, of a classifier of such a shape, have this part; by `prefixes` unless it says more.
    static func isPresent(in names: some Collection<String>, _ shape: Classifier.Shape) -> Bool
    /// Whether a stage can train it alone, by its name; true by default.
    static var trainsAlone: Bool { get }
    /// A fresh part for a classifier; `draw` gives initial weights.
    init(_ shape: Classifier.Shape, _ draw: inout WeightInitializer) throws(LongTailError)

    /// What it does.
    var effect: ClassifierEffect { get }
    /// The dimension along which a tensor has the classes, by its name in the part; without those that have none.
    var classDimensions: [String: Int] { get }
}

extension ClassifierPart {
    public static var trainsAlone: Bool { true }
    public static func isPresent(in names: some Collection<String>, _ shape: Classifier.Shape) -> Bool {
        names.contains { name in prefixes.contains { name.hasPrefix($0) } }
    }
}

/// What a part does to a classifier.
public enum ClassifierEffect {
    /// It takes the place of the layers, and of what stands on them.
    case layer(any FeatureLayer)
    /// Logits (N×K) to others.
    case logits((_ logits: Tensor) throws(LongTailError) -> Tensor)
    /// The same, with a look at all features (N×D).
    case logitsByFeatures((_ logits: Tensor, _ features: Tensor) throws(LongTailError) -> Tensor)
    /// It decides which experts are asked.
    case routing(any ExpertRouter)

    /// The order in which parts act on the combined logits.
    var rank: Int {
        switch self {
        case .layer: 0
        case .logits: 1
        case .logitsByFeatures: 2
        case .routing: 3
        }
    }
}

/// A layer from features (N×D) to logits (N×K).
public protocol FeatureLayer: Module {
    func callAsFunction(_ features: Tensor) throws(LongTailError) -> Tensor
    /// The dimension along which a tensor has the classes, by its name in the layer.
    var classDimensions: [String: Int] { get }
}

/// Decides after each expert but the last whether the next is asked.
///
/// A yes or no has no gradient: what decides trains with a loss of its own.
public protocol ExpertRouter {
    /// N×K of all experts' logits (N×K each) and features (N×D each): the mean of those that are asked.
    func logits(_ experts: [Tensor], features: [Tensor]) throws(LongTailError) -> Tensor
    /// N×1, above 0 where the expert after the one at `index` is asked.
    ///
    /// - Parameters:
    ///   - index: An expert's position.
    ///   - feature: That expert's features, N×D.
    ///   - sum: Logits of all experts up to it, added, N×K.
    func gate(after index: Int, _ feature: Tensor, sum: Tensor) throws(LongTailError) -> Tensor
}

extension [Tensor] {
    /// The sum of what `body` makes of each.
    ///
    /// - Throws: For an empty list.
    public func sum(_ body: (Tensor) throws(LongTailError) -> Tensor) throws(LongTailError) -> Tensor {
        guard let first else { throw LongTailError(.engine, "there is no expert") }
        var total = try body(first)
        for tensor in dropFirst() { total = try total.add(body(tensor)) }
        return total
    }

    /// The mean of the experts' logits.
    public func meanLogits() throws(LongTailError) -> Tensor {
        let total = try sum { (tensor) throws(LongTailError) in tensor }
        return count == 1 ? total : try total.div(Double(count))
    }
}
