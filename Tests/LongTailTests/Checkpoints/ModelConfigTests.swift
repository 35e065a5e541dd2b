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
