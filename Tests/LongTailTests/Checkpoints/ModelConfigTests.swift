import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// What stands beside weights, and what is made of it; that names and numbers are those of the programs shows
/// `scripts/certify networks`.
@Suite struct ModelConfigTests {
    private static let cfg = """
        "pretrained_cfg": { "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.4, 0.3], "input_size": [3, 224, 224], "crop_pct": 0.9, \
        "interpolation": "bicubic" }
        """

    /// The weights of a network of timm's names in a folder, with files beside them.
    private func written(
        _ name: String, in folder: RunFolder, _ files: [String: String] = [:], prefix: String = "",
        change: (inout StateDict) -> Void = { _ in }
    ) throws -> String {
        var draw = WeightInitializer.shapes
        let network = try Network(
            #require(Network.Architecture(rawValue: name)), classifier: .linear, classes: 3, &draw)
        var state = StateDict()
        for (name, tensor) in try network.namedTensors() {
            let dtype = tensor.dtype ?? .float32
            let own = name.hasPrefix("fc.") ? name.replacing("fc.", with: "head.") : name
            state[prefix + own] = HostTensor(
                dtype: dtype, shape: tensor.shape, bytes: Data(count: tensor.count * dtype.size))
        }
        change(&state)
        for (name, text) in files { try folder.write(name, text) }
        let path = folder.path("model.safetensors")
        try SafeTensorsFile.write(state, metadata: [:], to: path)
        return path
    }

    private func match(_ path: String) throws(LongTailError) -> NetworkMatch {
        try NetworkMatch(ModelFile.read(path), path, [])
    }

    @Test("timm's config.json names the network, how pictures are prepared, and the classes") func timm() throws {
        let folder = try RunFolder()
        let path = try written(
            "vit_tiny_patch16_224", in: folder,
            [
                "config.json": """
                { "architecture": "vit_tiny_patch16_224", "num_classes": 3, "label_names": ["a", "b", "c"], \(Self.cfg) }
                """
            ])
        let found = try match(path)
        #expect(found.design.name.rawValue == "vit_tiny_patch16_224" && found.classes == 3)
        #expect(
            found.overrides == [
                "network.name=vit_tiny_patch16_224", "network.classifier=linear", "data.image-size=224",
                "data.image-size=224", "data.crop-share=0.9", "data.interpolation=bicubic",
                "data.mean=[0.5,0.5,0.5]", "data.std=[0.5,0.4,0.3]",
            ])
        let model = try TrainedModel.open(path)
        #expect(model.checkpoint.info.classNames == ["a", "b", "c"])
        #expect(model.recipe.data.interpolation == .bicubic && model.recipe.data.cropShare == 0.9)
        #expect(model.notes.contains { $0.contains("config.json") }, "\(model.notes)")
        // The shorter side to 224 / 0.9, rounded down as timm does.
        #expect(model.recipe.data.preparation == [StepRecipe(Resize(248, .bicubic)), StepRecipe(CenterCrop(224))])
    }

    @Test(
        "Between networks with the same tensors the config decides",
        arguments: [
            ("vit_base_patch32_clip_quickgelu_224", "vit_base_patch32_clip_224"),
            ("tf_efficientnet_b0", "efficientnet_b0"),
        ])
    func twins(_ name: String, _ first: String) throws {
        let folder = try RunFolder()
        let path = try written(name, in: folder)
        #expect(try match(path).design.name.rawValue == first)
        try folder.write("config.json", #"{ "architecture": "\#(name)" }"#)
        #expect(try match(path).design.name.rawValue == name)
        // As the hub calls it.
        try folder.write("config.json", #"{ "architecture": "timm/\#(name).openai_ft_in1k" }"#)
        #expect(try match(path).design.name.rawValue == name)
    }

    @Test("OpenCLIP's config says whether GELU is OpenAI's, and transformers' processor how pictures are prepared")
    func others() throws {
        let clip = try RunFolder()
        let path = try written(
            "vit_base_patch16_clip_224", in: clip,
            [
                "open_clip_config.json": """
                { "model_cfg": { "embed_dim": 512, "quick_gelu": true,
                  "vision_cfg": { "image_size": 224, "layers": 12, "width": 768, "patch_size": 16 } },
                  "preprocess_cfg": { "mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28] } }
                """
            ])
        let found = try match(path)
        #expect(found.design.name.rawValue == "vit_base_patch16_clip_quickgelu_224")
        #expect(found.overrides.contains("data.mean=[0.48,0.46,0.41]"))

        let hub = try RunFolder()
        let other = try written(
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
        #expect(model.recipe.data.preparation == [StepRecipe(Resize(256, .bilinear)), StepRecipe(CenterCrop(224))])
    }

    @Test("Of two configs the one that names a network is taken: CLIP's of transformers hides OpenCLIP's not")
    func both() throws {
        let folder = try RunFolder()
        let path = try written(
            "vit_base_patch32_clip_224", in: folder,
            [
                "config.json": #"{ "model_type": "clip" }"#,
                "open_clip_config.json": """
                { "model_cfg": { "quick_gelu": true, "vision_cfg": { "image_size": 224, "width": 768, "patch_size": 32 } } }
                """,
            ])
        #expect(try match(path).design.name.rawValue == "vit_base_patch32_clip_quickgelu_224")
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
        let path = try written(
            "convnext_atto", in: folder,
            [
                "config.json": #"{ "model_type": "convnext" }"#,
                "preprocessor_config.json": "{ \(text), \"resample\": 3 }",
            ])
        #expect(
            try TrainedModel.open(path).recipe.data.preparation == [
                StepRecipe(Resize(resized, .bicubic, squashes: squashes)), StepRecipe(CenterCrop(side)),
            ])
    }

    @Test("timm's crop mode; the one that no step does is refused") func cropMode() throws {
        let folder = try RunFolder()
        let path = try written("convnext_atto", in: folder)
        func config(_ mode: String) throws {
            try folder.write(
                "config.json",
                #"{ "architecture": "convnext_atto", "pretrained_cfg": { "crop_pct": 1.0, "crop_mode": "\#(mode)" } }"#)
        }
        try config("squash")
        #expect(
            try TrainedModel.open(path).recipe.data.evaluationTransform.steps.first?.isSame(
                as: Resize(224, squashes: true)) == true)
        try config("border")
        let error = #expect(throws: LongTailError.self) { try match(path) }
        #expect(error?.problem.contains("crop_mode must be center or squash") == true)
    }

    @Test("A network that is not known is refused, though weights of another fit; the user may say which it is")
    func unknown() throws {
        let folder = try RunFolder()
        let path = try written("resnet50d", in: folder, ["config.json": #"{ "architecture": "resnetaa50d" }"#])
        let error = #expect(throws: LongTailError.self) { try match(path) }
        #expect(error?.problem.contains("resnetaa50d") == true && error?.remedy?.contains("network.name") == true)
        let named = try NetworkMatch(ModelFile.read(path), path, ["network.name=resnet50d"])
        #expect(named.design.name.rawValue == "resnet50d" && named.plan.isComplete)
        try folder.write("config.json", #"{ "architecture": "resnext101_32x4d.gluon_in1k" }"#)
        #expect(try ModelConfig.of(ModelFile.read(path), path)?.architecture?.rawValue == "resnext101-32x4d")
    }

    @Test(
        "What weights do not tell goes with them: import keeps the network and the pictures",
        arguments: [nil, ["a", "b", "c"]])
    func imported(_ names: [String]?) throws {
        let folder = try RunFolder()
        let path = try written(
            "tf_efficientnet_b0", in: folder,
            ["config.json": #"{ "architecture": "tf_efficientnet_b0", \#(Self.cfg) }"#])
        let elsewhere = try RunFolder()
        let output = elsewhere.path("own.safetensors")
        try match(path).write(to: output, classNames: names, own: nil)
        let found = try match(output)
        #expect(found.design.name.rawValue == "tf_efficientnet_b0")
        let model = try TrainedModel.open(output)
        #expect(model.checkpoint.info.network.rawValue == "tf_efficientnet_b0")
        #expect(model.recipe.data.mean == [0.5, 0.5, 0.5] && model.recipe.data.cropShare == 0.9)
        #expect(names == nil || model.checkpoint.info.classNames == names)
        // From there by btm's built-in recipe, too.
        #expect(found.overrides.contains("data.crop-share=0.9") && found.overrides.contains("data.image-size=224"))
    }

    @Test("A checkpoint of this program is of the network that it says, with its recipe's pictures") func own() throws {
        let folder = try RunFolder()
        let path = try written("vit_base_patch32_clip_quickgelu_224", in: folder)
        let recipe = try Recipe.load(
            "folder", overrides: ["network.name=vit_base_patch32_clip_quickgelu_224", "data.image-size=160"])
        let design = try Network.Design(#require(.init(rawValue: "vit_base_patch32_clip_quickgelu_224")), .linear)
        let info = Checkpoint.Info(
            design, classNames: ["x", "y", "z"], listHash: nil, stage: "btm", recipe: recipe.yaml)
        let own = folder.path("own.safetensors")
        let weights = try NetworkMatch(
            ModelFile.read(path), path, ["network.name=vit_base_patch32_clip_quickgelu_224"]
        ).weights()
        try Checkpoint(info: info, weights: weights).write(to: own)
        let found = try match(own)
        #expect(found.design.name.rawValue == "vit_base_patch32_clip_quickgelu_224")
        #expect(found.overrides.last { $0.hasPrefix("data.image-size") } == "data.image-size=160")
    }

    @Test("A model in parts is read by its index, whole") func sharded() throws {
        let folder = try RunFolder()
        let path = try written("convnext_atto", in: folder)
        let state = try SafeTensorsFile.read(path).tensors
        var (map, halves): ([String: String], [StateDict]) = ([:], [[:], [:]])
        for (place, (name, tensor)) in state.enumerated() {
            map[name] = "model-0000\(1 + place % 2)-of-00002.safetensors"
            halves[place % 2][name] = tensor
        }
        for (place, half) in halves.enumerated() {
            try SafeTensorsFile.write(half, to: folder.path("model-0000\(1 + place)-of-00002.safetensors"))
        }
        let index = try JSONSerialization.data(withJSONObject: ["metadata": [:], "weight_map": map])
        try folder.write("model.safetensors.index.json", String(decoding: index, as: UTF8.self))
        let found = try match(folder.path("model.safetensors.index.json"))
        #expect(found.design.name.rawValue == "convnext_atto" && found.plan.isComplete)
    }

    @Test("Two tensors that become one are refused, and none is dropped") func doubled() throws {
        let folder = try RunFolder()
        let path = try written("vit_small_patch14_reg4_dinov2_56", in: folder) { state in
            state["register_tokens"] = state["reg_token"]
        }
        let error = #expect(throws: LongTailError.self) { try match(path) }
        #expect(error?.problem.contains("two tensors become reg_token") == true)
    }

    @Test("Queries, keys and values that are apart become one, tokens get their dimensions") func joined() throws {
        let folder = try RunFolder()
        let path = try written("vit_tiny_patch16_224", in: folder) { state in
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
        let found = try match(path)
        #expect(found.design.name.rawValue == "vit_tiny_patch16_224" && found.plan.isComplete, "\(found.plan)")
        let bias = try #require(found.weights()["blocks.3.attn.qkv.bias"]).doubles
        #expect(bias == [0, 1, 2].flatMap { [Double](repeating: $0, count: 192) })
    }

    @Test("Registers without positions: the class token takes up its own") func registers() throws {
        let folder = try RunFolder()
        let path = try written("vit_small_patch14_reg4_dinov2_56", in: folder) { state in
            state["register_tokens"] = state["reg_token"]
            state["reg_token"] = nil
            state["mask_token"] = HostTensor(dtype: .float32, shape: [1, 384], bytes: Data(count: 4 * 384))
            state["cls_token"] = HostTensor([Double](repeating: 2, count: 384), shape: [1, 1, 384], dtype: .float32)
            state["pos_embed"] = HostTensor(
                (0..<17).flatMap { [Double](repeating: Double($0 + 1), count: 384) }, shape: [1, 17, 384],
                dtype: .float32)
        }
        let found = try match(path)
        #expect(found.design.name.rawValue == "vit_small_patch14_reg4_dinov2_56" && found.plan.isComplete)
        let weights = try found.weights()
        #expect(weights["cls_token"]?.doubles.first == 3)
        #expect(weights["pos_embed"]?.shape == [1, 16, 384] && weights["pos_embed"]?.doubles.first == 2)
    }

    @Test("DINOv3's own names: the joint bias without its part for keys, no periods, no mask") func masked() throws {
        let folder = try RunFolder()
        let path = try written("vit_small_plus_patch16_dinov3_qkvb", in: folder) { state in
            let own = state
            state = [:]
            for (name, tensor) in own where !name.hasSuffix("_bias") {
                let words = [
                    "reg_token": "storage_tokens", "gamma_1": "ls1.gamma", "gamma_2": "ls2.gamma", "fc1_g": "w1",
                    "fc1_x": "w2", "fc2": "w3",
                ]
                let parts = name.split(separator: ".").map { words[String($0)] ?? String($0) }
                state[parts.joined(separator: ".")] = tensor
            }
            for block in 0..<12 {
                let joint = (0..<3).flatMap { [Double](repeating: Double($0 + block), count: 384) }
                state["blocks.\(block).attn.qkv.bias"] = HostTensor(joint, shape: [1152], dtype: .float32)
                state["blocks.\(block).attn.qkv.bias_mask"] = HostTensor(joint, shape: [1152], dtype: .float32)
            }
            state["rope_embed.periods"] = HostTensor([Double](repeating: 1, count: 16), shape: [16], dtype: .float32)
            state["mask_token"] = HostTensor([Double](repeating: 1, count: 384), shape: [1, 384], dtype: .float32)
        }
        let found = try match(path)
        #expect(
            found.design.name.rawValue == "vit_small_plus_patch16_dinov3_qkvb" && found.plan.isComplete, "\(found.plan)"
        )
        let weights = try found.weights()
        #expect(weights["blocks.3.attn.q_bias"]?.doubles == [Double](repeating: 3, count: 384))
        #expect(weights["blocks.3.attn.v_bias"]?.doubles == [Double](repeating: 5, count: 384))
        #expect(found.overrides.contains("data.image-size=256"))
    }

    @Test("A file may say that the class token is the features, or the patches' mean")
    func pooled() throws {
        for (name, pool, expected) in [
            ("vit_small_patch16_dinov3", "token", "vit_small_patch16_dinov3_token"),
            ("vit_small_patch16_dinov3", "avg", "vit_small_patch16_dinov3"),
            ("vit_tiny_patch16_224", "token", "vit_tiny_patch16_224"),
            ("eva02_tiny_patch14_224", "avg", "eva02_tiny_patch14_224"),
        ] {
            let folder = try RunFolder()
            let path = try written(
                name, in: folder,
                ["config.json": #"{ "architecture": "\#(name)", "global_pool": "\#(pool)", "num_classes": 3 }"#])
            #expect(try match(path).design.name.rawValue == expected)
        }
    }

    @Test("Transformers and ConvNeXts are fine-tuned by AdamW; what the user sets holds; other networks keep SGD")
    func training() throws {
        func recipe(_ name: String, _ more: [String] = []) throws -> Recipe {
            let folder = try RunFolder()
            let match = try match(written(name, in: folder))
            return try Recipe.load(
                "folder-train", overrides: match.overrides + match.trainingOverrides(["pre-train", "btm"]) + more)
        }
        let transformer = try recipe("vit_tiny_patch16_224", ["stages.btm.layer-decay=0.6"])
        #expect(transformer.stages.map(\.training.optimizer) == [.adamw, .adamw, .sgd])
        #expect(transformer.stages.map(\.training.layerDecay) == [0.75, 0.6, 1])
        #expect(transformer.stages[0].training.dropPath == 0.1 && transformer.stages[1].training.dropPath == 0)
        #expect(try recipe("vit_tiny_patch16_dinov3_qkvb").stages[0].training.layerDecay == 0.75)
        let folder = try RunFolder()
        let adapted = try match(written("vit_tiny_patch16_224", in: folder))
        #expect(
            adapted.trainingOverrides(["btm"], given: ["stages.btm.trains=adapters"])
                .contains("stages.btm.rate.base=1e-3"))
        #expect(try recipe("convnext_atto").stages[0].training.layerDecay == 0.8)
        #expect(try recipe("efficientnet_b0").stages.allSatisfy { $0.training.optimizer == .sgd })
    }

    @Test(
        "A file beside the weights that cannot be is refused with its name and key",
        arguments: [
            ("[]", "is no JSON object"), ("{", "is no JSON object"),
            (#"{ "architecture": "vit_small_patch16_224" }"#, "its weights are of a vit_tiny_patch16_224"),
            (#"{ "architecture": "resnet50" }"#, "says resnet50"),
            (#"{ "architecture": "x", "pretrained_cfg": { "mean": [0.5, 0.5] } }"#, "mean must be three numbers"),
            (#"{ "architecture": "x", "pretrained_cfg": { "std": [0, 0, 0] } }"#, "std must be three numbers"),
            (#"{ "architecture": "x", "pretrained_cfg": { "std": "half" } }"#, "std must be a list of numbers"),
            (#"{ "architecture": "x", "pretrained_cfg": { "input_size": [3, 224, 448] } }"#, "input_size must be"),
            (#"{ "architecture": "x", "pretrained_cfg": { "input_size": [3, 5000, 5000] } }"#, "8 to 1024 pixels"),
            (#"{ "architecture": "x", "pretrained_cfg": { "input_size": [3, 1e300, 1e300] } }"#, "8 to 1024 pixels"),
            (#"{ "architecture": "x", "pretrained_cfg": { "crop_pct": 40 } }"#, "crop_pct must be from 0.1 to 1"),
            (
                #"{ "architecture": "x", "pretrained_cfg": { "interpolation": "nearest" } }"#,
                "interpolation must be one"
            ),
            (#"{ "architecture": "x", "pretrained_cfg": 7 }"#, "pretrained_cfg must be an object"),
        ])
    func refused(_ text: String, _ words: String) throws {
        let folder = try RunFolder()
        let path = try written("vit_tiny_patch16_224", in: folder, ["config.json": text])
        let error = #expect(throws: LongTailError.self) { try match(path) }
        #expect(error?.problem.contains(words) == true, "\(String(describing: error))")
        #expect(error?.problem.contains("config.json") == true && error?.remedy != nil)
    }

    @Test("Half of a file, positions that are no square and another width are listed, and nothing is taken")
    func halves() throws {
        let changes: [(String, (inout StateDict) -> Void)] = [
            ("missing", { state in state = state.filter { !$0.key.hasPrefix("blocks.7") } }),
            (
                "reshaped",
                { state in
                    state["pos_embed"] = HostTensor(
                        dtype: .float32, shape: [1, 200, 192], bytes: Data(count: 4 * 200 * 192))
                }
            ),
            (
                "reshaped",
                { state in
                    state["blocks.2.mlp.fc1.weight"] = HostTensor(
                        dtype: .float32, shape: [700, 192], bytes: Data(count: 4 * 700 * 192))
                }
            ),
            ("surplus", { state in state["blocks.0.attn.rel_pos"] = floats([1]) }),
        ]
        for (word, change) in changes {
            let folder = try RunFolder()
            let found = try match(written("vit_tiny_patch16_224", in: folder, change: change))
            let counts = [
                "missing": found.plan.missing.count, "surplus": found.plan.surplus.count,
                "reshaped": found.plan.reshaped.count,
            ]
            #expect((counts[word] ?? 0) > 0 && !found.plan.isComplete, "\(word): \(found.plan)")
            #expect(throws: LongTailError.self) { try found.weights() }
        }
    }

    @Test("A pattern fits names part by part") func rules() {
        let rules = NameRules(["a.#.b.*": "x.#.*", "layer_#.c": "c.#", "d": "e"])
        #expect(rules("a.12.b.weight") == "x.12.weight" && rules("a.1.b.c.d") == "x.1.c.d")
        #expect(rules("layer_3.c") == "c.3" && rules("d") == "e")
        for name in ["a.x.b.c", "a.1.b", "a.1", "layer_.c", "layer_3x.c", "d.e", "", "a.１.b.c"] {
            #expect(rules(name) == nil)
        }
    }
}
