import Foundation
import LongTailBasics
import LongTailTraining
import LongTailVision

extension ModelConfig {
    /// `open_clip_config.json`: the image tower by its sizes, and how pictures are prepared.
    mutating func readOpenCLIP(_ model: [String: Any], _ input: [String: Any]?) throws(LongTailError) {
        let isQuick = model["quick_gelu"] as? Bool ?? false
        let vision = model["vision_cfg"] as? [String: Any]
        let widths = [768: "base", 1024: "large", 1280: "huge"]
        if let width = vision?["width"] as? Int, let patch = vision?["patch_size"] as? Int, let name = widths[width] {
            network =
                "vit_\(name)_patch\(patch)_clip\(isQuick ? "_quickgelu" : "")_\(vision?["image_size"] as? Int ?? 224)"
        }
        if let name = vision?["timm_model_name"] as? String { network = name }
        size = vision?["image_size"] as? Int
        mean = input?["mean"] as? [Double] ?? Normalization.clip.mean.map(Double.init)
        std = input?["std"] as? [Double] ?? Normalization.clip.std.map(Double.init)
        (cropShare, interpolation) = (1, .bicubic)
        if let word = input?["interpolation"] as? String, let own = Interpolation(rawValue: word) {
            interpolation = own
        }
        let mode = input?["resize_mode"] as? String ?? "shortest"
        guard ["shortest", "squash"].contains(mode) else {
            throw wrong("resize_mode", "shortest or squash: pictures with borders are not made here")
        }
        cropMode = mode == "squash" ? .squash : .center
        try checkTower(vision ?? [:])
    }

    /// Refuses a tower that is built otherwise than CLIP's, which its weights do not tell.
    private func checkTower(_ vision: [String: Any]) throws(LongTailError) {
        let told = ["image_size", "layers", "width", "patch_size", "mlp_ratio", "ls_init_value", "patch_dropout"]
        for (key, value) in vision.sorted(by: { $0.key < $1.key }) where !told.contains(key) {
            let isUsual =
                switch key {
                case "head_width": value as? Int == (vision["width"] as? Int == 1280 ? 80 : 64)
                case "pool_type": value as? String == "tok"
                case "pos_embed_type": value as? String == "learnable"
                // timm's own towers are told by their names.
                case _ where key.hasPrefix("timm_") || key.hasPrefix("attn_pooler") || key == "n_queries": true
                default: value is NSNull || value as? Bool == false
                }
            guard isUsual else {
                throw wrong("vision_cfg.\(key)", "left out: no tower of CLIP here is built with \(excerpt("\(value)"))")
            }
        }
    }
}
