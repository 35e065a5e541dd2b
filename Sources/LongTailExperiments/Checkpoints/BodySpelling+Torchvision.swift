import LongTailSerialization

// torchvision's EfficientNets and MobileNets, which number a block's layers; the house's names are timm's.
extension BodySpelling {
    /// `efficientnet.py`: stages are numbered from 1, and behind them stands the last convolution.
    static let torchvisionEfficientNet = BodySpelling(
        landmark: "features.1.0.block.0.0.weight", convention: .torchvision,
        tensors: { tensors in
            let last = end(of: tensors)
            let ends = NameRules([
                "features.0.0.*": "conv_stem.*", "features.0.1.*": "bn1.*", "features.\(last).0.*": "conv_head.*",
                "features.\(last).1.*": "bn2.*", "classifier.1.*": "fc.*",
            ])
            return { name in
                let parts = name.split(separator: ".", maxSplits: 4).map(String.init)
                guard parts.count == 5, parts[0] == "features", parts[3] == "block", let stage = Int(parts[1]),
                    (1..<last).contains(stage)
                else { return ends(name) ?? name }
                return layer(parts[4], of: "features.\(stage).\(parts[2]).block", tensors)
                    .map { "blocks.\(stage - 1).\(parts[2]).\($0)" } ?? name
            }
        })

    /// `mobilenetv3.py`: blocks are numbered through from 1; the last convolution is a stage at timm, and a layer of the classifier its
    /// head.
    static let torchvisionMobileNet = BodySpelling(
        landmark: "features.1.block.0.0.weight", convention: .torchvision,
        reshape: { tensors in
            var result = tensors
            if let head = tensors["conv_head.weight"], head.shape.count == 2 {
                result["conv_head.weight"] = HostTensor(
                    dtype: head.dtype, shape: head.shape + [1, 1], bytes: head.bytes)
            }
            return result
        },
        tensors: { tensors in
            let last = end(of: tensors)
            let places = numbered(from: 1) { number in
                (0..<4).compactMap { tensors["features.\(number).block.\($0).0.weight"]?.shape.first }.last
            }
            let stages = (places.values.map { $0.stage }.max() ?? -1) + 1
            let ends = NameRules([
                "features.0.0.*": "conv_stem.*", "features.0.1.*": "bn1.*",
                "features.\(last).0.*": "blocks.\(stages).0.conv.*", "features.\(last).1.*": "blocks.\(stages).0.bn1.*",
                "classifier.0.*": "conv_head.*", "classifier.3.*": "fc.*",
            ])
            return { name in
                let parts = name.split(separator: ".", maxSplits: 3).map(String.init)
                guard parts.count == 4, parts[0] == "features", parts[2] == "block", let number = Int(parts[1]),
                    let place = places[number]
                else { return ends(name) ?? name }
                return layer(parts[3], of: "features.\(number).block", tensors)
                    .map { "blocks.\(place.stage).\(place.block).\($0)" } ?? name
            }
        })

    /// The number of the last convolution: of the features it is the one behind the first that is no block.
    private static func end(of tensors: StateDict) -> Int {
        (1..<1_000).first { tensors["features.\($0).0.weight"] != nil } ?? 1_000
    }

    /// A block's tensor: its layers are numbered, convolutions with their normalisations and between them the squeeze.
    private static func layer(_ name: String, of block: String, _ tensors: StateDict) -> String? {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let number = Int(parts[0]) else { return nil }
        let squeeze = NameRules(["fc1.*": "se.conv_reduce.*", "fc2.*": "se.conv_expand.*"])
        if let own = squeeze(parts[1]) { return own }
        let shapes = (0..<4).map { tensors["\(block).\($0).0.weight"]?.shape }
        let convolutions = shapes.indices.filter { shapes[$0] != nil }
        guard let place = convolutions.firstIndex(of: number) else { return nil }
        let isSeparable = convolutions.first.flatMap { shapes[$0]?.dropFirst().first } == 1
        let words =
            switch convolutions.count {
            case 1: ["conv"]
            case 2: isSeparable ? ["conv_dw", "conv_pw"] : ["conv_exp", "conv_pwl"]
            default: ["conv_pw", "conv_dw", "conv_pwl"]
            }
        guard place < words.count else { return nil }
        return NameRules(["0.*": "\(words[place]).*", "1.*": "bn\(place + 1).*"])(parts[1])
    }
}
