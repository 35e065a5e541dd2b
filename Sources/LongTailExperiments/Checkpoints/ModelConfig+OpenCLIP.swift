import LongTailTraining
import LongTailVision

extension ModelConfig {
    /// `open_clip_config.json`: the image tower by its sizes, and how pictures are prepared.
    mutating func readOpenCLIP(_ model: [String: Any], _ input: [String: Any]?) {
        let isQuick = model["quick_gelu"] as? Bool ?? false
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
        if let word = input?["interpolation"] as? String, let own = Interpolation(rawValue: word) {
            interpolation = own
        }
        cropMode = input?["resize_mode"] as? String == "squash" ? .squash : .center
    }
}
