import LongTailBasics
import LongTailTraining
import LongTailVision

extension ModelConfig {
    /// `config.json` as timm writes it.
    mutating func readTimm(_ json: [String: Any]) throws(LongTailError) {
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
        if let word = input["crop_mode"] as? String {
            guard let mode = CropMode(rawValue: word) else { throw wrong("crop_mode", "center or squash") }
            cropMode = mode
        }
        if let word = input["crop_rounding"] as? String {
            guard let rounding = CropRounding(rawValue: word) else { throw wrong("crop_rounding", "even or down") }
            cropRounding = rounding
        }
        if let names = (json["label_names"] ?? input["label_names"]) as? [String] { classNames = names }
        let arguments = try object(json, "model_args")
        if let side = arguments?["img_size"] as? Int, size == nil { size = side }
        if let eps = try number(arguments ?? [:], "bn_eps"), let own = architecture {
            guard let found = own.adding(eps) else {
                throw wrong(
                    "model_args.bn_eps", "the network's own, or 0.001 of an EfficientNet that torchvision has with it")
            }
            network = found == own ? network : found.rawValue
        }
        let words = ["avg": "gap", "token": "token"]
        if let pool = (arguments?["global_pool"] ?? json["global_pool"]) as? String, let word = words[pool],
            let name = network?.split(separator: ".").first,
            Network.Architecture(rawValue: "\(name)_\(word)")?.isTransformer == true
        {
            network = "\(name)_\(word)"
        }
    }
}
