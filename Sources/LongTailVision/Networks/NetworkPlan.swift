import LongTailBasics
import LongTailTorch

/// What the house's networks are made of: a network is a row.
///
/// Names are timm's, but for the CIFAR networks, for Places-LT, and for ResNeXt's, which are the field's.
enum NetworkPlan: Sendable {
    case small(blocks: Int)
    case large(ResNet.Plan)
    case places(ResNet.Plan)
    case transformer(VisionTransformer.Plan)
    case convNeXt(ConvNeXt.Plan)
    case mbConv(EfficientNet.Plan)

    /// The plan of a name: a row's, or a transformer's with positions for another size, as in `vit_base_patch16_384`, and with other
    /// features, which are the patches' normalised mean where `_gap` follows and the class token where `_token` does.
    init?(named name: String) {
        guard let found = Self.variant(name), let row = Self.rows[found.row] else { return nil }
        self = row
        guard case .transformer(var plan) = row else { return }
        if let size = found.size { plan.image = size }
        if let pooling = found.pooling { plan.pooling = pooling }
        self = .transformer(plan)
    }

    /// The row that a name is a variant of, with the size and the kind of features that it says; nil for a name that is none.
    static func variant(_ name: String) -> (row: String, size: Int?, pooling: VisionTransformer.Plan.Pooling?)? {
        if rows[name] != nil { return (name, nil, nil) }
        let words = name.split(separator: "_").map(String.init)
        let poolings: [String: VisionTransformer.Plan.Pooling] = ["gap": .normalizedMean, "token": .token]
        let pooling = words.last.flatMap { poolings[$0] }
        var rest = pooling == nil ? words[...] : words.dropLast()
        let size = rest.last.flatMap(Int.init)
        if size != nil { rest = rest.dropLast() }
        let stem = rest.joined(separator: "_")
        guard let row = [stem + "_224", stem + "_256", stem + "_196", stem].first(where: { rows[$0] != nil }),
            case .transformer(let plan)? = rows[row], size ?? plan.image > 0, (size ?? 0) % plan.patch == 0,
            (size ?? 0) <= 10_000, size == nil || plan.hasPositions, pooling.map(plan.canPool) ?? true
        else { return nil }
        return (row, size, pooling)
    }

    /// The backbone, drawn.
    func makeBackbone(_ draw: inout WeightInitializer) throws(LongTailError) -> any Backbone {
        switch self {
        case .small(let blocks): try ResNetCIFAR(blocks: blocks, &draw)
        case .large(let plan): try ResNet(plan, &draw)
        case .places(let plan): try ResNetPlaces(plan, &draw)
        case .transformer(let plan): try VisionTransformer(plan, &draw)
        case .convNeXt(let plan): try ConvNeXt(plan, &draw)
        case .mbConv(let plan): try EfficientNet(plan, &draw)
        }
    }

    private static let rows = Dictionary(table.map { ($0.name, $0.plan) }, uniquingKeysWith: { first, _ in first })

    /// Names and plans, in the order in which they are listed.
    static let table: [(name: String, plan: NetworkPlan)] = residual + transformers + evas + convNeXts + mbConvs

    private static let residual: [(name: String, plan: NetworkPlan)] = [
        ("resnet20", .small(blocks: 3)), ("resnet32", .small(blocks: 5)), ("resnet44", .small(blocks: 7)),
        ("resnet56", .small(blocks: 9)), ("resnet110", .small(blocks: 18)),
        ("resnet18", .large(.init(.basic, [2, 2, 2, 2]))), ("resnet34", .large(.init(.basic, [3, 4, 6, 3]))),
        ("resnet50", .large(.init(.bottleneck, [3, 4, 6, 3]))),
        ("resnet101", .large(.init(.bottleneck, [3, 4, 23, 3]))),
        ("resnet152", .large(.init(.bottleneck, [3, 8, 36, 3]))),
        ("resnext50-32x4d", .large(.init(.bottleneck, [3, 4, 6, 3], groups: 32, groupWidth: 4))),
        ("resnext101-32x4d", .large(.init(.bottleneck, [3, 4, 23, 3], groups: 32, groupWidth: 4))),
        ("resnet152-places", .places(.init(.bottleneck, [3, 8, 36, 2]))),
        ("resnet18d", .large(.init(.basic, [2, 2, 2, 2], isDeep: true))),
        ("resnet34d", .large(.init(.basic, [3, 4, 6, 3], isDeep: true))),
        ("resnet50d", .large(.init(.bottleneck, [3, 4, 6, 3], isDeep: true))),
        ("resnet101d", .large(.init(.bottleneck, [3, 4, 23, 3], isDeep: true))),
        ("resnet152d", .large(.init(.bottleneck, [3, 8, 36, 3], isDeep: true))),
        ("seresnet18", .large(.init(.basic, [2, 2, 2, 2], squeezes: true))),
        ("seresnet34", .large(.init(.basic, [3, 4, 6, 3], squeezes: true))),
        ("seresnet50", .large(.init(.bottleneck, [3, 4, 6, 3], squeezes: true))),
        ("seresnet101", .large(.init(.bottleneck, [3, 4, 23, 3], squeezes: true))),
        ("seresnet152", .large(.init(.bottleneck, [3, 8, 36, 3], squeezes: true))),
        ("seresnet152d", .large(.init(.bottleneck, [3, 8, 36, 3], isDeep: true, squeezes: true))),
        (
            "seresnext50_32x4d",
            .large(.init(.bottleneck, [3, 4, 6, 3], groups: 32, groupWidth: 4, squeezes: true))
        ),
    ]

    private static let transformers: [(name: String, plan: NetworkPlan)] = {
        typealias Plan = VisionTransformer.Plan
        func tiny(_ patch: Int) -> Plan { Plan(192, depth: 12, heads: 3, patch: patch) }
        func small(_ patch: Int) -> Plan { Plan(384, depth: 12, heads: 6, patch: patch) }
        func medium(_ patch: Int) -> Plan { Plan(512, depth: 12, heads: 8, patch: patch) }
        func base(_ patch: Int) -> Plan { Plan(768, depth: 12, heads: 12, patch: patch) }
        func large(_ patch: Int) -> Plan { Plan(1024, depth: 24, heads: 16, patch: patch) }
        func huge(_ patch: Int) -> Plan { Plan(1280, depth: 32, heads: 16, patch: patch) }
        let shape = Plan(1152, depth: 27, heads: 16, patch: 14).with { $0.hidden = 4304 }
        let giant = Plan(1536, depth: 40, heads: 24, patch: 14).with {
            ($0.hidden, $0.activation, $0.isGated) = (8192, .silu, true)
        }

        let plain: [(String, Plan)] = [
            ("vit_tiny_patch16_224", tiny(16)), ("vit_small_patch32_224", small(32)),
            ("vit_small_patch16_224", small(16)),
            ("vit_small_patch8_224", small(8)), ("vit_base_patch32_224", base(32)), ("vit_base_patch16_224", base(16)),
            ("vit_base_patch8_224", base(8)), ("vit_large_patch32_224", large(32)),
            ("vit_large_patch16_224", large(16)),
            ("vit_large_patch14_224", large(14)), ("vit_huge_patch14_224", huge(14)),
            ("eva_large_patch14_196", large(14).with { ($0.image, $0.pooling) = (196, .normalizedMean) }),
        ]
        let third = [
            ("deit3_small_patch16_224", small(16)), ("deit3_medium_patch16_224", medium(16)),
            ("deit3_base_patch16_224", base(16)), ("deit3_large_patch16_224", large(16)),
            ("deit3_huge_patch14_224", huge(14)),
        ].map { ($0, $1.with { ($0.hasLayerScale, $0.placesTokens) = (true, false) }) }
        let dino = [
            ("vit_small_patch14", small(14)), ("vit_base_patch14", base(14)), ("vit_large_patch14", large(14)),
            ("vit_giant_patch14", giant),
        ].flatMap { name, plan in
            let own = plan.with { ($0.image, $0.hasLayerScale) = (518, true) }
            return [
                ("\(name)_dinov2", own),
                ("\(name)_reg4_dinov2", own.with { ($0.registers, $0.placesTokens) = (4, false) }),
            ]
        }
        let clip = [
            ("vit_base_patch32_clip", base(32)), ("vit_base_patch16_clip", base(16)),
            ("vit_large_patch14_clip", large(14)),
            ("vit_huge_patch14_clip", huge(14)),
        ].flatMap { name, plan in
            let own = plan.with { ($0.isNormalizedFirst, $0.eps) = (true, 1e-5) }
            return [("\(name)_224", own), ("\(name)_quickgelu_224", own.with { $0.activation = .quickGELU })]
        }
        let sigLIP = [
            ("vit_base_patch16_siglip_224", base(16)),
            ("vit_large_patch16_siglip_256", large(16).with { $0.image = 256 }),
            ("vit_large_patch16_siglip_512", large(16).with { ($0.image, $0.activation) = (512, .tanhGELU) }),
            ("vit_so400m_patch14_siglip_224", shape),
            (
                "vit_so400m_patch16_siglip_256",
                shape.with { ($0.patch, $0.image, $0.activation) = (16, 256, .tanhGELU) }
            ),
        ].map { ($0, $1.with { ($0.hasClassToken, $0.pooling) = (false, .attention) }) }
        // As transformers has them: class token and the patches' mean, positions resized plainly but where there are registers.
        let joined = dino.map { name, plan in
            ("hf_\(name)", plan.with { ($0.pooling, $0.smoothsPositions) = (.tokenAndMean, plan.registers > 0) })
        }
        return (plain + third + dino + clip + sigLIP + joined).map { ($0, .transformer($1)) }
    }()

    private static let convNeXts: [(name: String, plan: NetworkPlan)] = {
        let sizes: [(String, Int, [Int])] = [
            ("atto", 40, [2, 2, 6, 2]), ("femto", 48, [2, 2, 6, 2]), ("pico", 64, [2, 2, 6, 2]),
            ("nano", 80, [2, 2, 8, 2]), ("tiny", 96, [3, 3, 9, 3]), ("small", 96, [3, 3, 27, 3]),
            ("base", 128, [3, 3, 27, 3]), ("large", 192, [3, 3, 27, 3]), ("xlarge", 256, [3, 3, 27, 3]),
            ("huge", 352, [3, 3, 27, 3]),
        ]
        let first = sizes.filter { $0.0 != "huge" }.map {
            ("convnext_\($0)", ConvNeXt.Plan($1, $2, hasPointwiseNames: $1 < 96))
        }
        let second = sizes.filter { $0.0 != "xlarge" }.map {
            ("convnextv2_\($0)", ConvNeXt.Plan($1, $2, hasPointwiseNames: $1 < 96, isSecond: true))
        }
        return (first + second).map { ($0, .convNeXt($1)) }
    }()

    private static let mbConvs: [(name: String, plan: NetworkPlan)] = {
        typealias Stage = EfficientNet.Plan.Stage
        func first(_ squeeze: Double?) -> [Stage] {
            [
                [.init(.separable, 3, 1, 1, 16, se: squeeze)], [.init(.inverted, 3, 2, 6, 24, 2, se: squeeze)],
                [.init(.inverted, 5, 2, 6, 40, 2, se: squeeze)], [.init(.inverted, 3, 2, 6, 80, 3, se: squeeze)],
                [.init(.inverted, 5, 1, 6, 112, 3, se: squeeze)], [.init(.inverted, 5, 2, 6, 192, 4, se: squeeze)],
                [.init(.inverted, 3, 1, 6, 320, se: squeeze)],
            ]
        }
        /// Fused stages without a squeeze, then inverted ones with: (count, expansion, channels, stride).
        func second(_ plain: (Int, Int), fused: [(Int, Int)], _ inverted: [(Int, Double, Int, Int)]) -> [Stage] {
            [[.init(.plain, 3, 1, 1, plain.1, plain.0)]] + fused.map { [.init(.fused, 3, 2, 4, $0.1, $0.0)] }
                + inverted.map { [.init(.inverted, 3, $0.3, $0.1, $0.2, $0.0, se: 0.25)] }
        }

        var rows: [(String, EfficientNet.Plan)] = []
        /// A network, the same as TensorFlow pads it, and as torchvision normalises it, with that share of a batch in running statistics.
        func add(_ name: String, _ plan: EfficientNet.Plan, isOwn: Bool = true, torchvision momentum: Double? = nil) {
            if isOwn { rows.append((name, plan)) }
            rows.append(("tf_\(name)", plan.with { ($0.padsSame, $0.eps) = (true, 1e-3) }))
            if let momentum { rows.append(("tv_\(name)", plan.with { ($0.eps, $0.momentum) = (1e-3, momentum) })) }
        }
        let scales: [(Double, Double)] = [
            (1, 1), (1, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8), (1.6, 2.2), (1.8, 2.6), (2, 3.1),
        ]
        for (number, scale) in scales.enumerated() {
            add(
                "efficientnet_b\(number)", .init(first(0.25), width: scale.0, depth: scale.1),
                torchvision: number > 4 ? 0.01 : nil)
        }
        for (number, scale) in scales.prefix(5).enumerated() {
            let plan = EfficientNet.Plan(
                first(nil), width: scale.0, depth: scale.1, keepsStem: true, keepsFeatures: true, keepsEnds: true)
            add("efficientnet_lite\(number)", plan.with { $0.activation = .relu6 })
        }
        let bases = second(
            (1, 16), fused: [(2, 32), (2, 48)], [(3, 4, 96, 2), (5, 6, 112, 1), (8, 6, 192, 2)])
        for (number, scale) in scales.prefix(4).enumerated() {
            add("efficientnetv2_b\(number)", .init(bases, width: scale.0, depth: scale.1, limit: 0), isOwn: false)
        }
        add(
            "efficientnetv2_s",
            .init(
                second((2, 24), fused: [(4, 48), (4, 64)], [(6, 4, 128, 2), (9, 6, 160, 1), (15, 6, 256, 2)]), stem: 24),
            torchvision: 0.1)
        add(
            "efficientnetv2_m",
            .init(
                second(
                    (3, 24), fused: [(5, 48), (5, 80)],
                    [(7, 4, 160, 2), (14, 6, 176, 1), (18, 6, 304, 2), (5, 6, 512, 1)]), stem: 24), torchvision: 0.1)
        add(
            "efficientnetv2_l",
            .init(
                second(
                    (4, 32), fused: [(7, 64), (7, 96)],
                    [(10, 4, 192, 2), (19, 6, 224, 1), (25, 6, 384, 2), (7, 6, 640, 1)])), torchvision: 0.1)
        add(
            "efficientnetv2_xl",
            .init(
                second(
                    (4, 32), fused: [(8, 64), (8, 96)],
                    [(16, 4, 192, 2), (24, 6, 256, 1), (32, 6, 512, 2), (8, 6, 640, 1)])))

        let large: [Stage] = [
            [.init(.separable, 3, 1, 1, 16, by: .relu)],
            [.init(.inverted, 3, 2, 4, 24, by: .relu), .init(.inverted, 3, 1, 3, 24, by: .relu)],
            [.init(.inverted, 5, 2, 3, 40, 3, se: 0.25, by: .relu)],
            [.init(.inverted, 3, 2, 6, 80), .init(.inverted, 3, 1, 2.5, 80), .init(.inverted, 3, 1, 2.3, 80, 2)],
            [.init(.inverted, 3, 1, 6, 112, 2, se: 0.25)], [.init(.inverted, 5, 2, 6, 160, 3, se: 0.25)],
            [.init(.plain, 1, 1, 1, 960, skips: false)],
        ]
        let small: [Stage] = [
            [.init(.separable, 3, 2, 1, 16, se: 0.25, by: .relu)],
            [.init(.inverted, 3, 2, 4.5, 24, by: .relu), .init(.inverted, 3, 1, 3.67, 24, by: .relu)],
            [.init(.inverted, 5, 2, 4, 40, se: 0.25), .init(.inverted, 5, 1, 6, 40, 2, se: 0.25)],
            [.init(.inverted, 5, 1, 3, 48, 2, se: 0.25)], [.init(.inverted, 5, 2, 6, 96, 3, se: 0.25)],
            [.init(.plain, 1, 1, 1, 576, skips: false)],
        ]
        for (size, stages, features) in [("large", large, 1280), ("small", small, 1024)] {
            for (percent, width) in [("100", 1.0), ("075", 0.75), ("050", 0.5)] where width > 0.5 || size == "small" {
                let plan = EfficientNet.Plan(
                    stages, width: width, stem: 16, features: features, keepsStem: width < 0.75, keepsFeatures: true)
                let own = plan.with {
                    ($0.activation, $0.squeezeActivation) = (.hardswish, .relu)
                    ($0.gatesHard, $0.poolsFirst) = (true, true)
                }
                if width > 0.5 {
                    add("mobilenetv3_\(size)_\(percent)", own, torchvision: width == 1 ? 0.01 : nil)
                } else {
                    rows.append(("mobilenetv3_\(size)_\(percent)", own))
                }
            }
        }
        return rows.map { ($0, .mbConv($1)) }
    }()
}
