import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// The network that a file's weights are of, and how they fit it.
public struct NetworkMatch: Sendable {
    /// What the network is made of.
    public let design: Network.Design
    /// The classes of its last layer; nil when the file has none, as a body alone.
    public let classes: Int?
    /// Key by key.
    public let plan: ImportPlan

    /// Fits weights to a network, or to the one that they fit best, with the branches that their names speak of.
    ///
    /// - Parameters:
    ///   - weights: Under the house's names.
    ///   - network: Which one; nil finds it by names and shapes.
    ///   - path: The file, for messages.
    /// - Throws: `.checkpoint` when not even half of any network's tensors are there.
    public init(_ weights: ImportedWeights, network: Network.Name? = nil, path: String) throws(Failure) {
        let tensors = weights.tensors
        let head = Self.head(tensors)
        classes = head.classes

        var best: (design: Network.Design, plan: ImportPlan)?
        for name in network.map({ [$0] }) ?? Network.Name.allCases {
            for branches in Self.branches(tensors) where branches == .single || name.canBranch {
                let design = Network.Design(name, head.kind, branches)
                let plan = try ImportPlan(tensors, design, classes: classes ?? 1)
                if best.map({ plan.flaws < $0.plan.flaws }) ?? true { best = (design, plan) }
            }
        }
        guard let best, network != nil || best.plan.matched.count > best.plan.expected / 2 else {
            let names = tensors.keys.prefix(4).joined(separator: ", ")
            throw Failure(
                .checkpoint, "\(path): its names and shapes (\(names) …) are those of no network that is known",
                remedy: "Known are \(Network.Name.allCases.map(\.rawValue).joined(separator: ", ")); "
                    + "name one with \(Wording.option("network")) to see, key by key, where they differ.")
        }
        (design, plan) = best
    }

    /// The kind and the classes of a last layer; of the first expert's where there are several.
    private static func head(_ tensors: StateDict) -> (kind: Classifier.Kind, classes: Int?) {
        for layer in ["fc", "linears.0"] {
            guard let shape = tensors["\(layer).weight"]?.shape else { continue }
            // The cosine classifier holds its vectors in columns and has no bias.
            let isLinear = tensors["\(layer).bias"] != nil
            return (isLinear ? .linear : .cosine, shape.count == 2 ? shape[isLinear ? 0 : 1] : nil)
        }
        return (.linear, nil)
    }

    /// The branches that a network with such names can have.
    private static func branches(_ tensors: StateDict) -> [Network.Branches] {
        if tensors.keys.contains(where: { $0.hasPrefix("cb_block.") }) { return [.bilateral] }
        let experts = (0..<64).prefix { tensors["linears.\($0).weight"] != nil }.count
        guard experts > 0 else { return [.single] }
        return [true, false].map { .experts(count: experts, isNarrow: $0) }
    }
}

extension ImportPlan {
    /// Compares weights with a network, of which only names, shapes and types are made.
    ///
    /// What methods put on a classifier, such as a scale per class or gates, is expected when the weights have it.
    public init(_ weights: StateDict, _ design: Network.Design, classes: Int) throws(Failure) {
        var draw = WeightDraw.shapes
        let network = try Network(design, classes: classes, &draw)
        try network.classifier.addParts(named: weights.keys)
        self.init(
            matching: weights,
            expected: try network.namedTensors().map { ($0.name, $0.tensor.shape, $0.tensor.dtype ?? .float32) })
    }
}
