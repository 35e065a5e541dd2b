import Foundation
import LongTail
import Testing

extension BadInput {
    /// Weights of a network under timm's names in a file of a folder, changed, with a config beside them.
    private static func weights(
        _ desk: Desk, _ name: String, config: String? = nil, classes: Int = 3,
        _ change: (inout StateDict) -> Void = { _ in }
    ) throws -> String {
        var draw = WeightInitializer.shapes
        let network = try Network(
            #require(Network.Architecture(rawValue: name)), classifier: .linear, classes: classes, &draw)
        var state = StateDict()
        for (name, tensor) in try network.namedTensors() {
            let dtype = tensor.dtype ?? .float32
            state[name.replacing("fc.", with: "head.")] = HostTensor(
                dtype: dtype, shape: tensor.shape, bytes: Data(count: tensor.count * dtype.size))
        }
        change(&state)
        if let config { _ = try desk.write(config, as: "config.json") }
        try SafeTensorsFile.write(state, metadata: [:], to: desk.at("model.safetensors"))
        return desk.at("model.safetensors")
    }

    /// A file of weights that cannot become this program's.
    private static func file(
        _ name: String, of network: String = "vit_tiny_patch16_224", config: String? = nil, says: [String],
        _ change: @escaping @Sendable (inout StateDict) -> Void = { _ in }
    ) -> BadInput {
        BadInput(name, 3, says, hasOutput: true) { desk in
            ["import", try weights(desk, network, config: config, change), "--output", desk.at("own.safetensors")]
        }
    }

    /// A stage that cannot be.
    private static func stage(_ name: String, _ keys: String, _ says: [String])
        -> BadInput
    {
        BadInput(name, 2, says) { desk in
            let text = Tiny.recipe(
                stages: Tiny.preTrain.replacing("epochs: 3", with: "epochs: 3, \(keys)"))
            return ["train", try desk.write(text, as: "bad.yaml"), "--run", desk.at("run")]
        }
    }

    /// A BTM stage that cannot be, behind one that can.
    private static func merging(_ name: String, _ keys: String, _ says: [String]) -> BadInput {
        BadInput(name, 2, says) { desk in
            let text = Tiny.recipe(stages: Tiny.preTrain + "  - btm: { \(keys) }\n")
            return ["train", try desk.write(text, as: "bad.yaml"), "--run", desk.at("run")]
        }
    }

    private static func zeros(_ shape: [Int]) -> HostTensor {
        HostTensor(dtype: .float32, shape: shape, bytes: Data(count: 4 * shape.reduce(1, *)))
    }

    /// A model in two parts with an index, changed before it is imported.
    private static func parts(
        _ name: String, says: [String], read: String = "model.safetensors.index.json",
        _ change: @escaping @Sendable (Desk) throws -> Void
    ) -> BadInput {
        BadInput(name, 3, says, hasOutput: true) { desk in
            let path = try weights(desk, "vit_tiny_patch16_224")
            let state = try SafeTensorsFile.read(path).tensors
            let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
            var (map, halves): ([String: String], [StateDict]) = ([:], [[:], [:]])
            for (place, (name, tensor)) in state.enumerated() {
                let half = 2 * place / state.count
                map[name] = names[half]
                halves[half][name] = tensor
            }
            for (name, half) in zip(names, halves) { try SafeTensorsFile.write(half, to: desk.at(name)) }
            let index = try JSONSerialization.data(withJSONObject: ["weight_map": map], options: [.sortedKeys])
            _ = try desk.write(String(decoding: index, as: UTF8.self), as: "model.safetensors.index.json")
            try FileManager.default.removeItem(atPath: path)
            try change(desk)
            return ["import", desk.at(read), "--output", desk.at("own.safetensors")]
        }
    }

    static let networks: [BadInput] = [
        parts(
            "a model in parts of which one is missing",
            says: ["model-00002-of-00002.safetensors", "missing", "Download all of the parts"]
        ) { try FileManager.default.removeItem(atPath: $0.at("model-00002-of-00002.safetensors")) },
        parts(
            "a part of a model in place of its index",
            says: ["is part 00001 of 00002", "model.safetensors.index.json"],
            read: "model-00001-of-00002.safetensors"
        ) { _ in },
        parts("an index whose part lies elsewhere", says: ["names a part in another folder", "../x.safetensors"]) {
            _ = try $0.write(
                #"{ "weight_map": { "a": "../x.safetensors" } }"#, as: "model.safetensors.index.json")
        },
        parts("an index that names no tensor", says: ["names no tensor"]) {
            _ = try $0.write(#"{ "weight_map": {} }"#, as: "model.safetensors.index.json")
        },
        parts("an index of another model's parts", says: ["blocks.0.attn.proj.bias", "not of one model"]) { desk in
            let path = desk.at("model.safetensors.index.json")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            _ = try desk.write(
                text.replacing("blocks.0.attn.proj.bias", with: "blocks.0.attn.proj.bias2"),
                as: "model.safetensors.index.json")
        },
        file(
            "a network that is not known, with the tensors of one that is", of: "resnet50d",
            config: #"{ "architecture": "resnetaa50d" }"#, says: ["resnetaa50d", "not among the networks"]),
        file(
            "a crop that no step does",
            config: #"{ "architecture": "x", "pretrained_cfg": { "crop_mode": "border" } }"#,
            says: ["crop_mode must be center or squash"]),
        file(
            "an activation that no network here has", config: #"{ "model_type": "vit", "hidden_act": "quick_gelu" }"#,
            says: ["config.json", "hidden_act must be gelu: no vit here has quick_gelu"]),
        file(
            "a normalisation that no network here has", config: #"{ "model_type": "vit", "layer_norm_eps": 0.1 }"#,
            says: ["config.json", "layer_norm_eps must be at most 1e-6"]),
        file(
            "a batch normalisation that no network here has", of: "mobilenetv3_small_100",
            config: #"{ "architecture": "mobilenetv3_small_100", "model_args": { "bn_eps": 0.01 } }"#,
            says: ["config.json", "model_args.bn_eps must be the network's own"]),
        file(
            "registers under two names", of: "vit_small_patch14_reg4_dinov2_56", says: ["two tensors become reg_token"]
        ) { $0["register_tokens"] = $0["reg_token"] },
        stage(
            "adapters on a network without blocks", "trains: adapters",
            ["trains is adapters", "blocks of transformers"]),
        stage(
            "adapters of rank 0", "trains: adapters, adapters: { rank: 0 }",
            ["stages[0].pre-train.adapters.rank", "1 to 4096"]),
        stage(
            "an average of LoRA's factors", "trains: adapters, average: ema", ["average", "is of LoRA's factors"]),
        stage(
            "adapters that do not train", "adapters: { kind: lora }",
            ["adapters stand there, and what trains is all", "Set trains to adapters"]),
        stage(
            "layers for AdaptFormer, which has its own place",
            "trains: adapters, adapters: { kind: adaptformer, layers: all }",
            ["adapters.layers is LoRA's"]),
        stage(
            "a rate by layers where no layer of the body trains", "trains: classifier, layer-decay: 0.7",
            ["layer-decay is of layers of the body that train"]),
        stage(
            "SGD's momentum in AdamW", "optimizer: adamw, momentum: 0.8", ["momentum is SGD's", "AdamW has betas"]),
        stage("AdamW's betas in SGD", "betas: [0.8, 0.9]", ["betas are AdamW's", "Set optimizer to adamw"]),
        stage(
            "a share for an average that is not made", "average-decay: 0.9", ["average-decay is of average: ema"]),
        stage(
            "images of one class in a row, shuffled", "images-per-draw: 2",
            ["images-per-draw is of sampler: class-aware"]),
        stage(
            "AdaptFormer that is to be folded", "trains: adapters, adapters: { kind: adaptformer, fold: false }",
            ["adapters.fold is LoRA's"]),
        stage("a begin for an average that is not made", "average-from: 0.5", ["average-from is of average: swa"]),
        merging(
            "a factor without milestones", "rate: { factor: 0.2 }", ["stages[1].btm.rate.factor is of schedule: steps"]),
        merging(
            "milestones of a cosine", "rate: { milestones: [5] }",
            ["stages[1].btm.rate.milestones are of schedule: steps"]),
        stage(
            "blocks run twice that no gradient goes through", "trains: classifier, recompute: true",
            ["recompute keeps less of blocks that gradients go through"]),
        stage("adapters of no known kind", "adapters: { kind: prefix }", ["adapters.kind cannot be 'prefix'"]),
        stage(
            "blocks run twice that have running statistics", "recompute: true",
            ["recompute", "statistics that would move twice"]),
        file(
            "a config of another network", config: #"{ "architecture": "vit_small_patch16_224" }"#,
            says: ["model.safetensors", "vit_tiny_patch16_224", "config.json", "vit_small_patch16_224"]),
        file(
            "a config of another family", config: #"{ "architecture": "resnet50" }"#,
            says: ["weights are of a vit_tiny_patch16_224", "says resnet50"]),
        file("a config that is no JSON", config: "{ architecture", says: ["config.json", "no JSON object"]),
        file(
            "a mean of two colours", config: #"{ "architecture": "x", "pretrained_cfg": { "mean": [0.5, 0.5] } }"#,
            says: ["config.json", "mean must be three numbers"]),
        file(
            "a picture that is no square",
            config: #"{ "architecture": "x", "pretrained_cfg": { "input_size": [3, 224, 448] } }"#,
            says: ["config.json", "input_size must be"]),
        file(
            "an interpolation that is not known",
            config: #"{ "architecture": "x", "pretrained_cfg": { "interpolation": "nearest" } }"#,
            says: ["interpolation must be one of bilinear, bicubic, lanczos"]),
        file("half of a sharded file", says: ["missing", "blocks.6.norm1.weight"]) { state in
            state = state.filter { name, _ in
                !["6", "7", "8", "9", "10", "11"].contains { name.hasPrefix("blocks.\($0).") }
            }
        },
        file("a transformer whose positions are no square", says: ["pos_embed", "[1, 200, 192]"]) { state in
            state["pos_embed"] = zeros([1, 200, 192])
        },
        file("a perceptron of another width", says: ["blocks.2.mlp.fc1.weight", "[700, 192]"]) { state in
            state["blocks.2.mlp.fc1.weight"] = zeros([700, 192])
        },
        file("a table of relative positions", says: ["surplus", "blocks.0.attn.relative_position_bias_table"]) {
            state in
            state["blocks.0.attn.relative_position_bias_table"] = zeros([732, 3])
        },
        file("a ConvNeXt with a block too many", of: "convnext_atto", says: ["surplus", "stages.2.blocks.6"]) { state in
            for (name, tensor) in state where name.hasPrefix("stages.2.blocks.5.") {
                state[name.replacing("blocks.5.", with: "blocks.6.")] = tensor
            }
        },
        BadInput("a head of another width", 3, ["fc.weight", "[7, 192]", "[3, 192]"]) { desk in
            let path = try weights(desk, "vit_tiny_patch16_224", classes: 7)
            let text = Tiny.recipe(
                network: "vit_tiny_patch16_224, checkpoint: \(path)",
                stages: Tiny.preTrain)
            return ["train", try desk.write(text, as: "bad.yaml"), "--run", desk.at("run")]
        },
        BadInput("a network that is not there", 2, ["bad.yaml:2:", "vit_base_patch16_225", "Did you mean"]) { desk in
            [
                "train",
                try desk.write(Tiny.recipe(network: "vit_base_patch16_225", stages: Tiny.preTrain), as: "bad.yaml"),
            ]
        },
        stage("SAM with gradient clipping of zero", "sam: 0.05, clip: 0", ["stages[0].pre-train.clip", "from 1e-06"]),
        stage("SAM beside SWA", "sam: 0.05, average: swa", ["sam", "stands beside average: swa"]),
        stage("Nesterov in AdamW", "optimizer: adamw, nesterov: true", ["nesterov is SGD's"]),
        stage("one beta", "optimizer: adamw, betas: [0.9]", ["betas must be two numbers"]),
        stage(
            "drop path in a network without such blocks", "drop-path: 0.1",
            ["stages[0].pre-train.drop-path", "resnet20 has none", "Set drop-path to 0"]),
        BadInput("a network of the field for timm", 2, ["timm has no network resnet20", "Export it as ONNX"]) { desk in
            ["export", try FinishedRun.shared.get().path, "--format", "timm", "--output", desk.at("folder")]
        },
    ]
}
