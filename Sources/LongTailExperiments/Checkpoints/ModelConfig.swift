import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailVision

/// What a file beside weights, or the weights' own file, says of a network and of the pictures that it wants.
///
/// `config.json` as timm and transformers write it (with `preprocessor_config.json`), `open_clip_config.json`; `arch` and
/// `hyper_parameters` in a checkpoint.
package struct ModelConfig: Sendable, Equatable {
    /// The file, or the key in the checkpoint.
    package let source: String
    /// The network by the file's name for it; nil where it names none.
    package var network: String?
    /// Mean and deviation of red, green and blue, of pixels from 0 to 1.
    package var mean: [Double]?
    package var std: [Double]?
    /// Pixels of the input's side.
    package var size: Int?
    /// Share of the shorter side that is kept.
    package var cropShare: Double?
    /// By which weights pictures are resized.
    package var interpolation: Interpolation?
    /// The classes, in the order of the logits.
    package var classNames: [String]?
    /// Whether the file speaks of OpenAI's approximation of GELU.
    private var isQuick = false

    private init(_ source: String) { self.source = source }

    /// The network among the house's; nil for one that it lacks.
    package var architecture: Network.Architecture? {
        guard let network else { return nil }
        // A name of the hub has an owner before it and a tag behind it.
        let own = network.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? network
        let aliases = ["deit_": "vit_", "resnext50_32x4d": "resnext50-32x4d"]
        let alias = aliases.first { own.hasPrefix($0.key) }
        return Network.Architecture(rawValue: alias.map { own.replacing($0.key, with: $0.value) } ?? own)
    }

    /// The values of a recipe that say how pictures are prepared.
    package var overrides: [String] {
        func list(_ values: [Double]) -> String { "[" + values.map { "\($0)" }.joined(separator: ",") + "]" }
        return [
            size.map { "data.image-size=\($0)" }, cropShare.map { "data.crop-share=\($0)" },
            interpolation.map { "data.interpolation=\($0.rawValue)" }, mean.map { "data.mean=\(list($0))" },
            std.map { "data.std=\(list($0))" },
        ].compactMap(\.self)
    }

    /// What of it is used, in words; nil where nothing is.
    package var summary: String? {
        let found = [
            architecture.map { "network \($0.rawValue)" }, size.map { "\($0) pixels" },
            cropShare.map { "crop share \($0)" }, interpolation?.rawValue, mean.map { "mean \($0)" },
            std.map { "deviation \($0)" }, classNames.map { "\($0.count) class names" },
        ].compactMap(\.self)
        return found.isEmpty ? nil : "\(source): \(found.joined(separator: ", "))"
    }
}

extension ModelConfig {
    /// What stands beside a file of weights, or in it; nil where nothing is said.
    ///
    /// - Throws: `.checkpoint` for a value that no network can have, with file and key.
    package static func of(_ file: ModelFile, _ path: String) throws(LongTailError) -> ModelConfig? {
        let folder = Path(path).folder
        for name in ["config.json", "open_clip_config.json"] {
            let place = folder.isEmpty ? name : "\(folder)/\(name)"
            guard Path(place).isFile, let text = FileBytes.contents(of: place, limit: 1 << 24) else { continue }
            guard let json = try? JSONSerialization.jsonObject(with: text) as? [String: Any] else {
                throw LongTailError(
                    .checkpoint, "\(place): is no JSON object",
                    remedy: "Mend it, or put the weights into a folder without it.")
            }
            var config = ModelConfig(place)
            if let model = json["model_cfg"] as? [String: Any] {
                config.readOpenCLIP(model, try config.object(json, "preprocess_cfg"))
            } else if json["model_type"] is String {
                try config.readTransformers(json, beside: folder)
            } else if json["architecture"] is String {
                try config.readTimm(json)
            } else {
                continue
            }
            try config.check()
            return config
        }
        return try inside(file, path)
    }

    /// `arch`, and Lightning's `hyper_parameters`, of a checkpoint.
    private static func inside(_ file: ModelFile, _ path: String) throws(LongTailError) -> ModelConfig? {
        guard case .pyTorch(let checkpoint) = file else { return nil }
        var config = ModelConfig(path)
        for place in [checkpoint.root, checkpoint.root["hyper_parameters"], checkpoint.root["args"]].compactMap(\.self)
        {
            for key in ["arch", "model_name", "architecture", "model", "backbone", "encoder_name"] {
                if config.architecture == nil, case .string(let name)? = place[key] { config.network = name }
            }
            for key in ["image_size", "img_size", "input_size"] where config.size == nil {
                if case .int(let side)? = place[key], (8...1024).contains(side) { config.size = side }
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
                    config[keyPath: field] = numbers
                }
            }
        }
        guard config.architecture != nil || !config.overrides.isEmpty else { return nil }
        try config.check()
        return config
    }

    // MARK: Files

    private mutating func readTimm(_ json: [String: Any]) throws(LongTailError) {
        network = json["architecture"] as? String
        let input = try object(json, "pretrained_cfg") ?? json
        mean = try numbers(input, "mean")
        std = try numbers(input, "std")
        if let sizes = try numbers(input, "input_size") {
            guard sizes.count == 3, sizes[0] == 3, sizes[1] == sizes[2] else {
                throw wrong("input_size", "three colours and a square, as in [3, 224, 224]")
            }
            size = Int(exactly: sizes[1]) ?? -1
        }
        cropShare = try number(input, "crop_pct")
        interpolation = try interpolation(input, "interpolation")
        if let names = (json["label_names"] ?? input["label_names"]) as? [String] { classNames = names }
        let arguments = try object(json, "model_args")
        if let side = arguments?["img_size"] as? Int, size == nil { size = side }
        let words = ["avg": "gap", "token": "token"]
        if let pool = (arguments?["global_pool"] ?? json["global_pool"]) as? String, let word = words[pool],
            let name = network?.split(separator: ".").first,
            Network.Architecture(rawValue: "\(name)_\(word)")?.isTransformer == true
        {
            network = "\(name)_\(word)"
        }
    }

    private mutating func readOpenCLIP(_ model: [String: Any], _ input: [String: Any]?) {
        isQuick = model["quick_gelu"] as? Bool ?? false
        let vision = model["vision_cfg"] as? [String: Any]
        let widths = [768: "base", 1024: "large", 1280: "huge"]
        if let width = vision?["width"] as? Int, let patch = vision?["patch_size"] as? Int, let name = widths[width] {
            network =
                "vit_\(name)_patch\(patch)_clip\(isQuick ? "_quickgelu" : "")_\(vision?["image_size"] as? Int ?? 224)"
        }
        size = vision?["image_size"] as? Int
        mean = input?["mean"] as? [Double] ?? Normalization.clip.mean.map(Double.init)
        std = input?["std"] as? [Double] ?? Normalization.clip.std.map(Double.init)
        (cropShare, interpolation) = (1, .bicubic)
    }

    private mutating func readTransformers(_ json: [String: Any], beside folder: String) throws(LongTailError) {
        if let labels = json["id2label"] as? [String: String] {
            let names = (0..<labels.count).compactMap { labels["\($0)"] }
            if names.count == labels.count, names.count > 1 { classNames = names }
        }
        let place = folder.isEmpty ? "preprocessor_config.json" : "\(folder)/preprocessor_config.json"
        guard let text = FileBytes.contents(of: place, limit: 1 << 24),
            let input = try? JSONSerialization.jsonObject(with: text) as? [String: Any]
        else { return }
        mean = try numbers(input, "image_mean")
        std = try numbers(input, "image_std")
        func side(_ value: Any?) -> Int? {
            value as? Int ?? (value as? [String: Any]).flatMap { ($0["height"] ?? $0["shortest_edge"]) as? Int }
        }
        let (resized, cropped) = (side(input["size"]), side(input["crop_size"]))
        let crops = input["do_center_crop"] as? Bool ?? (cropped != nil)
        size = crops ? cropped ?? resized : resized
        if let size, let resized, crops, resized > 0 {
            cropShare = Double(size) / Double(resized)
        } else {
            cropShare = 1
        }
        // Pillow's numbers.
        interpolation = (input["resample"] as? Int).flatMap { [1: .lanczos, 2: .bilinear, 3: .bicubic][$0] }
    }

    // MARK: Values

    private func wrong(_ key: String, _ wanted: String) -> LongTailError {
        LongTailError(
            .checkpoint, "\(source): \(key) must be \(wanted)",
            remedy: "Mend the file, or put the weights into a folder without it.")
    }

    private func object(_ json: [String: Any], _ key: String) throws(LongTailError) -> [String: Any]? {
        guard let value = json[key], !(value is NSNull) else { return nil }
        guard let object = value as? [String: Any] else { throw wrong(key, "an object") }
        return object
    }

    private func number(_ json: [String: Any], _ key: String) throws(LongTailError) -> Double? {
        guard let value = json[key], !(value is NSNull) else { return nil }
        guard let number = value as? NSNumber else { throw wrong(key, "a number") }
        return number.doubleValue
    }

    private func numbers(_ json: [String: Any], _ key: String) throws(LongTailError) -> [Double]? {
        guard let value = json[key], !(value is NSNull) else { return nil }
        guard let list = value as? [NSNumber] else { throw wrong(key, "a list of numbers") }
        return list.map(\.doubleValue)
    }

    private func interpolation(_ json: [String: Any], _ key: String) throws(LongTailError) -> Interpolation? {
        guard let word = json[key] as? String else { return nil }
        if let known = Interpolation(rawValue: word) { return known }
        guard word != "random" else { return .bilinear }
        throw wrong(key, "one of \(Interpolation.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    /// Refuses values that no recipe can have.
    private func check() throws(LongTailError) {
        if let size, !(8...1024).contains(size) { throw wrong("the size of pictures", "from 8 to 1024 pixels") }
        if let cropShare, !(0.1...1).contains(cropShare) { throw wrong("crop_pct", "from 0.1 to 1") }
        if let mean, mean.count != 3 || !mean.allSatisfy((-1...1).contains) {
            throw wrong("mean", "three numbers from -1 to 1")
        }
        if let std, std.count != 3 || !std.allSatisfy((1e-3...10).contains) {
            throw wrong("std", "three numbers from 0.001 to 10")
        }
    }
}
