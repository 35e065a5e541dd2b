import LongTailBasics
import LongTailSerialization
import LongTailTraining
import LongTailVision

/// A dictionary's tensors under the house's names: what belongs to the network in it, and what lies beside.
///
/// The body lies under one prefix, whatever that is called, and the classifier in it or beside it. What lies outside a
/// prefix that holds both is no part of the network. What lies next to them without being known for a tool of training
/// is kept, so that a file with more than its network is refused and never taken for another one.
struct NetworkPlace {
    /// Under the house's names.
    private(set) var tensors: StateDict = [:]
    /// Names as in the file, without what all of them begin with.
    private(set) var leftOut: [String] = []
    /// What the body's names begin with, without what all of the file's begin with.
    let prefix: String
    /// What its program's networks have that weights do not tell.
    let convention: BodyConvention
    /// What the classifier is called there, as `linear`; nil where there is none.
    private(set) var head: String?

    /// - Parameters:
    ///   - dictionary: The tensors, with whatever prefixes.
    ///   - chosen: The prefix that holds the network where the dictionary has several; empty for the first.
    ///   - path: The file, for messages.
    /// - Throws: `.checkpoint` when there are two classifiers, or two tensors get one name.
    init(_ dictionary: StateDict, chosen: String, path: String) throws(LongTailError) {
        let shared = NamePrefix.shared(by: dictionary.keys)
        let body = BodySpelling.find(dictionary.keys)
        let prefixes = body?.prefixes ?? [shared]
        let whole = prefixes.first { $0.hasPrefix(chosen) } ?? prefixes[0]
        prefix = String(whole.dropFirst(shared.count))
        convention = body?.spelling.convention ?? .own
        let twins = prefixes.compactMap { NamePrefix.branch(of: $0, beside: whole) }

        let inner = dictionary.filter { $0.key.hasPrefix(whole) }
        let house = body?.spelling.house(
            StateDict(uniqueKeysWithValues: inner.map { (String($0.key.dropFirst(whole.count)), $0.value) }))
        var groups: OrderedDictionary<String, NamedGroup> = [:]
        for (name, tensor) in dictionary {
            let shown = String(name.dropFirst(shared.count))
            if twins.contains(where: name.hasPrefix) {
                leftOut.append(shown)
                continue
            }
            let isInside = name.hasPrefix(whole)
            let rest = String(name.dropFirst(whole.count))
            let own = isInside ? house?(rest) ?? rest : NamePrefix.seen(name, from: whole)
            // ConvNeXt's last normalisation stands in its head.
            let word = own.hasPrefix("head.norm.") ? "head.norm" : String(own.prefix { $0 != "." })
            let place = isInside ? word : "outside \(word)"
            let isNew =
                groups[place, default: .init(word, isInside, isSequence: whole.hasSuffix("0."))]
                .tensors.updateValue((shown, tensor), forKey: own) == nil
            guard isNew else { throw Self.doubled(own, path) }
        }
        try sort(Array(groups.values), path)
        if let body { tensors = body.spelling.reshape(tensors) }
        leftOut = dictionary.keys.map { String($0.dropFirst(shared.count)) }.filter(Set(leftOut).contains)
    }

    /// Gives each group its place.
    private mutating func sort(_ groups: [NamedGroup], _ path: String) throws(LongTailError) {
        // With a queue or a predictor beside it, what an encoder ends with is the projection of self-supervised training.
        let isContrastive = groups.contains { ["queue", "predictor"].contains($0.word) }
        let heads = groups.filter { $0.isHead && !($0.isInside && isContrastive) }
        let layers = heads.filter { $0.layer != nil }
        guard layers.count < 2 else {
            throw LongTailError(
                .checkpoint,
                "\(path): two tensors become \(Classifier.layerTensor("weight")): there are two classifiers, "
                    + layers.map(\.word).joined(separator: " and "),
                remedy: "Save one state dict with the names of your network.")
        }
        let taken = layers.first ?? heads.first { $0.isInside } ?? heads.first
        let parts = Methods.parts.flatMap { $0.prefixes }
        for group in groups {
            if let taken, group == taken {
                head = group.word
                for (name, (_, tensor)) in group.tensors { try take(tensor, as: group.classifierName(name), path) }
            } else if group.isPart(ofNetworkWith: taken, parts) {
                for (name, (_, tensor)) in group.tensors { try take(tensor, as: name, path) }
            } else {
                leftOut += group.tensors.values.map(\.shown)
            }
        }
    }

    private mutating func take(_ tensor: HostTensor, as name: String, _ path: String) throws(LongTailError) {
        guard tensors.updateValue(tensor, forKey: name) == nil else { throw Self.doubled(name, path) }
    }

    private static func doubled(_ name: String, _ path: String) -> LongTailError {
        LongTailError(
            .checkpoint, "\(path): two tensors become \(name)",
            remedy: "Save one state dict with the names of your network.")
    }
}
