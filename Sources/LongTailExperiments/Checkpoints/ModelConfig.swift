import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailTraining
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
    /// A network of a family that is here, by a name that is not: what a checkpoint says that it was trained as.
    package var stranger: String?
    /// Mean and deviation of red, green and blue, of pixels from 0 to 1.
    package var mean: [Double]?
    package var std: [Double]?
    /// Pixels of the input's side.
    package var size: Int?
    /// Share of the shorter side that is kept.
    package var cropShare: Double?
    /// Whether pictures keep their proportions.
    package var cropMode: CropMode?
    /// Where half a pixel goes when the middle is cut out.
    package var cropRounding: CropRounding?
    /// By which weights pictures are resized.
    package var interpolation: Interpolation?
    /// The classes, in the order of the logits.
    package var classNames: [String]?

    init(_ source: String) { self.source = source }

    /// The network among the house's; nil for one that it lacks.
    package var architecture: Network.Architecture? {
        guard let network else { return nil }
        // A name of the hub has an owner before it and a tag behind it.
        let own = network.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? network
        if let known = Network.Architecture(rawValue: Self.aliases[own] ?? own.replacing(/^deit_/, with: "vit_")) {
            return known
        }
        let plain = Self.plain(own)
        return Network.Architecture.allCases.first { Self.plain($0.rawValue) == plain }
    }

    /// A name without what people write in more than one way, as in `ResNet-50`.
    private static func plain(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// timm's names of networks that are called otherwise here, or whose patches fill less than the picture.
    private static let aliases = [
        "resnext50_32x4d": "resnext50-32x4d", "resnext101_32x4d": "resnext101-32x4d", "resnext50": "resnext50-32x4d",
        "resnext101": "resnext101-32x4d", "vit_b_16": "vit_base_patch16_224", "vit_b_32": "vit_base_patch32_224",
        "vit_l_16": "vit_large_patch16_224", "vit_l_32": "vit_large_patch32_224",
        "vit_so400m_patch14_siglip_384": "vit_so400m_patch14_siglip_378",
    ]

    /// The values of a recipe that say how pictures are prepared.
    package var overrides: [String] {
        func list(_ values: [Double]) -> String { "[" + values.map { "\($0)" }.joined(separator: ",") + "]" }
        return [
            size.map { "data.image-size=\($0)" }, cropShare.map { "data.crop-share=\($0)" },
            cropMode.map { "data.crop-mode=\($0.rawValue)" },
            cropRounding.map { "data.crop-rounding=\($0.rawValue)" },
            interpolation.map { "data.interpolation=\($0.rawValue)" }, mean.map { "data.mean=\(list($0))" },
            std.map { "data.std=\(list($0))" },
        ].compactMap(\.self)
    }

    /// What of it is used, in words; nil where nothing is.
    package var summary: String? {
        let found = [
            architecture.map { "network \($0.rawValue)" }, size.map { "\($0) pixels" },
            cropShare.map { "crop share \($0)" },
            cropMode == .squash ? "squashed" : nil, interpolation?.rawValue, mean.map { "mean \($0)" },
            std.map { "deviation \($0)" }, classNames.map { "\($0.count) class names" },
        ].compactMap(\.self)
        return found.isEmpty ? nil : "\(source): \(found.joined(separator: ", "))"
    }
}

extension ModelConfig {
    /// What stands beside a file of weights, or in it; nil where nothing is said.
    ///
    /// Of several files the first that names a network of the house's is taken, else the first that says anything.
    ///
    /// - Throws: `.checkpoint` for a value that no network can have, with file and key.
    package static func of(_ file: ModelFile, _ path: String) throws(LongTailError) -> ModelConfig? {
        if let own = try Checkpoint.info(of: file, path) { return try ModelConfig(own, path) }
        let folder = Path(path).folder
        var found: [ModelConfig] = []
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
                try config.readOpenCLIP(model, try config.object(json, "preprocess_cfg"))
            } else if json["model_type"] is String {
                try config.readTransformers(json, beside: folder)
            } else if json["architecture"] is String {
                try config.readTimm(json)
            } else {
                continue
            }
            try config.check()
            found.append(config)
        }
        if let config = found.first(where: { $0.architecture != nil }) ?? found.first(where: { $0.summary != nil }) {
            return config
        }
        if let config = found.first(where: { $0.network != nil }) { return config }
        return try ModelConfig(inside: file, path)
    }
}

extension ModelConfig {
    // MARK: Values

    func wrong(_ key: String, _ wanted: String) -> LongTailError {
        LongTailError(
            .checkpoint, "\(source): \(key) must be \(wanted)",
            remedy: "Mend the file, or put the weights into a folder without it.")
    }

    func object(_ json: [String: Any], _ key: String) throws(LongTailError) -> [String: Any]? {
        guard let value = json[key], !(value is NSNull) else { return nil }
        guard let object = value as? [String: Any] else { throw wrong(key, "an object") }
        return object
    }

    func number(_ json: [String: Any], _ key: String) throws(LongTailError) -> Double? {
        guard let value = json[key], !(value is NSNull) else { return nil }
        guard let number = value as? NSNumber else { throw wrong(key, "a number") }
        return number.doubleValue
    }

    func numbers(_ json: [String: Any], _ key: String) throws(LongTailError) -> [Double]? {
        guard let value = json[key], !(value is NSNull) else { return nil }
        guard let list = value as? [NSNumber] else { throw wrong(key, "a list of numbers") }
        return list.map(\.doubleValue)
    }

    func interpolation(_ json: [String: Any], _ key: String) throws(LongTailError) -> Interpolation? {
        guard let word = json[key] as? String else { return nil }
        if let known = Interpolation(rawValue: word) { return known }
        guard word != "random" else { return .bilinear }
        throw wrong(key, "one of \(Interpolation.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    /// Refuses values that no recipe can have.
    func check() throws(LongTailError) {
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
