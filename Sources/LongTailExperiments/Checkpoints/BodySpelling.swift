import LongTailSerialization

/// How a program names the tensors of a network, and where in a dictionary such a network lies.
///
/// A network is found by the first block that each has, not by what stands before it: whatever a user called the
/// attribute that holds it comes off.
struct BodySpelling: Sendable {
    /// The name that shows where a network begins.
    private let landmark: String
    /// For a network's tensors without their prefix, what gives a name under the house's; nil for one that the table does not have.
    let house: @Sendable (StateDict) -> (String) -> String?
    /// Brings tensors under the house's names into its shapes: parts that it keeps as one, other dimensions.
    let reshape: @Sendable (StateDict) -> StateDict

    /// What networks so spelt have that weights do not tell.
    let convention: BodyConvention

    init(
        landmark: String, convention: BodyConvention = .own,
        reshape: @escaping @Sendable (StateDict) -> StateDict = { $0 },
        tensors house: @escaping @Sendable (StateDict) -> (String) -> String?
    ) {
        (self.landmark, self.house, self.reshape, self.convention) = (landmark, house, reshape, convention)
    }

    /// A spelling that is known by names alone.
    init(landmark: String, house: @escaping @Sendable (String) -> String?) {
        self.init(landmark: landmark, tensors: { _ in house })
    }

    /// The spellings, the house's own first.
    static let all = [torchvision, transformers, children] + families + [stem]

    private static let torchvision = BodySpelling(landmark: "layer1.0.conv1.weight") { $0 }

    /// A body without a first stage of blocks, as far as a stem goes.
    private static let stem = BodySpelling(landmark: "conv1.weight") { $0 }

    /// `ResNetForImageClassification` of transformers (models/resnet/modeling_resnet.py).
    private static let transformers = BodySpelling(landmark: "encoder.stages.0.layers.0.layer.0.convolution.weight") {
        var parts = $0.split(separator: ".").map(String.init)
        guard let leaf = parts.popLast() else { return nil }
        switch parts.prefix(2).joined(separator: ".") {
        case "embedder.embedder":
            guard parts.count == 3, let kind = kinds[parts[2]] else { return nil }
            return "\(kind.layer)1.\(leaf)"
        case "encoder.stages":
            guard parts.count >= 7, let stage = Int(parts[2]), parts[3] == "layers",
                let kind = kinds[parts[parts.count - 1]]
            else { return nil }
            let block = "layer\(stage &+ 1).\(parts[4])"
            if parts[5] == "shortcut" { return "\(block).downsample.\(kind.place).\(leaf)" }
            guard parts.count == 8, parts[5] == "layer", let number = Int(parts[6]) else { return nil }
            return "\(block).\(kind.layer)\(number &+ 1).\(leaf)"
        default: return nil
        }
    }

    private static let kinds = ["convolution": (layer: "conv", place: 0), "normalization": (layer: "bn", place: 1)]

    /// `nn.Sequential(*resnet.children())`: Lightning's feature extractors, fastai's learners.
    private static let children = BodySpelling(landmark: "4.0.conv1.weight") {
        let parts = $0.split(separator: ".", maxSplits: 1).map(String.init)
        let names = ["0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4", "9": "fc"]
        guard parts.count == 2, let name = names[parts[0]] else { return nil }
        return "\(name).\(parts[1])"
    }

    /// The prefixes under which networks lie, in the file's order, with the spelling that they have.
    static func find(_ names: some Sequence<String>) -> (spelling: BodySpelling, prefixes: [String])? {
        for spelling in all {
            let found = names.compactMap { spelling.prefix(of: $0) }
            if !found.isEmpty { return (spelling, Array(OrderedSet(found))) }
        }
        return nil
    }

    /// What stands before the landmark; nil in other names, and in a convolution inside a block.
    private func prefix(of name: String) -> String? {
        guard name.hasSuffix(landmark) else { return nil }
        let prefix = name.dropLast(landmark.count)
        guard prefix.isEmpty || prefix.hasSuffix("."), !prefix.split(separator: ".").contains(where: Self.isStage)
        else { return nil }
        return String(prefix)
    }

    /// Whether a part of a name is a stage of blocks, as `layer3` is, or `layer3s` of experts.
    static func isStage(_ part: some StringProtocol) -> Bool {
        part.hasPrefix("layer") && part.dropFirst(5).first?.isNumber == true
    }

    /// Whether the first part of a house name is one of the body's.
    static func isTrunk(_ part: some StringProtocol) -> Bool {
        isStage(part) || ["conv1", "bn1", "cb_block", "rb_block"].contains(String(part))
    }
}
