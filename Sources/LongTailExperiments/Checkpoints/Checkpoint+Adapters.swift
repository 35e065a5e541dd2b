import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailTorch
import LongTailVision
import OrderedCollections

// Files of adapters alone, and adapters that become part of the weights.
extension Checkpoint {
    /// The model that a file of adapters stands on: one of the same folder.
    public struct Base: Codable, Sendable, Equatable {
        /// What it is called.
        public var name: String
        /// SHA-256 of the names and bytes of its weights.
        public var digest: String
    }

    /// SHA-256 of the weights' names and bytes.
    var digest: String { ContentHash.sha256(ofAll: weights.lazy.flatMap { [Data($0.key.utf8), $0.value.bytes] }) }

    /// A file of weights as the whole network that it is: adapters alone with what they stand on, LoRA as part of the weights.
    package static func openFile(_ path: String) throws(LongTailError) -> ModelFile {
        let file = try ModelFile.read(path)
        guard case .safeTensors(let tensors) = file, let info = try info(in: tensors.metadata, path),
            info.base != nil || info.adapters?.kind == .lora
        else { return file }
        let whole = try read(path).folded()
        return .safeTensors(SafeTensors(tensors: whole.weights, metadata: try whole.metadata(tensors.metadata)))
    }

    /// The model that the adapters of a file stand on; nil for a file that is whole.
    ///
    /// - Throws: `.checkpoint` where it is not there, or another one is.
    static func base(of info: Info, _ path: String) throws(LongTailError) -> Checkpoint? {
        guard let wanted = info.base else { return nil }
        let (folder, name) = (Path(path).folder, "\(Path(wanted.name).name).safetensors")
        let file = (folder.isEmpty ? "" : "\(folder)/") + name
        guard Path(file).isFile else {
            throw LongTailError(
                .checkpoint, "\(path): holds adapters alone, and the model that they stand on is not beside it",
                remedy: "Put \(excerpt(name)), of the same run, into the same folder.")
        }
        let base = try Checkpoint(SafeTensorsFile.read(file), file)
        guard base.info.base == nil, base.digest == wanted.digest else {
            throw LongTailError(
                .checkpoint,
                "\(path): holds adapters alone, and \(excerpt(name)) beside it is not the model that they stand on",
                remedy: "Put the one of the same run into the same folder.")
        }
        return base
    }

    /// Adapters and classifier with the other weights of the model that they stand on.
    func standing(on base: Checkpoint) throws(LongTailError) -> Checkpoint {
        let ground = try base.ground(for: info.adapters)
        var whole = self
        whole.weights = ground.weights.filter { Adapters.layer(of: $0.key) == nil }.merging(weights) { $1 }
        whole.info.base = nil
        return whole
    }

    /// What adapters are put on: these weights, into which another LoRA that they have is folded.
    func ground(for adapters: Adapters?) throws(LongTailError) -> Checkpoint {
        info.adapters == adapters ? self : try folded()
    }

    /// The same with LoRA as part of the weights that it changes, each computed in float64 and rounded once; other adapters stay.
    package func folded() throws(LongTailError) -> Checkpoint {
        guard let adapters = info.adapters, adapters.kind == .lora else { return self }
        var whole = self
        whole.info.adapters = nil
        whole.weights = weights.filter { Adapters.layer(of: $0.key) == nil }
        for (name, a) in weights {
            guard let layer = Adapters.layer(of: name), name == layer.a, let b = weights[layer.b],
                let weight = weights[layer.weight]
            else { continue }
            let product = try Tensor(b).to(.float64).matmul(Tensor(a).to(.float64)).mul(adapters.scale)
            whole.weights[layer.weight] = try weight.adding(product)
        }
        return whole
    }
}

extension HostTensor {
    /// The sum with a change in float64, rounded once.
    func adding(_ change: Tensor) throws(LongTailError) -> HostTensor {
        let own = try Tensor(self)
        return try own.to(.float64).add(change).to(like: own).host()
    }
}
