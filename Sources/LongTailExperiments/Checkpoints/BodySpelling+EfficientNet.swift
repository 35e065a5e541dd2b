import LongTailSerialization
import LongTailVision

/// What a program's EfficientNets have that their weights do not tell.
enum BodyConvention: Sendable, Equatable {
    /// What timm's have.
    case own
    /// Padding and batch normalisation of TensorFlow's.
    case tensorFlow
    /// torchvision's: from B5 on, and in V2 and MobileNetV3, batch normalisation adds 1e-3 and not 1e-5, as no network here does.
    case torchvision

    /// Whether a network can be one of them.
    func allows(_ name: Network.Architecture) -> Bool {
        switch self {
        case .own: true
        case .tensorFlow: name.rawValue.hasPrefix("tf_")
        case .torchvision: (0...4).contains { name.rawValue == "efficientnet_b\($0)" }
        }
    }
}

// How programs name EfficientNets; the house's names are timm's.
extension BodySpelling {
    static let efficientNet = BodySpelling(landmark: "conv_stem.weight") { $0 }

    /// The package `efficientnet_pytorch` and those made of it: blocks are numbered through, and a stage ends where the channels
    /// change.
    static let efficientNetOfLukemelas = BodySpelling(
        landmark: "_conv_stem.weight", convention: .tensorFlow,
        tensors: { tensors in
            var places: [Int: (stage: Int, block: Int)] = [:]
            var (stage, block, channels) = (-1, 0, 0)
            for number in 0..<1_000 {
                guard let output = tensors["_blocks.\(number)._project_conv.weight"]?.shape.first else { break }
                (stage, block) = output == channels ? (stage, block + 1) : (stage + 1, 0)
                channels = output
                places[number] = (stage, block)
            }
            let ends = NameRules([
                "_conv_stem.*": "conv_stem.*", "_bn0.*": "bn1.*", "_conv_head.*": "conv_head.*", "_bn1.*": "bn2.*",
                "_fc.*": "fc.*",
            ])
            let wide = NameRules([
                "_expand_conv.*": "conv_pw.*", "_bn0.*": "bn1.*", "_depthwise_conv.*": "conv_dw.*", "_bn1.*": "bn2.*",
                "_project_conv.*": "conv_pwl.*", "_bn2.*": "bn3.*", "_se_reduce.*": "se.conv_reduce.*",
                "_se_expand.*": "se.conv_expand.*",
            ])
            let plain = NameRules([
                "_depthwise_conv.*": "conv_dw.*", "_project_conv.*": "conv_pw.*", "_bn1.*": "bn1.*", "_bn2.*": "bn2.*",
                "_se_reduce.*": "se.conv_reduce.*", "_se_expand.*": "se.conv_expand.*",
            ])
            return { name in
                let parts = name.split(separator: ".", maxSplits: 2).map(String.init)
                guard parts.count == 3, parts[0] == "_blocks", let number = Int(parts[1]), let place = places[number]
                else { return ends(name) ?? name }
                let rules = tensors["_blocks.\(number)._expand_conv.weight"] == nil ? plain : wide
                return rules(parts[2]).map { "blocks.\(place.stage).\(place.block).\($0)" } ?? name
            }
        })

    /// `efficientnet.py` of torchvision: stages are numbered from 1, and a block's layers by their order.
    static let torchvisionEfficientNet = BodySpelling(
        landmark: "features.1.0.block.0.0.weight", convention: .torchvision,
        tensors: { tensors in
            let ends = NameRules([
                "features.0.0.*": "conv_stem.*", "features.0.1.*": "bn1.*", "features.8.0.*": "conv_head.*",
                "features.8.1.*": "bn2.*", "classifier.1.*": "fc.*",
            ])
            let wide = NameRules([
                "0.0.*": "conv_pw.*", "0.1.*": "bn1.*", "1.0.*": "conv_dw.*", "1.1.*": "bn2.*",
                "2.fc1.*": "se.conv_reduce.*", "2.fc2.*": "se.conv_expand.*", "3.0.*": "conv_pwl.*", "3.1.*": "bn3.*",
            ])
            let plain = NameRules([
                "0.0.*": "conv_dw.*", "0.1.*": "bn1.*", "1.fc1.*": "se.conv_reduce.*", "1.fc2.*": "se.conv_expand.*",
                "2.0.*": "conv_pw.*", "2.1.*": "bn2.*",
            ])
            return { name in
                let parts = name.split(separator: ".", maxSplits: 4).map(String.init)
                guard parts.count == 5, parts[0] == "features", parts[3] == "block", let stage = Int(parts[1]),
                    (1...7).contains(stage)
                else { return ends(name) ?? name }
                let isWide = tensors["features.\(stage).\(parts[2]).block.3.0.weight"] != nil
                return (isWide ? wide : plain)(parts[4]).map { "blocks.\(stage - 1).\(parts[2]).\($0)" } ?? name
            }
        })
}
