import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// The network that a file's weights are of, and how they fit it.
package struct NetworkMatch: Sendable {
    /// What the network is made of.
    package let design: Network.Design
    /// The classes of its last layer; nil when the file has none, as a body alone.
    package let classes: Int?
    /// Key by key.
    package let plan: ImportPlan
    /// What the file, or one beside it, says of the network and its pictures.
    package let config: ModelConfig?
    /// The weights, and what their file says of itself.
    package let imported: ImportedWeights
    private var tensors: StateDict { imported.tensors }

    /// Fits weights to a network, or to the one that they fit best, with the branches that their names speak of.
    ///
    /// - Parameters:
    ///   - weights: Under the house's names.
    ///   - network: Which one; nil finds it by names and shapes.
    ///   - config: What is said of the network elsewhere; it decides between networks that weights do not tell apart.
    ///   - path: The file, for messages.
    ///   - adapters: What stands on its blocks, as a checkpoint of this program says.
    ///   - parts: What methods may have put on its classifier.
    /// - Throws: `.checkpoint` when not even half of any network's tensors are there, or the weights are of another network than is
    ///   said.
    package init(
        _ weights: ImportedWeights, network: Network.Architecture? = nil, config: ModelConfig? = nil, path: String,
        adapters: Adapters? = nil, parts: [any ClassifierPart.Type] = Methods.parts
    ) throws(LongTailError) {
        (imported, self.config) = (weights, config)
        let tensors = weights.tensors
        if network == nil, let config, config.source != path, let stated = config.network, config.architecture == nil {
            throw LongTailError(
                .checkpoint,
                "\(path): \(config.source) says \(excerpt(stated)), which is not among the networks that are known",
                remedy:
                    "Known are those that \(Wording.command("networks")) lists. Where it is one of them by another name: "
                    + "\(Wording.option("set", "network.name=NAME")), or \(Wording.option("network", "NAME")) of import."
            )
        }
        if network == nil, let stranger = config?.stranger, weights.layout.convention == .own {
            let near = Self.network(of: tensors).map {
                "Its weights have the shapes of a \($0.rawValue): if that is meant, say so with "
            }
            throw LongTailError(
                .checkpoint,
                "\(path): says that it is a \(excerpt(stranger)), which is not among the networks that are known",
                remedy: (near ?? "Which one it is like is said with ")
                    + "\(Wording.option("set", "network.name=NAME")), or \(Wording.option("network", "NAME")) of import."
            )
        }
        let head = Classifier.Form(tensors)
        classes = head?.shape.classes

        var best: (design: Network.Design, plan: ImportPlan)?
        let candidates = NetworkFamily(of: tensors).candidates(
            for: tensors, stated: config?.architecture, convention: weights.layout.convention)
        for name in network.map({ [$0] }) ?? candidates {
            for branches in Self.branches(tensors, head) where branches == .single || name.canBranch {
                var design = Network.Design(name, head?.kind ?? .linear, branches)
                if name.isTransformer { design.adapters = adapters }
                let plan = try ImportPlan(tensors, design, classes: classes ?? 1, parts: parts)
                if best.map({ plan.flaws < $0.plan.flaws }) ?? true { best = (design, plan) }
            }
        }
        guard let best, network != nil || best.plan.matched.count > best.plan.expected / 2 else {
            let names = tensors.keys.prefix(4).joined(separator: ", ")
            throw LongTailError(
                .checkpoint, "\(path): its names and shapes (\(names) …) are those of no network that is known",
                remedy:
                    "Known are those that \(Wording.command("networks")) lists. Where it differs from one, key by key, shows: "
                    + Wording.command(
                        "import \(path) \(Wording.option("network", "NAME")) \(Wording.option("dry-run"))"))
        }
        // The first candidate is the stated network as far as the weights have its positions. What a checkpoint says of itself may be
        // meant for another part of it.
        if network == nil, let config, config.source != path, let stated = config.architecture,
            NetworkFamily(of: stated) != NetworkFamily(of: tensors) || candidates.first != best.design.name
        {
            throw LongTailError(
                .checkpoint, "\(path): its weights are of a \(best.design.name), \(config.source) says \(stated)",
                remedy: "Put the weights beside their own config, or into a folder without one.")
        }
        (design, plan) = best
    }

    /// The network's state dict, in its order and types.
    ///
    /// - Throws: `.checkpoint` with the lists, and with the network that the weights are of when another was named.
    package func weights() throws(LongTailError) -> StateDict {
        do throws(LongTailError) { return try plan.apply() } catch {
            guard let other = Self.network(of: tensors), other != design.name else { throw error }
            throw error.with(remedy: MisfitRemedy.named(other))
        }
    }

    /// The network that tensors are of but for its classifier; nil when they are of none.
    static func network(of tensors: StateDict) -> Network.Architecture? {
        NetworkFamily(of: tensors).candidates(for: tensors, stated: nil, convention: .own).first { name in
            guard let plan = try? ImportPlan(tensors, .init(name, .linear), classes: 1) else { return false }
            return (plan.missing + plan.surplus + plan.reshaped.map(\.name)).allSatisfy(Classifier.isLayer)
        }
    }

    /// The branches that a network with such names can have.
    private static func branches(_ tensors: StateDict, _ head: Classifier.Form?) -> [Network.Branches] {
        if tensors.keys.contains(where: BilateralBackbone.isBranch) { return [.bilateral] }
        guard let experts = head?.shape.experts else { return [.single] }
        return [true, false].map { .experts(count: experts, isNarrow: $0) }
    }
}

extension ImportPlan {
    /// Compares weights with a network, of which only names, shapes and types are made.
    ///
    /// What methods put on a classifier, such as a scale per class or gates, is expected when the weights have it.
    package init(
        _ weights: StateDict, _ design: Network.Design, classes: Int,
        parts: [any ClassifierPart.Type] = Methods.parts
    ) throws(LongTailError) {
        var draw = WeightInitializer.shapes
        let network = try Network(design, classes: classes, &draw)
        try network.classifier.addParts(named: weights.keys, of: parts)
        self.init(
            matching: weights,
            expected: try network.namedTensors().map { ($0.name, $0.tensor.shape, $0.tensor.dtype ?? .float32) })
    }
}

extension NetworkMatch {
    /// Finds the network of a file's weights, of the set that `network.weights-key` among the values of a recipe names.
    init(
        _ file: ModelFile, _ path: String, _ overrides: [String], parts: [any ClassifierPart.Type] = Methods.parts
    ) throws(LongTailError) {
        let option = "network.weights-key="
        let key = overrides.last { $0.hasPrefix(option) }.map { String($0.dropFirst(option.count)) }
        let name = overrides.last { $0.hasPrefix("network.name=") }
            .flatMap { Network.Architecture(rawValue: String($0.dropFirst("network.name=".count))) }
        try self.init(
            ImportedWeights(file, key: key, path: path), network: name, config: ModelConfig.of(file, path), path: path,
            adapters: Checkpoint.info(of: file, path)?.adapters, parts: parts)
    }

    /// What a built-in recipe is told of the network: its name, its classifier, how it wants its pictures where that is said, and
    /// their size where it is one for small ones or has positions.
    var overrides: [String] {
        let size = design.name.isForSmallImages ? 32 : design.name.imageSize
        return ["network.name=\(design.name.rawValue)", "network.classifier=\(design.classifier.rawValue)"]
            + (size.map { ["data.image-size=\(min(1024, $0))"] } ?? []) + (config?.overrides ?? [])
    }

    /// What a built-in recipe is told of how stages fine-tune the network.
    ///
    /// Networks without batch normalisation do badly under plain SGD: AdamW, matrices alone decay, rates rise by steps and fall from layer
    /// to layer, gradients are cut (Bao et al. 2022, BEiT, and Liu et al. 2022, ConvNeXt, in their fine-tuning).
    ///
    /// - Parameters:
    ///   - stages: Which of `pre-train` and `btm` the recipe has.
    ///   - given: What the user sets: adapters learn at rates of their own.
    func trainingOverrides(_ stages: [String], given: [String] = []) -> [String] {
        let family = NetworkFamily(of: tensors)
        let isTransformer = family == .transformer || family == .eva
        guard isTransformer || family == .convNeXt else { return [] }
        return stages.flatMap { stage in
            let trains = given.last { $0.hasPrefix("stages.\(stage).trains=") }?.split(separator: "=").last
            let isWhole = trains.map { ["all", "backbone", "last-block"].contains($0) } ?? true
            return [
                "optimizer=adamw", "decays=matrices", "weight-decay=0.05", "clip=1.0", "rate.unit=step",
                "layer-decay=\(isWhole ? isTransformer ? 0.75 : 0.8 : 1.0)",
                given.contains("stages.\(stage).trains=adapters")
                    ? "rate.base=1e-3" : stage == "pre-train" ? "rate.base=1e-4" : "rate.base=2e-5",
            ].map { "stages.\(stage).\($0)" } + (stage == "pre-train" ? ["stages.pre-train.drop-path=0.1"] : [])
        }
    }
}
