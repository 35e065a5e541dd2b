import Foundation
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
        for (place, values) in [("", json), ("model_args.", arguments ?? [:])] {
            if let word = values["global_pool"] as? String { try take(pooling: word, "\(place)global_pool") }
        }
        try checkArguments(arguments ?? [:])
    }

    /// Takes up how features are pooled, in timm's words, which decides between transformers of the same weights.
    ///
    /// - Throws: `.checkpoint` for a pooling that no network here has.
    mutating func take(pooling word: String, _ key: String) throws(LongTailError) {
        guard let own = architecture else { return }
        let known = own.isTransformer ? ["", "avg", "token", "map"] : ["", "avg", "fast", "fastavg"]
        guard known.contains(word) else { throw unlike(key, word, own) }
        guard let suffix = ["avg": "gap", "token": "token"][word], own.isTransformer,
            let name = network?.split(separator: ".").first,
            Network.Architecture(rawValue: "\(name)_\(suffix)") != nil
        else { return }
        network = "\(name)_\(suffix)"
    }

    /// Refuses what a network was built with that weights do not tell, unless it is what the one here has.
    private func checkArguments(_ arguments: [String: Any]) throws(LongTailError) {
        guard let own = architecture else { return }
        for (key, value) in arguments.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
            guard !Self.told.contains(key) else { continue }
            let isOwn =
                switch key {
                case "act_layer": (value as? String).map(own.isActivated(by:)) ?? false
                case "num_heads": (value as? Int).map { $0 == own.heads } ?? false
                case "output_stride": value as? Int == 32
                case "pad_type": value as? String == (own.padsSame ? "same" : "")
                default: false
                }
            guard isOwn else { throw unlike("model_args.\(key)", "\(value)", own) }
        }
    }

    /// Arguments that are read elsewhere, that shapes and names of weights tell, and those of training alone.
    private static let told: Set<String> = [
        "img_size", "in_chans", "bn_eps", "bn_momentum", "global_pool", "num_classes", "pretrained", "embed_dim",
        "depth", "depths",
        "dims", "patch_size", "mlp_ratio", "qkv_bias", "init_values", "class_token", "reg_tokens", "drop_rate",
        "drop_path_rate", "drop_block_rate", "pos_drop_rate", "patch_drop_rate", "proj_drop_rate", "attn_drop_rate",
        "dynamic_img_size", "strict_img_size", "scriptable", "exportable", "weight_init", "zero_init_last",
    ]

    /// What is said of a network, and is not what the one here has.
    func unlike(_ key: String, _ value: String, _ own: Network.Architecture) -> LongTailError {
        LongTailError(
            .checkpoint, "\(source): \(key) is \(excerpt(value)), and \(own.rawValue) here is built otherwise",
            remedy:
                "The weights would fit, and mean something else. Only networks that \(Wording.command("networks")) lists are computed "
                + "as their programs do.")
    }
}
