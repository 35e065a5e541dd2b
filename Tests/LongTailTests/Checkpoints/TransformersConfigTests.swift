import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// What transformers writes beside weights, and its names in them.
@Suite struct TransformersConfigTests {
    @Test("transformers' config has the classes, its processor how pictures are prepared") func classes() throws {
        let hub = try RunFolder()
        let other = try WrittenNetwork.write(
            "vit_small_patch16_224", in: hub,
            [
                "config.json": #"{ "model_type": "vit", "id2label": { "0": "x", "1": "y", "2": "z" } }"#,
                "preprocessor_config.json": """
                { "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2,
                  "size": { "shortest_edge": 256 }, "crop_size": { "height": 224, "width": 224 } }
                """,
            ])
        let model = try TrainedModel.open(other)
        #expect(model.checkpoint.info.classNames == ["x", "y", "z"])
        #expect(
            model.recipe.data.preparation == [
                StepRecipe(Resize(256, .bilinear)), StepRecipe(CenterCrop(224, rounding: .down)),
            ])
    }

    @Test(
        "How a processor of transformers treats pictures: ConvNeXt's shares, squares, shorter sides",
        arguments: [
            (#""image_processor_type": "ConvNextImageProcessor", "size": { "shortest_edge": 224 }"#, 256, 224, false),
            (#""feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.95"#, 235, 224, false),
            (#""image_processor_type": "ConvNextImageProcessor", "size": { "shortest_edge": 384 }"#, 384, 384, true),
            (#""image_processor_type": "ViTImageProcessor", "size": { "height": 224, "width": 224 }"#, 224, 224, true),
            (#""size": { "shortest_edge": 256 }, "crop_size": { "height": 224, "width": 224 }"#, 256, 224, false),
            (#""size": { "shortest_edge": 224 }, "do_center_crop": true, "crop_size": 224"#, 224, 224, false),
        ])
    func processors(_ text: String, _ resized: Int, _ side: Int, _ squashes: Bool) throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write(
            "convnext_atto", in: folder,
            [
                "config.json": #"{ "model_type": "convnext" }"#,
                "preprocessor_config.json": "{ \(text), \"resample\": 3 }",
            ])
        #expect(
            try TrainedModel.open(path).recipe.data.preparation == [
                StepRecipe(Resize(resized, .bicubic, squashes: squashes)),
                StepRecipe(CenterCrop(side, rounding: .down)),
            ])
    }

    @Test(
        "What a network of transformers was built with is that of the one here, or refused",
        arguments: [
            ("resnet50", #""model_type": "resnet", "hidden_act": "silu""#, "hidden_act must be relu"),
            (
                "resnet50", #""model_type": "resnet", "downsample_in_bottleneck": true"#,
                "downsample_in_bottleneck must be false"
            ),
            ("convnext_atto", #""model_type": "convnext", "hidden_act": "relu""#, "hidden_act must be gelu"),
            (
                "vit_tiny_patch16_224", #""model_type": "vit", "hidden_size": 192, "num_attention_heads": 6"#,
                "num_attention_heads must be 3"
            ),
            ("vit_tiny_patch16_224", #""model_type": "vit_msn", "layer_norm_eps": 0.01"#, "layer_norm_eps"),
        ])
    func numbers(_ name: String, _ text: String, _ problem: String) throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write(name, in: folder, ["config.json": "{ \(text) }"])
        let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
        #expect(error?.problem.contains("config.json: \(problem)") == true, "\(String(describing: error))")
    }

    @Test(
        "Mean and deviation are those of pixels from 0 to 1, whatever the processor multiplies bytes with",
        arguments: [
            // (2 x - 0.5) / 0.5 = (x - 0.25) / 0.25, and (255 x - 127.5) / 127.5 = (x - 0.5) / 0.5.
            (#""rescale_factor": 0.00784313725490196"#, 0.5, 0.5, 0.25, 0.25),
            (#""rescale_factor": 0.00392156862745098"#, 0.5, 0.4, 0.5, 0.4),
            (#""do_rescale": false"#, 127.5, 127.5, 0.5, 0.5),
            // 2 x - 1, and nothing more.
            (
                #""rescale_factor": 0.00784313725490196, "rescale_offset": true, "do_normalize": false"#, 0.1, 0.1, 0.5,
                0.5
            ),
        ])
    func rescaled(_ text: String, _ mean: Double, _ std: Double, _ ownMean: Double, _ ownStd: Double) throws {
        let folder = try RunFolder()
        func list(_ value: Double) -> String { "[\(value), \(value), \(value)]" }
        let path = try WrittenNetwork.write(
            "vit_tiny_patch16_224", in: folder,
            [
                "config.json": #"{ "model_type": "vit" }"#,
                "preprocessor_config.json":
                    #"{ "image_mean": \#(list(mean)), "image_std": \#(list(std)), \#(text) }"#,
            ])
        let config = try #require(try ModelConfig.of(ModelFile.read(path), path))
        for (found, expected) in [(config.mean, ownMean), (config.std, ownStd)] {
            #expect(
                found?.count == 3 && found?.allSatisfy { abs($0 - expected) < 1e-6 } == true,
                "\(String(describing: found))")
        }
        try folder.write("preprocessor_config.json", #"{ "resample": 0 }"#)
        let error = #expect(throws: LongTailError.self) { try ModelConfig.of(ModelFile.read(path), path) }
        #expect(error?.problem.contains("resample must be") == true)
    }

    @Test("Queries, keys and values that are apart become one, tokens get their dimensions") func joined() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("vit_tiny_patch16_224", in: folder) { state in
            let own = state
            state = [:]
            for (name, tensor) in own {
                if name.hasPrefix("blocks.") { continue }
                let names = [
                    "cls_token": "vit.embeddings.cls_token", "pos_embed": "vit.embeddings.position_embeddings",
                    "patch_embed.proj.weight": "vit.embeddings.patch_embeddings.projection.weight",
                    "patch_embed.proj.bias": "vit.embeddings.patch_embeddings.projection.bias",
                    "norm.weight": "vit.layernorm.weight", "norm.bias": "vit.layernorm.bias",
                    "head.weight": "classifier.weight", "head.bias": "classifier.bias",
                ]
                state[names[name] ?? name] = tensor
            }
            for block in 0..<12 {
                let place = "vit.encoder.layer.\(block)"
                for (number, part) in ["query", "key", "value"].enumerated() {
                    state["\(place).attention.attention.\(part).weight"] = HostTensor(
                        [Double](repeating: Double(number), count: 192 * 192), shape: [192, 192], dtype: .float32)
                    state["\(place).attention.attention.\(part).bias"] = HostTensor(
                        [Double](repeating: Double(number), count: 192), shape: [192], dtype: .float32)
                }
                for (part, shape) in [
                    ("attention.output.dense.weight", [192, 192]), ("attention.output.dense.bias", [192]),
                    ("intermediate.dense.weight", [768, 192]), ("intermediate.dense.bias", [768]),
                    ("output.dense.weight", [192, 768]), ("output.dense.bias", [192]),
                    ("layernorm_before.weight", [192]), ("layernorm_before.bias", [192]),
                    ("layernorm_after.weight", [192]), ("layernorm_after.bias", [192]),
                ] {
                    state["\(place).\(part)"] = HostTensor(
                        dtype: .float32, shape: shape, bytes: Data(count: 4 * shape.reduce(1, *)))
                }
            }
        }
        let found = try WrittenNetwork.match(path)
        #expect(found.design.name.rawValue == "vit_tiny_patch16_224" && found.plan.isComplete, "\(found.plan)")
        let bias = try #require(found.weights()["blocks.3.attn.qkv.bias"]).doubles
        #expect(bias == [0, 1, 2].flatMap { [Double](repeating: $0, count: 192) })
    }

    @Test(
        "DINOv2 has two kinds of features, or the first of them under a classifier of that width, and its own way to resize positions"
    )
    func dinov2() throws {
        for (name, type) in [
            ("hf_vit_small_patch14_dinov2", "dinov2"), ("hf_vit_small_patch14_reg4_dinov2", "dinov2_with_registers"),
        ] {
            var shapes = try #require(try ForeignFixture.read().whole[name])
            let files = [
                "config.json":
                    #"{ "model_type": "\#(type)", "hidden_act": "gelu", "layer_norm_eps": 1e-06, "image_size": 518 }"#,
                "preprocessor_config.json": """
                { "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 3, "do_center_crop": true,
                  "size": { "shortest_edge": 256 }, "crop_size": { "height": 224, "width": 224 } }
                """,
            ]
            let folder = try RunFolder()
            let found = try WrittenNetwork.match(try WrittenNetwork.write(shapes, in: folder, files))
            #expect(found.design.name.rawValue == name && found.plan.isComplete, "\(found.plan)")
            #expect(found.overrides.last { $0.hasPrefix("data.image-size") } == "data.image-size=224")
            shapes["classifier.weight"] = [5, 384]
            let token = try WrittenNetwork.match(try WrittenNetwork.write(shapes, in: folder, files))
            #expect(token.design.name.rawValue == "\(name)_token" && token.plan.isComplete, "\(token.plan)")
            // A body alone gets what transformers would put on it.
            shapes["classifier.weight"] = nil
            shapes["classifier.bias"] = nil
            #expect(
                try WrittenNetwork.match(try WrittenNetwork.write(shapes, in: folder, files)).design.name.rawValue
                    == name)
        }
    }

    @Test(
        "What transformers computes otherwise than any network here is refused",
        arguments: [
            (#""hidden_act": "quick_gelu""#, "hidden_act must be gelu"),
            (#""layer_norm_eps": 0.1"#, "layer_norm_eps must be"),
        ])
    func otherNumbers(_ text: String, _ words: String) throws {
        let folder = try RunFolder()
        for type in ["vit", "dinov2", "dinov2_with_registers"] {
            let path = try WrittenNetwork.write(
                "vit_tiny_patch16_224", in: folder, ["config.json": #"{ "model_type": "\#(type)", \#(text) }"#])
            let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
            #expect(error?.problem.contains(words) == true && error?.problem.contains("config.json") == true)
        }
        let path = try WrittenNetwork.write(
            "vit_tiny_patch16_224", in: folder, ["config.json": #"{ "model_type": "x", \#(text) }"#])
        _ = try WrittenNetwork.match(path)
    }
}
