import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailFiles
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// What stands beside weights, and what is made of it; that names and numbers are those of the programs shows
/// `scripts/certify networks`.
@Suite struct ModelConfigTests {
    @Test("timm's config.json names the network, how pictures are prepared, and the classes") func timm() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write(
            "vit_tiny_patch16_224", in: folder,
            [
                "config.json": """
                { "architecture": "vit_tiny_patch16_224", "num_classes": 3, "label_names": ["a", "b", "c"], \(WrittenNetwork.pretrained) }
                """
            ])
        let found = try WrittenNetwork.match(path)
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
        let path = try WrittenNetwork.write(name, in: folder)
        #expect(try WrittenNetwork.match(path).design.name.rawValue == first)
        try folder.write("config.json", #"{ "architecture": "\#(name)" }"#)
        #expect(try WrittenNetwork.match(path).design.name.rawValue == name)
        // As the hub calls it.
        try folder.write("config.json", #"{ "architecture": "timm/\#(name).openai_ft_in1k" }"#)
        #expect(try WrittenNetwork.match(path).design.name.rawValue == name)
    }

    @Test("OpenCLIP's config says whether GELU is OpenAI's")
    func openCLIP() throws {
        let clip = try RunFolder()
        let path = try WrittenNetwork.write(
            "vit_base_patch16_clip_224", in: clip,
            [
                "open_clip_config.json": """
                { "model_cfg": { "embed_dim": 512, "quick_gelu": true,
                  "vision_cfg": { "image_size": 224, "layers": 12, "width": 768, "patch_size": 16 } },
                  "preprocess_cfg": { "mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28] } }
                """
            ])
        let found = try WrittenNetwork.match(path)
        #expect(found.design.name.rawValue == "vit_base_patch16_clip_quickgelu_224")
        #expect(found.overrides.contains("data.mean=[0.48,0.46,0.41]"))
    }

    @Test("Of two configs the one that names a network is taken: CLIP's of transformers hides OpenCLIP's not")
    func both() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write(
            "vit_base_patch32_clip_224", in: folder,
            [
                "config.json": #"{ "model_type": "clip" }"#,
                "open_clip_config.json": """
                { "model_cfg": { "quick_gelu": true, "vision_cfg": { "image_size": 224, "width": 768, "patch_size": 32 } } }
                """,
            ])
        #expect(try WrittenNetwork.match(path).design.name.rawValue == "vit_base_patch32_clip_quickgelu_224")
    }

    @Test("timm's crop mode; the one that no step does is refused") func cropMode() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("convnext_atto", in: folder)
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
        let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
        #expect(error?.problem.contains("crop_mode must be center or squash") == true)
    }

    @Test("A network that is not known is refused, though weights of another fit; the user may say which it is")
    func unknown() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write(
            "resnet50d", in: folder, ["config.json": #"{ "architecture": "resnetaa50d" }"#])
        let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
        #expect(error?.problem.contains("resnetaa50d") == true && error?.remedy?.contains("network.name") == true)
        let named = try NetworkMatch(ModelFile.read(path), path, ["network.name=resnet50d"])
        #expect(named.design.name.rawValue == "resnet50d" && named.plan.isComplete)
        try folder.write("config.json", #"{ "architecture": "resnext101_32x4d.gluon_in1k" }"#)
        #expect(try ModelConfig.of(ModelFile.read(path), path)?.architecture?.rawValue == "resnext101-32x4d")
    }

    @Test(
        "What a network was built with that its weights do not tell is its own, or refused",
        arguments: [
            ("resnet18", #""global_pool": "max""#, "global_pool is max"),
            ("resnet18", #""model_args": { "global_pool": "avgmax" }"#, "model_args.global_pool is avgmax"),
            ("resnet18", #""model_args": { "act_layer": "silu" }"#, "model_args.act_layer is silu"),
            ("resnet18", #""model_args": { "act_layer": "relu", "output_stride": 32, "in_chans": 3 }"#, ""),
            ("resnet18", #""model_args": { "output_stride": 16 }"#, "model_args.output_stride is 16"),
            ("resnet18", #""model_args": { "aa_layer": "avg" }"#, "model_args.aa_layer is avg"),
            ("vit_tiny_patch16_224", #""global_pool": "avgmax""#, "global_pool is avgmax"),
            ("vit_tiny_patch16_224", #""model_args": { "num_heads": 6 }"#, "model_args.num_heads is 6"),
            ("vit_tiny_patch16_224", #""model_args": { "num_heads": 3, "act_layer": "gelu" }"#, ""),
            (
                "vit_tiny_patch16_224", #""model_args": { "act_layer": "quick_gelu" }"#,
                "model_args.act_layer is quick_gelu"
            ),
            ("vit_tiny_patch16_224", #""model_args": { "drop_path_rate": 0.1, "dynamic_img_size": true }"#, ""),
            ("efficientnet_b0", #""model_args": { "pad_type": "same" }"#, "model_args.pad_type is same"),
            ("tf_efficientnet_b0", #""model_args": { "pad_type": "same", "act_layer": "swish" }"#, ""),
            ("convnext_atto", #""model_args": { "act_layer": "relu" }"#, "model_args.act_layer is relu"),
        ])
    func arguments(_ name: String, _ text: String, _ problem: String) throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write(
            name, in: folder, ["config.json": #"{ "architecture": "\#(name)", \#(text) }"#])
        guard !problem.isEmpty else {
            #expect(try WrittenNetwork.match(path).design.name.rawValue == name)
            return
        }
        let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
        #expect(
            error?.problem.contains("config.json: \(problem), and \(name) here") == true, "\(String(describing: error))"
        )
    }

    @Test(
        "A tower of OpenCLIP that is built otherwise than CLIP's is refused",
        arguments: [
            #""pool_type": "avg""#, #""head_width": 32"#, #""final_ln_after_pool": true"#,
            #""act_kwargs": { "approximate": "tanh" }"#, #""no_ln_pre": true"#,
        ])
    func towers(_ text: String) throws {
        let folder = try RunFolder()
        func config(_ text: String, _ input: String = "{}") throws {
            try folder.write(
                "open_clip_config.json",
                """
                { "model_cfg": { "vision_cfg": { "image_size": 224, "layers": 12, "width": 768, "patch_size": 32, \(text) } },
                  "preprocess_cfg": \(input) }
                """)
        }
        let path = try WrittenNetwork.write("vit_base_patch32_clip_224", in: folder)
        try config(#""head_width": 64, "pool_type": "tok", "attentional_pool": false, "timm_model_name": null"#)
        #expect(try WrittenNetwork.match(path).design.name.rawValue == "vit_base_patch32_clip_224")
        try config(text)
        let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
        #expect(error?.problem.contains("open_clip_config.json: vision_cfg.") == true, "\(String(describing: error))")
        try config(#""head_width": 64"#, #"{ "resize_mode": "longest" }"#)
        #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
    }

    @Test("The options of timm's trainer say how pictures were prepared, and an arch that is not here is refused")
    func trainers() throws {
        func config(_ root: KeyValuePairs<String, PickleValue>) throws(LongTailError) -> ModelConfig? {
            try ModelConfig(inside: .pyTorch(PyTorchCheckpoint(root: pickled(root))), "m.pth")
        }
        let half = PickleValue.tuple([.float(0.5), .float(0.5), .float(0.5)])
        let sides = PickleValue.list([.int(3), .int(160), .int(160)])
        let options: KeyValuePairs<String, PickleValue> = [
            "mean": half, "std": half, "input_size": sides, "img_size": .none, "crop_pct": .float(0.9),
            "interpolation": .string("bilinear"), "gp": .string("avg"),
        ]
        let found = try #require(try config(["arch": .string("resnet18"), "args": pickled(options)]))
        #expect(found.architecture == .resnet18 && found.size == 160 && found.cropShare == 0.9)
        #expect(found.mean == [0.5, 0.5, 0.5] && found.interpolation == .bilinear && found.stranger == nil)
        let pooled = #expect(throws: LongTailError.self) {
            try config(["arch": .string("resnet18"), "args": pickled(["gp": .string("avgmax")])])
        }
        #expect(pooled?.problem.contains("gp is avgmax") == true)
        #expect(try config(["arch": .string("ResNet-50")])?.architecture == .resnet50)
        // The name of a class, and what is of no family here, say nothing.
        for name in ["resnet", "mobilenetv3", "visiontransformer", "my_net_2"] {
            #expect(try config(["arch": .string(name)]) == nil, "\(name)")
        }
        #expect(try config(["arch": .string("resnetaa34d")])?.stranger == "resnetaa34d")
        let folder = try RunFolder()
        var state: [PickleValue.Entry] = []
        for (name, tensor) in try SafeTensorsFile.read(WrittenNetwork.write("resnet34d", in: folder)).tensors {
            state.append(.init(key: .string(name), value: .tensor(tensor)))
        }
        let file = ModelFile.pyTorch(
            PyTorchCheckpoint(root: pickled(["arch": .string("resnetaa34d"), "state_dict": .dictionary(state)])))
        let error = #expect(throws: LongTailError.self) { try NetworkMatch(file, "m.pth", []) }
        #expect(error?.problem.contains("says that it is a resnetaa34d") == true)
        #expect(error?.remedy?.contains("shapes of a resnet34d") == true)
        #expect(try NetworkMatch(file, "m.pth", ["network.name=resnet34d"]).design.name.rawValue == "resnet34d")
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
            let path = try WrittenNetwork.write(
                name, in: folder,
                ["config.json": #"{ "architecture": "\#(name)", "global_pool": "\#(pool)", "num_classes": 3 }"#])
            #expect(try WrittenNetwork.match(path).design.name.rawValue == expected)
        }
    }

    @Test("Transformers and ConvNeXts are fine-tuned by AdamW; what the user sets holds; other networks keep SGD")
    func training() throws {
        func recipe(_ name: String, _ more: [String] = []) throws -> Recipe {
            let folder = try RunFolder()
            let match = try WrittenNetwork.match(WrittenNetwork.write(name, in: folder))
            return try Recipe.load(
                "folder-train", overrides: match.overrides + match.trainingOverrides(["pre-train", "btm"]) + more)
        }
        let transformer = try recipe("vit_tiny_patch16_224", ["stages.btm.layer-decay=0.6"])
        #expect(transformer.stages.map(\.training.optimizer) == [.adamw, .adamw, .sgd])
        #expect(transformer.stages.map(\.training.layerDecay) == [0.75, 0.6, 1])
        #expect(transformer.stages[0].training.dropPath == 0.1 && transformer.stages[1].training.dropPath == 0)
        #expect(try recipe("vit_tiny_patch16_dinov3_qkvb").stages[0].training.layerDecay == 0.75)
        let folder = try RunFolder()
        let adapted = try WrittenNetwork.match(WrittenNetwork.write("vit_tiny_patch16_224", in: folder))
        #expect(
            adapted.trainingOverrides(["btm"], given: ["stages.btm.trains=adapters"])
                .contains("stages.btm.rate.base=1e-3"))
        // No layer of the body trains: a rate that falls from layer to layer would be an error.
        let adapters = "stages.btm.trains=adapters"
        #expect(
            try Recipe.load(
                "folder-train",
                overrides: adapted.overrides + adapted.trainingOverrides(["pre-train", "btm"], given: [adapters]) + [
                    adapters
                ]
            ).stages.map(\.training.layerDecay) == [0.75, 1, 1])
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
                #"{ "architecture": "x", "pretrained_cfg": { "crop_rounding": "up" } }"#,
                "crop_rounding must be even or down"
            ),
            (
                #"{ "architecture": "x", "pretrained_cfg": { "interpolation": "nearest" } }"#,
                "interpolation must be one"
            ),
            (#"{ "architecture": "x", "pretrained_cfg": 7 }"#, "pretrained_cfg must be an object"),
        ])
    func refused(_ text: String, _ words: String) throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("vit_tiny_patch16_224", in: folder, ["config.json": text])
        let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
        #expect(error?.problem.contains(words) == true, "\(String(describing: error))")
        #expect(error?.problem.contains("config.json") == true && error?.remedy != nil)
    }

    @Test(
        "timm's model_args may say what batch normalisation adds, as for torchvision's weights; another number is refused"
    )
    func batchEps() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("mobilenetv3_small_100", in: folder)
        func config(_ eps: Double, _ name: String = "mobilenetv3_small_100") throws {
            try folder.write("config.json", #"{ "architecture": "\#(name)", "model_args": { "bn_eps": \#(eps) } }"#)
        }
        try config(1e-5)
        #expect(try WrittenNetwork.match(path).design.name.rawValue == "mobilenetv3_small_100")
        try config(1e-3)
        #expect(try WrittenNetwork.match(path).design.name.rawValue == "tv_mobilenetv3_small_100")
        for (eps, name) in [(0.01, "mobilenetv3_small_100"), (1e-3, "mobilenetv3_small_050")] {
            try config(eps, name)
            let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
            #expect(error?.problem.contains("model_args.bn_eps must be the network's own") == true)
        }
    }
}
