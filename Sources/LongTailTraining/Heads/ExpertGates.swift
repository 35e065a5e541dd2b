import LongTailBasics
import LongTailTorch
import LongTailVision

/// RIDE's expert assignment: after each expert but the last, one number that says whether to ask the next.
///
/// A hidden layer of 16 for each gate sees the expert's feature at unit length; its output, and the 30 (50 for 1,000
/// classes and more) largest of the running mean's logits, go through a layer that all gates share. Wang et al. 2021,
/// section 3.4, as in the official code; names are that code's.
public final class ExpertGates: ClassifierPart, ExpertRouter {
    public static let name = "gates"
    private static let prefix = "expert_help_pred"
    public static let prefixes = [prefix]

    private let hidden: [Linear]
    private let shared: Linear
    private let top: Int

    /// Gates of a file that has no experts are left for the comparison of names to show.
    public static func isPresent(in names: some Collection<String>, _ shape: Classifier.Shape) -> Bool {
        (shape.experts ?? 1) > 1 && names.contains { $0.hasPrefix(prefix) }
    }

    /// Gates between experts.
    ///
    /// - Throws: When there are not two.
    public init(_ shape: Classifier.Shape, _ draw: inout WeightInitializer) throws(LongTailError) {
        guard let experts = shape.experts, experts > 1 else {
            throw LongTailError(
                .usage, "gates decide between experts, and this network has not two",
                remedy: "Train experts first: method ride or sade in a stage before.")
        }
        top = min(shape.classes, shape.classes < 1000 ? 30 : 50)
        let width = shape.features / experts
        var hidden: [Linear] = []
        for _ in 1..<experts { hidden.append(try Linear(width, 16, initialization: .kaimingUniform, &draw)) }
        self.hidden = hidden
        shared = try Linear(16 + top, 1, initialization: .kaimingUniform, &draw)
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("\(Self.prefix)_fcs", .modules(hidden)), (Self.prefix, .module(shared))]
    }

    public var effect: ClassifierEffect { .routing(self) }
    public var classDimensions: [String: Int] { [:] }

    public func logits(_ experts: [Tensor], features: [Tensor]) throws(LongTailError) -> Tensor {
        try ExpertRouting.logits(experts, gates: self(features, experts))
    }

    /// N×(E − 1) logits, above 0 for "ask the next"; no gradient reaches features or experts.
    ///
    /// - Parameters:
    ///   - features: Each expert's, N×D.
    ///   - experts: Each expert's logits, N×K.
    public func callAsFunction(_ features: [Tensor], _ experts: [Tensor]) throws(LongTailError) -> Tensor {
        var gates: [Tensor] = []
        var sum: Tensor?
        for index in hidden.indices {
            let running = try sum.map { (sum) throws(LongTailError) in try sum.add(experts[index]) } ?? experts[index]
            sum = running
            gates.append(try gate(after: index, features[index], sum: running))
        }
        return try Tensor.cat(gates, 1)
    }

    public func gate(after index: Int, _ feature: Tensor, sum: Tensor) throws(LongTailError) -> Tensor {
        let seen = try hidden[index](feature.detach().normalize(1)).relu()
        let best = try sum.detach().div(Double(index + 1)).topk(top)
        return try shared(Tensor.cat([seen, best.to(like: seen)], 1))
    }
}
