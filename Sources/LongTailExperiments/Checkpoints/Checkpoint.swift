import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision
import OrderedCollections

/// The weights of a network with what is needed to use them: which network, which classes, which images.
public struct Checkpoint: Sendable {
    /// What stands beside the weights, in the file's metadata under "longtail".
    public struct Info: Codable, Sendable, Equatable {
        public var network: Network.Architecture
        public var classifier: Classifier.Kind
        /// Its branches; nil for a single one.
        public var branches: Network.Branches?
        /// What stands on its blocks; nil for nothing.
        public var adapters: Adapters?
        /// Of a file that holds adapters and classifier alone: the model that they stand on; nil for one that is whole.
        public var base: Base?
        /// The classes, in the order of the logits.
        public var classNames: [String]
        /// SHA-256 of the list of training images; nil for weights that came from elsewhere.
        public var listHash: String?
        /// The stage that ended with these weights, or whose member they are.
        public var stage: String
        /// The member of a BTM stage before the merge, counted from 0; nil for anything else.
        public var member: Int?
        /// The recipe as resolved.
        public var recipe: String?

        /// What a recipe says about a network that it trains.
        public init(
            _ design: Network.Design, classNames: [String], listHash: String?, stage: String, recipe: String? = nil
        ) {
            (network, classifier, self.classNames) = (design.name, design.classifier, classNames)
            (self.listHash, self.stage, self.recipe) = (listHash, stage, recipe)
            self.design = design
        }

        /// What the network is made of.
        public var design: Network.Design {
            get {
                var design = Network.Design(network, classifier, branches ?? .single)
                design.adapters = adapters
                return design
            }
            set {
                (network, classifier, adapters) = (newValue.name, newValue.classifier, newValue.adapters)
                branches = newValue.branches == .single ? nil : newValue.branches
            }
        }

        private enum CodingKeys: String, CodingKey {
            case network, classifier, branches, adapters, base, stage, member, recipe
            case classNames = "class-names"
            case listHash = "list-hash"
        }
    }

    /// What stands beside the weights.
    public var info: Info
    /// The weights, under PyTorch's names.
    public var weights: StateDict

    /// Puts the two together.
    public init(info: Info, weights: StateDict) { (self.info, self.weights) = (info, weights) }

    /// A network's weights, with what a file says of it otherwise.
    init(_ info: Info, _ network: Network) throws(LongTailError) {
        var info = info
        if let design = network.design { info.design = design }
        self.init(info: info, weights: try network.stateDict())
    }

    /// Reads a checkpoint that this program wrote; one of adapters alone with the weights of the model that they stand on.
    public static func read(_ path: String) throws(LongTailError) -> Checkpoint {
        let checkpoint = try Checkpoint(SafeTensorsFile.read(path), path)
        guard let base = try base(of: checkpoint.info, path) else { return checkpoint }
        return try checkpoint.standing(on: base)
    }

    /// What was read from a file of this program.
    init(_ file: SafeTensors, _ path: String) throws(LongTailError) {
        guard let info = try Self.info(in: file.metadata, path) else { throw Self.foreign(path) }
        self.init(info: info, weights: file.tensors)
    }

    /// What a checkpoint of this program says of itself, without reading its weights.
    public static func readInfo(_ path: String) throws(LongTailError) -> Info {
        guard let info = try info(in: SafeTensorsReader(path).header.metadata, path) else { throw foreign(path) }
        return info
    }

    private static func foreign(_ path: String) -> LongTailError {
        LongTailError(
            .checkpoint, "\(path): was not written by longtail (its metadata name neither network nor classes)",
            remedy:
                "Weights from elsewhere go in by \(Wording.option("checkpoint")) or network.checkpoint, with a recipe that names "
                + "the network.")
    }

    /// What a file says of itself; nil for one of another program.
    public static func info(of file: ModelFile, _ path: String) throws(LongTailError) -> Info? {
        guard case .safeTensors(let tensors) = file else { return nil }
        return try info(in: tensors.metadata, path)
    }

    /// What a file's metadata say; nil when they are not this program's.
    static func info(in metadata: [String: String], _ path: String) throws(LongTailError) -> Info? {
        guard let text = metadata["longtail"] else { return nil }
        guard let info = RunJSON.decode(Info.self, Data(text.utf8)) else {
            throw LongTailError(
                .checkpoint, "\(path): its metadata are damaged or of another version of longtail",
                remedy: "The weights alone can be used by removing the key \"longtail\" from the file's metadata.")
        }
        try info.adapters?.check(path)
        return info
    }

    /// Writes the checkpoint as safetensors, with more metadata if there are any.
    public func write(to path: String, metadata: [String: String] = [:]) throws(LongTailError) {
        try SafeTensorsFile.write(weights, metadata: self.metadata(metadata), isSealed: true, to: path)
    }

    /// A file's metadata, with what it says of itself in the place of what it said.
    func metadata(_ more: [String: String]) throws(LongTailError) -> [String: String] {
        let text = String(decoding: try RunJSON.encode(info), as: UTF8.self)
        return more.merging(["format": "pt", "longtail": text.trimmingCharacters(in: .newlines)]) { $1 }
    }

    /// The network with these weights, and with what methods have put on its classifier.
    ///
    /// - Parameter registry: What a program adds to the networks there are.
    public func makeNetwork(_ registry: Registry = Registry()) throws(LongTailError) -> Network {
        try makeNetwork(registry, parts: registry.parts)
    }

    /// The same, with these of the parts that a classifier may have.
    func makeNetwork(_ registry: Registry, parts: [any ClassifierPart.Type]) throws(LongTailError) -> Network {
        var draw = WeightInitializer.zeros
        var design = info.design
        design.name = registry.network(design.name)
        let network = try Network(design, classes: info.classNames.count, &draw)
        try network.classifier.addParts(named: weights.keys, of: parts)
        try network.load(weights)
        return network
    }

    /// Refuses weights of other classes, and of other training images where that is known.
    public func check(classNames: [String], listHash: String?, path: String) throws(LongTailError) {
        try info.check(classNames: classNames, listHash: listHash, path: path)
    }
}

extension Checkpoint.Info {
    /// Refuses weights of other classes, and of other training images where that is known.
    public func check(classNames: [String], listHash: String?, path: String) throws(LongTailError) {
        guard self.classNames.count == classNames.count else {
            throw LongTailError(
                .checkpoint, "\(path): is for \(self.classNames.count) classes, the data have \(classNames.count)",
                remedy: "Use the data set that the checkpoint was trained on.")
        }
        if let index = classNames.indices.first(where: { classNames[$0] != self.classNames[$0] }) {
            throw LongTailError(
                .checkpoint,
                "\(path): its class \(index) is '\(self.classNames[index])', that of the data is '\(classNames[index])'",
                remedy: "Use the data set, and the order of classes, that the checkpoint was trained on.")
        }
        guard let listHash, let own = self.listHash, own != listHash else { return }
        throw LongTailError(
            .checkpoint,
            "\(path): was trained on other images (list \(own.prefix(12)), the recipe's is \(listHash.prefix(12)))",
            remedy:
                "Give data the same imbalance, profile, selection, validation and seed as in the checkpoint's recipe.")
    }
}
