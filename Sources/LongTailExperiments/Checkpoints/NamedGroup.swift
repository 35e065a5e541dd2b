import LongTailSerialization
import LongTailVision

/// The tensors of one module: those that share the first part of their names, in the network or beside it.
struct NamedGroup: Equatable {
    let word: String
    let isInside: Bool
    /// Whether it stands beside a body that is the first part of a `Sequential`, whose second is the head.
    private let isSequence: Bool
    /// By the name in the network: as shown to the user, and the values.
    var tensors: OrderedDictionary<String, (shown: String, tensor: HostTensor)> = [:]

    init(_ word: String, _ isInside: Bool, isSequence: Bool) {
        (self.word, self.isInside, self.isSequence) = (word, isInside, isSequence)
    }

    /// Words by which programs call their last layer.
    static let heads = ["fc", "linear", "last_linear", "classifier", "head", "cls_head", "logits"]

    /// Words for what trains a network and is no part of it.
    private static let tools = [
        "criterion", "loss", "metric", "queue", "project", "predictor", "prototype", "momentum", "accuracy", "averaged",
    ]

    static func == (a: NamedGroup, b: NamedGroup) -> Bool { (a.word, a.isInside) == (b.word, b.isInside) }

    /// Whether it is a classifier by its name.
    var isHead: Bool { Self.heads.contains(word) || (isSequence && !isInside && word == "1") }

    /// The module that is the one linear layer in it, as `fc.1` of a `Sequential` with dropout; nil when there are more.
    var layer: String? {
        if tensors["\(word).weight"] != nil { return word }
        let matrices = tensors.filter { $0.key.hasSuffix(".weight") && $0.value.tensor.shape.count == 2 }
        guard matrices.count == 1, let weight = matrices.keys.first else { return nil }
        let module = String(weight.dropLast(".weight".count))
        return tensors.keys.allSatisfy { $0 == weight || $0 == "\(module).bias" } ? module : nil
    }

    /// The house's name of one of a classifier's tensors.
    func classifierName(_ name: String) -> String {
        Classifier.layerTensor(String(name.dropFirst((layer ?? word).count + 1)))
    }

    /// Whether the network needs it, or could: whatever is not known for a tool of training, and not outside of a
    /// prefix that holds body and classifier.
    func isPart(ofNetworkWith head: NamedGroup?, _ parts: [String]) -> Bool {
        if tensors.keys.contains(where: { name in parts.contains(where: name.hasPrefix) }) { return true }
        if isInside { return BodySpelling.isTrunk(word) || !(isTool || isHead) }
        return head.map { !$0.isInside } == true && !isTool && !isHead
    }

    /// Whether it is known for what trains a network: by its name, or because it only counts.
    private var isTool: Bool {
        let words = word.lowercased().split(separator: "_")
        return Self.tools.contains(where: word.lowercased().contains) || words.contains("ema") || words.last == "k"
            || tensors.values.allSatisfy { !$0.tensor.dtype.isFloatingPoint }
    }
}
