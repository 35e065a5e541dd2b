import Basics
import Serialization
import Torch
import Vision

/// The network that a file's weights are of, and how they fit it.
public struct NetworkMatch: Sendable {
    /// The network.
    public let network: Network.Name
    /// Its last layer.
    public let classifier: Classifier.Kind
    /// The classes of that layer; nil when the file has none, as a body alone.
    public let classes: Int?
    /// Key by key.
    public let plan: ImportPlan

    /// Fits weights to a network, or to the one that they fit best.
    ///
    /// - Parameters:
    ///   - weights: Under the house's names.
    ///   - network: Which one; nil finds it by names and shapes.
    ///   - path: The file, for messages.
    /// - Throws: `.checkpoint` when not even half of any network's tensors are there.
    public init(_ weights: ImportedWeights, network: Network.Name? = nil, path: String) throws(Failure) {
        let tensors = weights.tensors
        // The cosine classifier holds its vectors in columns and has no bias.
        let head = tensors["fc.weight"]?.shape
        let isLinear = tensors["fc.bias"] != nil || head == nil
        classifier = isLinear ? .linear : .cosine
        classes = head.flatMap { $0.count == 2 ? $0[isLinear ? 0 : 1] : nil }

        var best: (network: Network.Name, plan: ImportPlan)?
        for name in network.map({ [$0] }) ?? Network.Name.allCases {
            let plan = try ImportPlan(tensors, name, classifier, classes: classes ?? 1)
            if best.map({ plan.flaws < $0.plan.flaws }) ?? true { best = (name, plan) }
        }
        guard let best, network != nil || best.plan.matched.count > best.plan.expected / 2 else {
            let names = tensors.keys.prefix(4).joined(separator: ", ")
            throw Failure(
                .checkpoint, "\(path): its names and shapes (\(names) …) are those of no network that is known",
                remedy: "Known are \(Network.Name.allCases.map(\.rawValue).joined(separator: ", ")); "
                    + "name one with --network to see, key by key, where they differ.")
        }
        (self.network, plan) = best
    }
}

extension ImportPlan {
    /// Compares weights with a network, of which only names, shapes and types are made.
    ///
    /// A learnable scale per class is expected when the weights have one.
    public init(
        _ weights: StateDict, _ name: Network.Name, _ classifier: Classifier.Kind, classes: Int
    ) throws(Failure) {
        var draw = WeightDraw.shapes
        let network = try Network(name, classifier: classifier, classes: classes, &draw)
        if weights["learned_norm"] != nil { try network.classifier.addScale() }
        self.init(
            matching: weights,
            expected: try network.namedTensors().map { ($0.name, $0.tensor.shape, $0.tensor.dtype ?? .float32) })
    }
}
