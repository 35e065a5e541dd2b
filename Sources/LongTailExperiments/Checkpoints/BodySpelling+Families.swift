import Foundation
import LongTailSerialization

// How programs name transformers, ConvNeXts and EfficientNets; the house's names are timm's.
extension BodySpelling {
    static let families = [
        clip, torchvisionTransformer, transformersTransformer, transformersDINOv3, transformer, torchvisionConvNeXt,
        convNeXtOfItsAuthors,
        convNeXt,
        efficientNet, efficientNetOfLukemelas, torchvisionEfficientNet, torchvisionMobileNet,
    ]

    // MARK: Transformers

    /// timm's, and those of DINOv2, DINOv3 and EVA-02, whose registers, gates and normalisations are called otherwise.
    private static let transformer = BodySpelling(
        landmark: "blocks.0.norm1.weight", reshape: { tokens(withoutTurns(withoutKeyBiases($0))) },
        tensors: { tensors in
            let isThird = tensors["storage_tokens"] != nil
            let isApart = tensors["blocks.0.attn.q_proj.weight"] != nil
            let common = NameRules([
                "register_tokens": "reg_token", "storage_tokens": "reg_token",
                "blocks.#.mlp.w12.*": "blocks.#.mlp.fc1.*", "blocks.#.mlp.w1.*": "blocks.#.mlp.fc1_g.*",
                "blocks.#.mlp.w2.*": "blocks.#.mlp.fc1_x.*", "blocks.#.mlp.w3.*": "blocks.#.mlp.fc2.*",
                "blocks.#.mlp.ffn_ln.*": "blocks.#.mlp.norm.*", "blocks.#.attn.inner_attn_ln.*": "blocks.#.attn.norm.*",
            ])
            let third = NameRules([
                "blocks.#.ls1.gamma": "blocks.#.gamma_1", "blocks.#.ls2.gamma": "blocks.#.gamma_2",
            ])
            let apart = NameRules([
                "blocks.#.attn.q_bias": "blocks.#.attn.q_proj.bias",
                "blocks.#.attn.v_bias": "blocks.#.attn.v_proj.bias",
            ])
            return { name in
                common(name) ?? (isThird ? third(name) : nil) ?? (isApart ? apart(name) : nil) ?? name
            }
        })

    /// DINOv3's queries, keys and values have one bias, and a mask that keeps it from the keys: those of queries and values, as timm has
    /// them.
    ///
    /// Biases without such a mask stay as they are.
    private static func withoutKeyBiases(_ tensors: StateDict) -> StateDict {
        var result = tensors
        for name in tensors.keys where name.hasSuffix(".attn.qkv.bias_mask") {
            let joint = String(name.dropLast("_mask".count))
            guard let bias = tensors[joint], bias.shape.count == 1, bias.count % 3 == 0 else { continue }
            let part = bias.bytes.count / 3
            let place = joint.dropLast("qkv.bias".count)
            for (word, first) in [("q_bias", 0), ("v_bias", 2)] {
                result["\(place)\(word)"] = HostTensor(
                    dtype: bias.dtype, shape: [bias.count / 3],
                    bytes: Data(bias.bytes.dropFirst(first * part).prefix(part)))
            }
            (result[joint], result[name]) = (nil, nil)
        }
        return result
    }

    /// Without the angles of rotary positions, which follow from the grid; frequencies that were learned stay, and are refused.
    private static func withoutTurns(_ tensors: StateDict) -> StateDict {
        tensors.filter { name, _ in
            let parts = name.split(separator: ".")
            return
                !(parts.dropLast().contains { ["rope", "rope_embed"].contains($0) }
                && ["freqs_cos", "freqs_sin", "periods"].contains(parts.last))
        }
    }

    /// OpenCLIP's and OpenAI's image tower.
    private static let clip = BodySpelling(
        landmark: "ln_pre.weight", reshape: tokens,
        tensors: { _ in
            let rules = NameRules([
                "class_embedding": "cls_token", "positional_embedding": "pos_embed", "conv1.*": "patch_embed.proj.*",
                "ln_pre.*": "norm_pre.*", "ln_post.*": "norm.*", "proj": "projection",
                "transformer.resblocks.#.ln_1.*": "blocks.#.norm1.*",
                "transformer.resblocks.#.ln_2.*": "blocks.#.norm2.*",
                "transformer.resblocks.#.attn.in_proj_weight": "blocks.#.attn.qkv.weight",
                "transformer.resblocks.#.attn.in_proj_bias": "blocks.#.attn.qkv.bias",
                "transformer.resblocks.#.attn.out_proj.*": "blocks.#.attn.proj.*",
                "transformer.resblocks.#.mlp.c_fc.*": "blocks.#.mlp.fc1.*",
                "transformer.resblocks.#.mlp.c_proj.*": "blocks.#.mlp.fc2.*",
                "transformer.resblocks.#.ls_1.gamma": "blocks.#.ls1.gamma",
                "transformer.resblocks.#.ls_2.gamma": "blocks.#.ls2.gamma",
            ])
            return { rules($0) ?? $0 }
        })

    /// `vision_transformer.py` of torchvision.
    private static let torchvisionTransformer = BodySpelling(
        landmark: "conv_proj.weight", reshape: tokens,
        tensors: { _ in
            let rules = NameRules([
                "class_token": "cls_token", "encoder.pos_embedding": "pos_embed", "conv_proj.*": "patch_embed.proj.*",
                "encoder.ln.*": "norm.*", "heads.head.*": "head.*",
                "encoder.layers.encoder_layer_#.ln_1.*": "blocks.#.norm1.*",
                "encoder.layers.encoder_layer_#.ln_2.*": "blocks.#.norm2.*",
                "encoder.layers.encoder_layer_#.self_attention.in_proj_weight": "blocks.#.attn.qkv.weight",
                "encoder.layers.encoder_layer_#.self_attention.in_proj_bias": "blocks.#.attn.qkv.bias",
                "encoder.layers.encoder_layer_#.self_attention.out_proj.*": "blocks.#.attn.proj.*",
                "encoder.layers.encoder_layer_#.mlp.0.*": "blocks.#.mlp.fc1.*",
                "encoder.layers.encoder_layer_#.mlp.3.*": "blocks.#.mlp.fc2.*",
                "encoder.layers.encoder_layer_#.mlp.linear_1.*": "blocks.#.mlp.fc1.*",
                "encoder.layers.encoder_layer_#.mlp.linear_2.*": "blocks.#.mlp.fc2.*",
            ])
            return { rules($0) ?? $0 }
        })

    /// `ViTForImageClassification`, `Dinov2ForImageClassification` and `Dinov2WithRegistersForImageClassification` of transformers.
    private static let transformersTransformer = BodySpelling(
        landmark: "embeddings.patch_embeddings.projection.weight", convention: .transformers,
        reshape: { tokens(joined($0)) },
        tensors: { _ in
            let rules = NameRules([
                "embeddings.cls_token": "cls_token", "embeddings.position_embeddings": "pos_embed",
                "embeddings.mask_token": "mask_token", "embeddings.register_tokens": "reg_token",
                "embeddings.patch_embeddings.projection.*": "patch_embed.proj.*", "layernorm.*": "norm.*",
                "encoder.layer.#.layernorm_before.*": "blocks.#.norm1.*",
                "encoder.layer.#.layernorm_after.*": "blocks.#.norm2.*",
                "encoder.layer.#.norm1.*": "blocks.#.norm1.*", "encoder.layer.#.norm2.*": "blocks.#.norm2.*",
                "encoder.layer.#.attention.attention.query.*": "blocks.#.attn.q.*",
                "encoder.layer.#.attention.attention.key.*": "blocks.#.attn.k.*",
                "encoder.layer.#.attention.attention.value.*": "blocks.#.attn.v.*",
                "encoder.layer.#.attention.output.dense.*": "blocks.#.attn.proj.*",
                "encoder.layer.#.intermediate.dense.*": "blocks.#.mlp.fc1.*",
                "encoder.layer.#.output.dense.*": "blocks.#.mlp.fc2.*",
                "encoder.layer.#.mlp.weights_in.*": "blocks.#.mlp.fc1.*",
                "encoder.layer.#.mlp.weights_out.*": "blocks.#.mlp.fc2.*",
                "encoder.layer.#.mlp.*": "blocks.#.mlp.*",
                "encoder.layer.#.layer_scale1.lambda1": "blocks.#.ls1.gamma",
                "encoder.layer.#.layer_scale2.lambda1": "blocks.#.ls2.gamma",
            ])
            return { rules($0) ?? $0 }
        })

    /// `DINOv3ViTModel` of transformers, whose keys have no bias.
    private static let transformersDINOv3 = BodySpelling(
        landmark: "embeddings.patch_embeddings.weight", reshape: { tokens(joined($0)) },
        tensors: { tensors in
            let isGated = tensors["layer.0.mlp.gate_proj.weight"] != nil
            let rules = NameRules([
                "embeddings.cls_token": "cls_token", "embeddings.mask_token": "mask_token",
                "embeddings.register_tokens": "reg_token", "embeddings.patch_embeddings.*": "patch_embed.proj.*",
                "layer.#.norm1.*": "blocks.#.norm1.*", "layer.#.norm2.*": "blocks.#.norm2.*",
                "layer.#.attention.q_proj.weight": "blocks.#.attn.q.weight",
                "layer.#.attention.k_proj.weight": "blocks.#.attn.k.weight",
                "layer.#.attention.v_proj.weight": "blocks.#.attn.v.weight",
                "layer.#.attention.q_proj.bias": "blocks.#.attn.q_bias",
                "layer.#.attention.v_proj.bias": "blocks.#.attn.v_bias",
                "layer.#.attention.o_proj.*": "blocks.#.attn.proj.*",
                "layer.#.layer_scale1.lambda1": "blocks.#.gamma_1",
                "layer.#.layer_scale2.lambda1": "blocks.#.gamma_2",
                "layer.#.mlp.gate_proj.*": "blocks.#.mlp.fc1_g.*",
                "layer.#.mlp.up_proj.*": isGated ? "blocks.#.mlp.fc1_x.*" : "blocks.#.mlp.fc1.*",
                "layer.#.mlp.down_proj.*": "blocks.#.mlp.fc2.*",
            ])
            return { rules($0) ?? $0 }
        })

    /// Queries, keys and values one below the other, where they are apart.
    private static func joined(_ tensors: StateDict) -> StateDict {
        var result: StateDict = [:]
        for (name, tensor) in tensors {
            let isPart = [".attn.q.", ".attn.k.", ".attn.v."].first { name.contains($0) }
            guard let isPart else {
                result[name] = tensor
                continue
            }
            let parts = ["q", "k", "v"].map { tensors[name.replacing(isPart, with: ".attn.\($0).")] }.compactMap(\.self)
            let joint = name.replacing(isPart, with: ".attn.qkv.")
            guard result[joint] == nil else { continue }
            guard parts.count == 3, parts.allSatisfy({ $0.shape == tensor.shape && $0.dtype == tensor.dtype }),
                let rows = tensor.shape.first, rows <= 1 << 40
            else {
                result[name] = tensor
                continue
            }
            result[joint] = HostTensor(
                dtype: tensor.dtype, shape: [3 * rows] + tensor.shape.dropFirst(),
                bytes: parts.reduce(into: Data()) { $0 += $1.bytes })
        }
        return result
    }

    /// Tokens and positions as 1×L×D.
    ///
    /// Registers without positions beside a class token with one: that becomes the token's, as timm
    /// has it.
    private static func tokens(_ tensors: StateDict) -> StateDict {
        var result = tensors
        result["mask_token"] = nil
        for name in ["cls_token", "reg_token", "pos_embed"] {
            guard let tensor = tensors[name], tensor.shape.count < 3, let width = tensor.shape.last, width > 0 else {
                continue
            }
            result[name] = HostTensor(
                dtype: tensor.dtype, shape: [1, tensor.count / width, width], bytes: tensor.bytes)
        }
        guard result["reg_token"] != nil, let token = result["cls_token"], let places = result["pos_embed"],
            places.shape.count == 3, token.shape == [1, 1, places.shape[2]], (2...1_000_000).contains(places.shape[1]),
            token.dtype.isFloatingPoint, places.dtype.isFloatingPoint,
            Int(Double(places.shape[1]).squareRoot().rounded()).squared == places.shape[1] - 1
        else { return result }
        let (values, width) = (places.doubles, places.shape[2])
        result["cls_token"] = HostTensor(
            zip(token.doubles, values).map { $0 + $1 }, shape: token.shape, dtype: token.dtype)
        result["pos_embed"] = HostTensor(
            Array(values.dropFirst(width)), shape: [1, places.shape[1] - 1, width], dtype: places.dtype)
        return result
    }

    // MARK: ConvNeXt

    private static let convNeXt = BodySpelling(
        landmark: "stages.0.blocks.0.conv_dw.weight", reshape: flattened,
        tensors: { _ in { $0.hasPrefix("head.fc.") ? String($0.dropFirst(5)) : $0 } })

    /// The authors' repositories, of V1 and V2.
    private static let convNeXtOfItsAuthors = BodySpelling(
        landmark: "downsample_layers.0.0.weight", reshape: flattened,
        tensors: { _ in
            let rules = NameRules([
                "downsample_layers.0.*": "stem.*", "downsample_layers.#.*": "stages.#.downsample.*",
                "stages.#.#.dwconv.*": "stages.#.blocks.#.conv_dw.*", "stages.#.#.norm.*": "stages.#.blocks.#.norm.*",
                "stages.#.#.pwconv1.*": "stages.#.blocks.#.mlp.fc1.*",
                "stages.#.#.pwconv2.*": "stages.#.blocks.#.mlp.fc2.*",
                "stages.#.#.grn.gamma": "stages.#.blocks.#.mlp.grn.weight",
                "stages.#.#.grn.beta": "stages.#.blocks.#.mlp.grn.bias",
                "stages.#.#.gamma": "stages.#.blocks.#.gamma", "norm.*": "head.norm.*", "head.*": "fc.*",
            ])
            return { rules($0) ?? $0 }
        })

    /// `convnext.py` of torchvision: stages are the odd ones of its list, and what halves the size the even ones.
    private static let torchvisionConvNeXt = BodySpelling(
        landmark: "features.1.0.block.0.weight", reshape: flattened,
        tensors: { _ in
            let rules = NameRules([
                "features.0.*": "stem.*", "classifier.0.*": "head.norm.*", "classifier.2.*": "fc.*",
                "features.#.#.block.0.*": "stages.#.blocks.#.conv_dw.*",
                "features.#.#.block.2.*": "stages.#.blocks.#.norm.*",
                "features.#.#.block.3.*": "stages.#.blocks.#.mlp.fc1.*",
                "features.#.#.block.5.*": "stages.#.blocks.#.mlp.fc2.*",
                "features.#.#.layer_scale": "stages.#.blocks.#.gamma", "features.#.*": "stages.#.downsample.*",
            ])
            return { name in
                guard let own = rules(name) else { return name }
                var parts = own.split(separator: ".").map(String.init)
                if parts[0] == "stages", let place = Int(parts[1]) { parts[1] = "\(place / 2)" }
                return parts.joined(separator: ".")
            }
        })

    /// Factors as vectors, and a perceptron's matrices as the network has them: of 1×1 convolutions in small ones.
    private static func flattened(_ tensors: StateDict) -> StateDict {
        let isPointwise = (tensors["stem.0.weight"]?.shape.first).map { $0 < 96 } ?? false
        return StateDict(
            uniqueKeysWithValues: tensors.map { name, tensor in
                let isFactor = name.hasSuffix(".gamma") || name.contains(".grn.")
                let isMatrix = name.contains(".mlp.fc") && name.hasSuffix(".weight") && tensor.shape.count >= 2
                let shape =
                    isFactor
                    ? [tensor.count]
                    : isMatrix && tensor.shape.dropFirst(2).allSatisfy { $0 == 1 }
                        ? Array(tensor.shape.prefix(2)) + (isPointwise ? [1, 1] : []) : tensor.shape
                return (name, HostTensor(dtype: tensor.dtype, shape: shape, bytes: tensor.bytes))
            })
    }
}

extension Int {
    fileprivate var squared: Int { self * self }
}
