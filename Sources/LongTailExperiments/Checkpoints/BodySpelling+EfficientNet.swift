import LongTailSerialization

// How programs name EfficientNets; the house's names are timm's.
extension BodySpelling {
    static let efficientNet = BodySpelling(landmark: "conv_stem.weight") { $0 }

    /// The package `efficientnet_pytorch` and those made of it: blocks are numbered through, and a stage ends where the channels
    /// change.
    static let efficientNetOfLukemelas = BodySpelling(
        landmark: "_conv_stem.weight", convention: .tensorFlow,
        tensors: { tensors in
            let places = numbered(from: 0) { tensors["_blocks.\($0)._project_conv.weight"]?.shape.first }
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

    /// Stage and place of blocks that are numbered through: a stage ends where the channels change.
    ///
    /// - Parameter channels: What a block gives; nil behind the last one.
    static func numbered(from first: Int, _ channels: (Int) -> Int?) -> [Int: (stage: Int, block: Int)] {
        var places: [Int: (stage: Int, block: Int)] = [:]
        var (stage, block, before) = (-1, 0, 0)
        for number in first..<first + 1_000 {
            guard let output = channels(number) else { break }
            (stage, block) = output == before ? (stage, block + 1) : (stage + 1, 0)
            before = output
            places[number] = (stage, block)
        }
        return places
    }
}
