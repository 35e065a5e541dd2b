import LongTailTorch

extension NetworkPlan {
    /// Transformers of EVA's blocks: EVA and EVA-02 with positions of both kinds, DINOv3 with rotary ones alone.
    static let evas: [(name: String, plan: NetworkPlan)] = {
        typealias Plan = VisionTransformer.Plan
        func first(_ width: Int, _ depth: Int, _ heads: Int, patch: Int = 14) -> Plan {
            Plan(width, depth: depth, heads: heads, patch: patch).with {
                ($0.eva, $0.pooling) = (Plan.Eva(), .normalizedMean)
            }
        }
        /// EVA-02; the larger ones have matrices apart and a normalisation in the perceptron, CLIP's one in attention, too.
        func second(
            _ width: Int, _ depth: Int, _ heads: Int, patch: Int = 14, isLarge: Bool = true, isCLIP: Bool = false
        ) -> Plan {
            let hidden = width * 8 / 3
            return first(width, depth, heads, patch: patch).with {
                $0.eva = .init(
                    rotary: .stretched(to: 16), isApart: isLarge, normalizesAttention: isCLIP, splitsGate: isLarge,
                    normalizesPerceptron: isLarge)
                ($0.activation, $0.isGated, $0.hidden) = (.silu, true, isLarge ? hidden : 2 * hidden)
                if isCLIP { $0.pooling = .token }
            }
        }
        /// DINOv3, with a gate where its width is given.
        func third(_ width: Int, _ depth: Int, _ heads: Int, gate hidden: Int? = nil) -> Plan {
            first(width, depth, heads, patch: 16).with {
                $0.eva = .init(rotary: .centered, splitsGate: hidden != nil)
                ($0.image, $0.hasPositions, $0.registers, $0.pooling) = (256, false, 4, .mean)
                ($0.hasBias, $0.hasLayerScale, $0.eps) = (false, true, 1e-5)
                if let hidden { ($0.activation, $0.isGated, $0.hidden) = (.silu, true, hidden) }
            }
        }

        let giant = first(1408, 40, 16).with { $0.hidden = 6144 }
        let evas = [
            ("eva_giant_patch14_224", giant), ("eva_giant_patch14_clip_224", giant.with { $0.pooling = .token }),
            ("eva02_tiny_patch14_224", second(192, 12, 3, isLarge: false)),
            ("eva02_small_patch14_224", second(384, 12, 6, isLarge: false)),
            ("eva02_base_patch14_224", second(768, 12, 12)), ("eva02_large_patch14_224", second(1024, 24, 16)),
            ("eva02_base_patch16_clip_224", second(768, 12, 12, patch: 16, isCLIP: true)),
            ("eva02_large_patch14_clip_224", second(1024, 24, 16, isCLIP: true)),
        ]
        let dino = [
            ("vit_small_patch16_dinov3", third(384, 12, 6)),
            ("vit_small_plus_patch16_dinov3", third(384, 12, 6, gate: 1536)),
            ("vit_base_patch16_dinov3", third(768, 12, 12)), ("vit_large_patch16_dinov3", third(1024, 24, 16)),
            ("vit_huge_plus_patch16_dinov3", third(1280, 32, 20, gate: 5120)),
        ].flatMap { name, plan in [(name, plan), ("\(name)_qkvb", plan.with { $0.hasBias = true })] }
        // LingBot-Vision: DINOv3's blocks, whose class token is the features.
        let bots = [
            ("small", third(384, 12, 6)), ("base", third(768, 12, 12)), ("large", third(1024, 24, 16)),
            ("giant", third(1536, 40, 24, gate: 4096)),
        ].map { size, plan in
            (
                "vit_\(size)_patch16_lingbot",
                plan.with { ($0.hasBias, $0.pooling, $0.image) = (size != "giant", .token, 512) }
            )
        }
        let ends = [
            ("vit_tiny_patch16_dinov3_qkvb", third(192, 12, 3).with { $0.hasBias = true }),
            ("vit_7b_patch16_dinov3", third(4096, 40, 32, gate: 8192)),
        ]
        return (evas + dino + ends + bots).map { ($0, .transformer($1)) }
    }()
}
