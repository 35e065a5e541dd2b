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
        case .pyTorch(let checkpoint): try readNames(in: checkpoint)
        }
        guard architecture != nil || stranger != nil || !overrides.isEmpty else { return nil }
        try check()
    }

    private mutating func readNames(in checkpoint: PyTorchCheckpoint) throws(LongTailError) {
        for place in [checkpoint.root, checkpoint.root["hyper_parameters"], checkpoint.root["args"]].compactMap(\.self)
        {
            for key in ["arch", "model_name", "architecture", "model", "backbone", "encoder_name"] {
                guard architecture == nil, case .string(let name)? = place[key] else { continue }
                network = name
                if architecture == nil, Self.isOfFamily(name) { stranger = name }
            }
            try readPictures(place)
            for key in ["gp", "global_pool"] {
                if case .string(let word)? = place[key] { try take(pooling: word, key) }
            }
        }
        if architecture != nil { stranger = nil }
    }

    /// How pictures were prepared, as timm's trainer and others keep their options.
    private mutating func readPictures(_ place: PickleValue) throws(LongTailError) {
        func items(_ key: String) -> [PickleValue] {
            switch place[key] {
            case .list(let values)?, .tuple(let values)?: values
            default: []
            }
        }
        for key in ["image_size", "img_size", "input_size"] where size == nil {
            var sides = items(key)
            if case .int(3)? = sides.first, sides.count == 3 { sides.removeFirst() }
            if sides.count == 2, sides[0] == sides[1] { sides.removeLast() }
            if case .int(let side)? = sides.count == 1 ? sides[0] : place[key], (8...1024).contains(side) {
                size = side
            }
        }
        // Other numbers than of pixels from 0 to 1 are meant otherwise, and are left alone.
        for (key, field, range) in [("mean", \ModelConfig.mean, -1...1.0), ("std", \ModelConfig.std, 1e-3...10)] {
            let values = items(key)
            let numbers = values.compactMap(\.number)
            if numbers.count == 3, values.count == 3, numbers.allSatisfy(range.contains) {
                self[keyPath: field] = numbers
            }
        }
        if let share = place["crop_pct"]?.number, (0.1...1).contains(share) { cropShare = share }
        if case .string(let word)? = place["interpolation"] {
            interpolation = try interpolation(["interpolation": word], "interpolation")
        }
        if case .string(let word)? = place["crop_mode"], let mode = CropMode(rawValue: word) { cropMode = mode }
    }

    /// Whether a name is of a family of networks that is here: weights of its variants may fit others.
    ///
    /// A class's name in small letters, which timm's trainer writes where it knows no other, says no more than the family.
    private static func isOfFamily(_ name: String) -> Bool {
        let own = name.lowercased()
        let isNamed = own.contains("_") || own.contains(where: \.isNumber)
        return isNamed && own != "mobilenetv3"
            && own.contains(
                /^(tf_|tv_|wide_)?(legacy_)?(se|eca|sk)?(resnet|resnext|vit_|deit|eva0|convnext|efficientnet|mobilenet)/
            )
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
