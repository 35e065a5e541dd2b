import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Weights of a network under timm's names in a folder, with files beside them.
enum WrittenNetwork {
    /// How its pictures are prepared, as a key of timm's config.json.
    static let pretrained = """
        "pretrained_cfg": { "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.4, 0.3], "input_size": [3, 224, 224], "crop_pct": 0.9, \
        "interpolation": "bicubic" }
        """

    /// The path of the file.
    static func write(
        _ name: String, in folder: RunFolder, _ files: [String: String] = [:], prefix: String = "",
        change: (inout StateDict) -> Void = { _ in }
    ) throws -> String {
        var draw = WeightInitializer.shapes
        let network = try Network(
            #require(Network.Architecture(rawValue: name)), classifier: .linear, classes: 3, &draw)
        var state = StateDict()
        for (name, tensor) in try network.namedTensors() {
            let dtype = tensor.dtype ?? .float32
            let own = name.hasPrefix("fc.") ? name.replacing("fc.", with: "head.") : name
            state[prefix + own] = HostTensor(
                dtype: dtype, shape: tensor.shape, bytes: Data(count: tensor.count * dtype.size))
        }
        change(&state)
        for (name, text) in files { try folder.write(name, text) }
        let path = folder.path("model.safetensors")
        try SafeTensorsFile.write(state, metadata: [:], to: path)
        return path
    }

    /// The same of tensors by their shapes, without values worth reading.
    static func write(_ shapes: [String: [Int]], in folder: RunFolder, _ files: [String: String] = [:]) throws -> String
    {
        var state = StateDict()
        for (name, shape) in shapes {
            let dtype: DType = name.hasSuffix("num_batches_tracked") ? .int64 : .float32
            state[name] = HostTensor(dtype: dtype, shape: shape, bytes: Data(count: shape.reduce(1, *) * dtype.size))
        }
        for (name, text) in files { try folder.write(name, text) }
        let path = folder.path("model.safetensors")
        try SafeTensorsFile.write(state, metadata: [:], to: path)
        return path
    }

    /// The network that is found.
    static func match(_ path: String) throws(LongTailError) -> NetworkMatch {
        try NetworkMatch(ModelFile.read(path), path, [])
    }
}
