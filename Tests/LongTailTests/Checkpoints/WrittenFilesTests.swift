import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// What files of weights hold under the names of their programs.
@Suite struct WrittenFilesTests {
    @Test(
        "What weights do not tell goes with them: import keeps the network and the pictures",
        arguments: [nil, ["a", "b", "c"]])
    func imported(_ names: [String]?) throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write(
            "tf_efficientnet_b0", in: folder,
            ["config.json": #"{ "architecture": "tf_efficientnet_b0", \#(WrittenNetwork.pretrained) }"#])
        let elsewhere = try RunFolder()
        let output = elsewhere.path("own.safetensors")
        try WrittenNetwork.match(path).write(to: output, classNames: names, own: nil)
        let found = try WrittenNetwork.match(output)
        #expect(found.design.name.rawValue == "tf_efficientnet_b0")
        let model = try TrainedModel.open(output)
        #expect(model.checkpoint.info.network.rawValue == "tf_efficientnet_b0")
        #expect(model.recipe.data.mean == [0.5, 0.5, 0.5] && model.recipe.data.cropShare == 0.9)
        #expect(names == nil || model.checkpoint.info.classNames == names)
        // From there by btm's built-in recipe, too.
        #expect(found.overrides.contains("data.crop-share=0.9") && found.overrides.contains("data.image-size=224"))
    }

    @Test("How half a pixel is rounded goes with an imported file", arguments: CropRounding.allCases)
    func cropRounding(_ rounding: CropRounding) throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write(
            "convnext_atto", in: folder,
            [
                "config.json": #"""
                { "architecture": "convnext_atto", "pretrained_cfg": { "crop_rounding": "\#(rounding.rawValue)" } }
                """#
            ])
        let elsewhere = try RunFolder()
        let output = elsewhere.path("own.safetensors")
        try WrittenNetwork.match(path).write(to: output, classNames: nil, own: nil)
        #expect(try TrainedModel.open(output).recipe.data.cropRounding == rounding)
        #expect(try WrittenNetwork.match(output).overrides.contains("data.crop-rounding=\(rounding.rawValue)"))
    }

    @Test("A checkpoint of this program is of the network that it says, with its recipe's pictures") func own() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("vit_base_patch32_clip_quickgelu_224", in: folder)
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
        let found = try WrittenNetwork.match(own)
        #expect(found.design.name.rawValue == "vit_base_patch32_clip_quickgelu_224")
        #expect(found.overrides.last { $0.hasPrefix("data.image-size") } == "data.image-size=160")
    }

    @Test("A model in parts is read by its index, whole") func sharded() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("convnext_atto", in: folder)
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
        let found = try WrittenNetwork.match(folder.path("model.safetensors.index.json"))
        #expect(found.design.name.rawValue == "convnext_atto" && found.plan.isComplete)
    }

    @Test("Two tensors that become one are refused, and none is dropped") func doubled() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("vit_small_patch14_reg4_dinov2_56", in: folder) { state in
            state["register_tokens"] = state["reg_token"]
        }
        let error = #expect(throws: LongTailError.self) { try WrittenNetwork.match(path) }
        #expect(error?.problem.contains("two tensors become reg_token") == true)
    }

    @Test("Registers without positions: the class token takes up its own") func registers() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("vit_small_patch14_reg4_dinov2_56", in: folder) { state in
            state["register_tokens"] = state["reg_token"]
            state["reg_token"] = nil
            state["mask_token"] = HostTensor(dtype: .float32, shape: [1, 384], bytes: Data(count: 4 * 384))
            state["cls_token"] = HostTensor([Double](repeating: 2, count: 384), shape: [1, 1, 384], dtype: .float32)
            state["pos_embed"] = HostTensor(
                (0..<17).flatMap { [Double](repeating: Double($0 + 1), count: 384) }, shape: [1, 17, 384],
                dtype: .float32)
        }
        let found = try WrittenNetwork.match(path)
        #expect(found.design.name.rawValue == "vit_small_patch14_reg4_dinov2_56" && found.plan.isComplete)
        let weights = try found.weights()
        #expect(weights["cls_token"]?.doubles.first == 3)
        #expect(weights["pos_embed"]?.shape == [1, 16, 384] && weights["pos_embed"]?.doubles.first == 2)
    }

    @Test("DINOv3's own names: the joint bias without its part for keys, no periods, no mask") func masked() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("vit_small_plus_patch16_dinov3_qkvb", in: folder) { state in
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
        let found = try WrittenNetwork.match(path)
        #expect(
            found.design.name.rawValue == "vit_small_plus_patch16_dinov3_qkvb" && found.plan.isComplete, "\(found.plan)"
        )
        let weights = try found.weights()
        #expect(weights["blocks.3.attn.q_bias"]?.doubles == [Double](repeating: 3, count: 384))
        #expect(weights["blocks.3.attn.v_bias"]?.doubles == [Double](repeating: 5, count: 384))
        #expect(found.overrides.contains("data.image-size=256"))
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
            let found = try WrittenNetwork.match(
                WrittenNetwork.write("vit_tiny_patch16_224", in: folder, change: change))
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

    @Test(
        "torchvision's names are of networks with torchvision's batch normalisation",
        arguments: ["tv_mobilenetv3_large_100", "tv_mobilenetv3_small_100", "tv_efficientnetv2_s"])
    func torchvision(_ name: String) throws {
        let (shapes, folder) = (try #require(try ForeignFixture.read().whole[name]), try RunFolder())
        let found = try WrittenNetwork.match(try WrittenNetwork.write(shapes, in: folder))
        #expect(found.design.name.rawValue == name && found.classes == 5 && found.plan.isComplete, "\(found.plan)")
        // The same tensors under timm's names are of timm's network.
        let own = StateDict(
            uniqueKeysWithValues: found.imported.tensors.map {
                ($0.key.hasPrefix("fc.") ? $0.key.replacing("fc.", with: "classifier.") : $0.key, $0.value)
            })
        let file = ModelFile.safeTensors(SafeTensors(tensors: own, metadata: [:]))
        let timm = try NetworkMatch(ImportedWeights(file, path: "f"), path: "f")
        #expect(timm.design.name.rawValue == String(name.dropFirst(3)) && timm.plan.isComplete)
    }

    @Test("Angles of rotary positions follow from the grid; frequencies that were learned are not left out")
    func turns() throws {
        let folder = try RunFolder()
        let path = try WrittenNetwork.write("vit_small_patch16_dinov3", in: folder) { state in
            state["rope.periods"] = floats([1])
            state["rope.freqs"] = floats([1])
        }
        #expect(try WrittenNetwork.match(path).plan.surplus == ["rope.freqs"])
    }
}
