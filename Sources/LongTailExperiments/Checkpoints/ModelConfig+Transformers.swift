import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailTraining
import LongTailVision

extension ModelConfig {
    /// `config.json` of transformers for the classes, `preprocessor_config.json` for the pictures.
    mutating func readTransformers(_ json: [String: Any], beside folder: String) throws(LongTailError) {
        if let labels = json["id2label"] as? [String: String] {
            let names = (0..<labels.count).compactMap { labels["\($0)"] }
            if names.count == labels.count, names.count > 1 { classNames = names }
        }
        try checkNumbers(json)
        let place = folder.isEmpty ? "preprocessor_config.json" : "\(folder)/preprocessor_config.json"
        guard let text = FileBytes.contents(of: place, limit: 1 << 24),
            let input = try? JSONSerialization.jsonObject(with: text) as? [String: Any]
        else { return }
        mean = try numbers(input, "image_mean")
        std = try numbers(input, "image_std")
        // Pillow's numbers.
        interpolation = (input["resample"] as? Int).flatMap { [1: .lanczos, 2: .bilinear, 3: .bicubic][$0] }
        if input["do_normalize"] as? Bool == false { (mean, std) = ([0, 0, 0], [1, 1, 1]) }
        try readSizes(input)
    }

    /// Refuses numbers that weights do not tell and that no network here has.
    private func checkNumbers(_ json: [String: Any]) throws(LongTailError) {
        guard let type = json["model_type"] as? String, ["vit", "dinov2", "dinov2_with_registers"].contains(type) else {
            return
        }
        if let word = json["hidden_act"] as? String, word != "gelu", json["use_swiglu_ffn"] as? Bool != true {
            throw wrong("hidden_act", "gelu: no \(type) here has \(word)")
        }
        if let eps = try number(json, "layer_norm_eps"), !(0...1e-6).contains(eps) {
            throw wrong("layer_norm_eps", "at most 1e-6: no \(type) here has another")
        }
    }

    private mutating func readSizes(_ input: [String: Any]) throws(LongTailError) {
        func side(_ value: Any?) -> (pixels: Int, isShorter: Bool)? {
            if let pixels = value as? Int { return (pixels, false) }
            let sides = value as? [String: Any]
            if let shorter = sides?["shortest_edge"] as? Int { return (shorter, true) }
            return (sides?["height"] as? Int).map { ($0, false) }
        }
        guard let resized = side(input["size"]), resized.pixels > 0 else { return }
        cropRounding = .down
        let type = (input["image_processor_type"] ?? input["feature_extractor_type"]) as? String ?? ""
        if type.hasPrefix("ConvNext") || input["crop_pct"] != nil {
            // Small pictures are cut out of what is 1 / crop_pct larger, large ones are squashed.
            let isSmall = resized.pixels < 384
            size = resized.pixels
            cropShare = isSmall ? try number(input, "crop_pct") ?? 224.0 / 256 : 1
            cropMode = isSmall ? .center : .squash
            return
        }
        let cropped = side(input["crop_size"])
        let crops = input["do_center_crop"] as? Bool ?? (cropped != nil)
        size = crops ? cropped?.pixels ?? resized.pixels : resized.pixels
        cropShare = size.map { min(1, Double($0) / Double(resized.pixels)) }
        cropMode = resized.isShorter ? .center : .squash
    }
}
