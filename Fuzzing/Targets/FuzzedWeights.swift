import Foundation
import LongTailBasics
import LongTailExperiments
import LongTailSerialization

@testable import LongTailFiles

/// Reads weights, and everything that is asked of them afterwards.
enum FuzzedWeights {
    /// A file of any layout.
    static func read(_ bytes: [UInt8]) throws(LongTailError) {
        let file = try ModelFile(FileBytes(Data(bytes), named: "fuzz"))
        for (_, tensors) in file.stateDicts { tensors.values.forEach(check) }
        _ = (file.scalars, file.statedClasses)
        _ = try Checkpoint.info(of: file, "fuzz")
    }

    /// A bare pickle, without the archive's checksums around it; its storages are all zeros.
    static func pickle(_ bytes: [UInt8]) throws(LongTailError) {
        var machine = Unpickler(Data(bytes), path: "fuzz")
        let root = try machine.run()
        var tree = PickleTree(machine.cells, fileSize: bytes.count, path: "fuzz")
        let wanted = try tree.storages(below: root)
        // A file with these storages would be larger than what is put in here.
        guard wanted.values.reduce(0, { $0 + min($1.byteCount, 1 << 20) }) < 1 << 20 else { return }
        let storages = wanted.mapValues { Data(count: $0.byteCount) }
        let file = PyTorchCheckpoint(
            root: try tree.value(of: root, storages: storages), unknownNames: Array(machine.unknownNames))
        for (_, tensors) in file.stateDicts { tensors.values.forEach(check) }
        _ = (file.scalars, ModelFile.pyTorch(file).statedClasses)
    }

    private static func check(_ tensor: HostTensor) {
        precondition(tensor.bytes.count == tensor.count * tensor.dtype.size, "a tensor of another size than its shape")
    }
}
