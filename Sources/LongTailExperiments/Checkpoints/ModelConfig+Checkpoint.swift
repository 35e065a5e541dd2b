import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailTraining
import LongTailVision

extension ModelConfig {
    /// What a checkpoint of this program says of itself: the network, the classes, and by its recipe the pictures.
    init(_ info: Checkpoint.Info, _ path: String) throws(LongTailError) {
        self.init(path)
        (network, classNames) = (info.network.rawValue, info.classNames)
        // A recipe in words of another program's is for that program to read.
        guard let text = info.recipe, let recipe = try? Recipe.parse(text, file: path) else { return }
        (mean, std) = (recipe.data.mean, recipe.data.std)
        guard recipe.data.preparesAsUsual else { return }
        (size, cropShare) = (recipe.data.imageSize, recipe.data.cropShare)
        (cropMode, cropRounding) = (recipe.data.cropMode, recipe.data.cropRounding)
        interpolation = recipe.data.interpolation
    }

    /// `arch`, and Lightning's `hyper_parameters`, of a checkpoint; `config` of a safetensors file's metadata, as `import` writes it.
    init?(inside file: ModelFile, _ path: String) throws(LongTailError) {
        self.init(path)
        switch file {
        case .safeTensors(let tensors):
            guard let text = tensors.metadata[Self.metadataKey],
                let json = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            else { return nil }
            try readTimm(json)
        case .pyTorch(let checkpoint): readNames(in: checkpoint)
        }
        guard architecture != nil || !overrides.isEmpty else { return nil }
        try check()
    }

    private mutating func readNames(in checkpoint: PyTorchCheckpoint) {
        for place in [checkpoint.root, checkpoint.root["hyper_parameters"], checkpoint.root["args"]].compactMap(\.self)
        {
            for key in ["arch", "model_name", "architecture", "model", "backbone", "encoder_name"] {
                if architecture == nil, case .string(let name)? = place[key] { network = name }
            }
            for key in ["image_size", "img_size", "input_size"] where size == nil {
                if case .int(let side)? = place[key], (8...1024).contains(side) { size = side }
            }
            // Other numbers than of pixels from 0 to 1 are meant otherwise, and are left alone.
            for (key, field, range) in [("mean", \ModelConfig.mean, -1...1.0), ("std", \ModelConfig.std, 1e-3...10)] {
                let values: [PickleValue] =
                    switch place[key] {
                    case .list(let values)?, .tuple(let values)?: values
                    default: []
                    }
                let numbers = values.compactMap(\.number)
                if numbers.count == 3, values.count == 3, numbers.allSatisfy(range.contains) {
                    self[keyPath: field] = numbers
                }
            }
        }
    }

    // MARK: Writing

    /// The key of a safetensors file's metadata under which `import` keeps what was said of the weights.
    package static let metadataKey = "config"

    /// The network, and what is known of its pictures, as timm's `config.json` has them.
    package static func text(of network: Network.Architecture, _ config: ModelConfig?) -> String {
        var input: [String: Any] = [:]
        if let config {
            (input["mean"], input["std"], input["crop_pct"]) = (config.mean, config.std, config.cropShare)
            input["input_size"] = config.size.map { [3, $0, $0] }
            input["crop_mode"] = config.cropMode?.rawValue
            input["crop_rounding"] = config.cropRounding?.rawValue
            input["interpolation"] = config.interpolation?.rawValue
        }
        let json = try? JSONSerialization.data(
            withJSONObject: ["architecture": network.rawValue, "pretrained_cfg": input],
            options: [.sortedKeys, .withoutEscapingSlashes])
        return json.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
