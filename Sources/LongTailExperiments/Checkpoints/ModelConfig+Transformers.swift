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
        if let number = input["resample"] as? Int {
            // Pillow's numbers.
            guard let known = [1: Interpolation.lanczos, 2: .bilinear, 3: .bicubic][number] else {
                throw wrong("resample", "1 (Lanczos), 2 (bilinear) or 3 (bicubic), not \(number)")
            }
            interpolation = known
        }
        if input["do_normalize"] as? Bool == false { (mean, std) = ([0, 0, 0], [1, 1, 1]) }
        try rescale(input)
        try readSizes(input)
    }

    /// Mean and deviation are of bytes times a factor; here they are of bytes over 255.
    private mutating func rescale(_ input: [String: Any]) throws(LongTailError) {
        let factor = input["do_rescale"] as? Bool == false ? 1 : try number(input, "rescale_factor") ?? 1 / 255
        let scale = 255 * factor
        guard scale > 0 else { throw wrong("rescale_factor", "above 0") }
        let shift: Double = input["rescale_offset"] as? Bool == true ? 1 : 0
        guard abs(scale - 1) > 1e-6 || shift > 0 else { return }
        mean = (mean ?? [0, 0, 0]).map { ($0 + shift) / scale }
        std = (std ?? [1, 1, 1]).map { $0 / scale }
    }

    /// Refuses what weights do not tell and no network here has.
    private func checkNumbers(_ json: [String: Any]) throws(LongTailError) {
        guard let type = json["model_type"] as? String else { return }
        let transformers = ["vit", "vit_msn", "deit", "dinov2", "dinov2_with_registers"]
        let activation =
            transformers.contains(type) || type.hasPrefix("convnext") ? "gelu" : type == "resnet" ? "relu" : nil
        if let activation, let word = json["hidden_act"] as? String, word != activation,
            json["use_swiglu_ffn"] as? Bool != true
        {
            throw wrong("hidden_act", "\(activation): no \(type) here has \(word)")
        }
        if type == "resnet" {
            for key in ["downsample_in_bottleneck", "downsample_in_first_stage"] where json[key] as? Bool == true {
                throw wrong(key, "false: no \(type) here is built so")
            }
        }
        guard transformers.contains(type) else { return }
        if let eps = try number(json, "layer_norm_eps"), !(0...1e-6).contains(eps) {
            throw wrong("layer_norm_eps", "at most 1e-6: no \(type) here has another")
        }
        if let width = json["hidden_size"] as? Int, let heads = json["num_attention_heads"] as? Int {
            // All of them have heads of 64 features, but for the huge one.
            let own = width == 1280 ? 16 : width / 64
            guard heads == own else {
                throw wrong("num_attention_heads", "\(own): no \(type) of width \(width) here has \(heads)")
            }
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
