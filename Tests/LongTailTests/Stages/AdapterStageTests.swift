import Foundation
import LongTail
import OrderedCollections
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailTraining

/// Stages that train adapters, and members that are adapters alone.
@Suite struct AdapterStageTests {
    private func recipe(_ keys: String, adapters: String = "rank: 2", members: Int = 2) throws(LongTailError) -> Recipe
    {
        try tinyRecipe(
            """
            [ pre-train: { epochs: 1, batch-size: 8, optimizer: adamw, rate: { base: 0.001, warmup: 0, schedule: constant } },
              btm: { members: \(members), images-per-class: 3, epochs: 1, batch-size: 4, keep-members: true, optimizer: adamw,
                rate: { base: 0.01, schedule: constant }, trains: adapters, adapters: { \(adapters) }\(keys) } ]
            """, network: "vit_tiny_patch16_32")
    }

    private func members(_ experiment: Experiment, _ count: Int) throws -> [SafeTensors] {
        try (1...count).map {
            try SafeTensorsFile.read(experiment.run.layout.checkpoint("btm-member-\($0)"))
        }
    }

    /// B·A of a layer, by hand.
    private func product(_ state: StateDict, _ layer: String, scale: Double = 1) throws -> [Double] {
        let (a, b) = (try #require(state["\(layer).lora_A"]), try #require(state["\(layer).lora_B"]))
        let (rows, rank, columns) = (b.shape[0], b.shape[1], a.shape[1])
        let (left, right) = (b.doubles, a.doubles)
        var values = [Double](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for k in 0..<rank {
                for column in 0..<columns {
                    values[row * columns + column] += scale * left[row * rank + k] * right[k * columns + column]
                }
            }
        }
        return values
    }

    @Test("LoRA's members hold their factors and the classifier alone; the mean of their products is in the weights")
    func lora() throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(recipe("", adapters: "rank: 2, scale: 0.5"), at: folder.path("run"))
        let files = try members(experiment, 2)
        for file in files {
            #expect(file.tensors.keys.allSatisfy { $0.contains(".lora_") || isClassifier($0) })
            #expect(file.tensors.count == 12 * 2 * 2 + 2)
        }
        let before = try experiment.weights("pre-train")
        let after = try experiment.weights("btm")
        #expect(Set(after.keys) == Set(before.keys))
        let adapted = changed(before, after)
        #expect(
            adapted
                == Set((0..<12).flatMap { ["blocks.\($0).attn.qkv.weight", "blocks.\($0).attn.proj.weight"] })
                .union(["fc.weight", "fc.bias"]))
        for layer in ["blocks.0.attn.qkv", "blocks.11.attn.proj"] {
            let base = try #require(before["\(layer).weight"]).doubles
            let products = try files.map { try product($0.tensors, layer, scale: 0.5) }
            #expect(products[0] != products[1])
            let wanted = base.indices.map { Float(base[$0] + (products[0][$0] + products[1][$0]) / 2) }
            let found = try #require(after["\(layer).weight"]).doubles.map { Float($0) }
            // To the bit, but where a sum's last bit in float64 decides.
            #expect(zip(found, wanted).count { $0 != $1 } < 5)
            #expect(zip(found, wanted).allSatisfy { abs($0 - $1) <= 1e-7 * max(1, abs($1)) })
        }
        #expect(try Checkpoint.read(experiment.run.layout.checkpoint("btm")).info.adapters == nil)
    }

    @Test("Kept as a factor, the merge has the rank of all members, and the same product") func factor() throws {
        let folder = try RunFolder()
        let folded = try tinyRun(recipe(""), at: folder.path("folded"))
        let kept = try tinyRun(recipe("", adapters: "rank: 2, fold: false"), at: folder.path("kept"))
        let own = try Checkpoint.read(kept.run.layout.checkpoint("btm"))
        #expect(own.info.adapters == Adapters(.lora, rank: 4, scale: 1))
        let (before, after) = (try folded.weights("pre-train"), try folded.weights("btm"))
        let layer = "blocks.5.attn.qkv"
        #expect(own.weights["\(layer).weight"] == before["\(layer).weight"])
        let (base, whole) = (
            try #require(before["\(layer).weight"]).doubles, try #require(after["\(layer).weight"]).doubles
        )
        let change = try product(own.weights, layer)
        #expect(change.indices.allSatisfy { abs(base[$0] + change[$0] - whole[$0]) < 1e-6 })
        #expect(change.contains { abs($0) > 1e-4 })
        // It can be used, and trained on.
        let network = try own.makeNetwork()
        try network.foldAdapters()
        #expect(network.design?.adapters == nil)
    }

    @Test("AdaptFormer's members begin alike and are averaged as they are") func adaptFormer() throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(recipe("", adapters: "kind: adaptformer, rank: 3"), at: folder.path("run"))
        let files = try members(experiment, 2).map(\.tensors)
        let merged = try Checkpoint.read(experiment.run.layout.checkpoint("btm"))
        #expect(merged.info.adapters == Adapters(.adaptformer, rank: 3))
        for name in ["blocks.3.adaptmlp.down_proj.weight", "blocks.3.adaptmlp.up_proj.bias", "fc.weight"] {
            let (a, b) = (try #require(files[0][name]).doubles, try #require(files[1][name]).doubles)
            #expect(a != b)
            let wanted = zip(a, b).map { Float(($0 + $1) / 2) }
            #expect(try #require(merged.weights[name]).doubles.map { Float($0) } == wanted)
        }
        #expect(
            merged.weights["blocks.3.mlp.fc1.weight"]
                == (try experiment.weights("pre-train"))["blocks.3.mlp.fc1.weight"])
    }

    @Test(
        "Kept members are merged again to the same bits; soups and ratios measure whole networks",
        arguments: ["average", "soup-h", "adaptive-g"])
    func mergedAgain(_ strategy: String) throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(recipe(", merge: \(strategy)"), at: folder.path("run"))
        let paths = (1...2).map { experiment.run.layout.checkpoint("btm-member-\($0)") }
        let merge = try #require(MergeStrategy(rawValue: strategy))
        let merged = try KeptMembers(paths).merged(by: merge, buffers: .average, on: experiment.data) { _ in }
        #expect(try merged.weights == experiment.weights("btm"))
        // A member is read with what it stands on.
        let member = try Checkpoint.read(paths[0])
        #expect(member.info.base == nil && member.weights["patch_embed.proj.weight"] != nil)
        _ = try member.makeNetwork()
        let lost = folder.path("alone.safetensors")
        try FileManager.default.copyItem(atPath: paths[0], toPath: lost)
        let error = #expect(throws: LongTailError.self) { try Checkpoint.read(lost) }
        #expect(error?.remedy?.contains("pre-train.safetensors") == true)
    }

    @Test("A member from a shared store stands on the model of the run that takes it, whatever that is called")
    func adopted() throws {
        let folder = try RunFolder()
        let store = folder.path("members")
        let first = try tinyRun(recipe(""), at: folder.path("first"), members: store)
        // The same weights under another name.
        var other = try recipe("")
        other.stages[0].name = "base"
        let taken = try tinyExperiment(other, at: folder.path("second"), members: store)
        let weights = try first.weights("pre-train")
        try Checkpoint(
            info: Checkpoint.read(first.run.layout.checkpoint("pre-train")).info, weights: weights
        ).write(to: taken.run.layout.checkpoint("base"))
        try ResumePoint(position: .init(stage: 1)).write(to: taken.run.layout.resumePoint)
        let second = try Experiment(taken.run, taken.preparation, members: store)
        try second()
        #expect(second.log.contains("taken from the member store"))
        let member = try SafeTensorsFile.read(second.run.layout.checkpoint("btm-member-1"))
        #expect(try Checkpoint(member, "x").info.base?.name == "base")
        #expect(
            try second.weights("btm-member-1") == first.weights("btm-member-1")
                && second.digest("btm") == first.digest("btm"))
        // Another model under the base's name is told.
        var strange = try Checkpoint.read(second.run.layout.checkpoint("base"))
        strange.weights["fc.bias"] = floats([1, 2, 3])
        try strange.write(to: second.run.layout.checkpoint("base"))
        let error = #expect(throws: LongTailError.self) { try second.weights("btm-member-1") }
        #expect(error?.problem.contains("is not the model that they stand on") == true)
    }

    @Test("Files of adapters are merged, mixed, imported and begun with as the networks that they are") func asWholes()
        throws
    {
        let folder = try RunFolder()
        let experiment = try tinyRun(recipe(""), at: folder.path("run"))
        let paths = (1...2).map { experiment.run.layout.checkpoint("btm-member-\($0)") }
        // The plain average of files: that of the folded networks, which is the merge.
        let output = folder.path("mean.safetensors")
        try StreamingMean.merge(paths, to: output)
        let (mean, merged) = (try Checkpoint.read(output), try experiment.weights("btm"))
        #expect(mean.info.adapters == nil && mean.info.base == nil)
        for (name, tensor) in merged {
            let own = try #require(mean.weights[name])
            #expect(zip(own.doubles, tensor.doubles).allSatisfy { abs($0 - $1) <= 2e-7 * max(1, abs($1)) }, "\(name)")
        }
        // A member as a file of weights.
        let match = try NetworkMatch(Checkpoint.openFile(paths[0]), paths[0], [])
        #expect(match.plan.isComplete && match.design.name.rawValue == "vit_tiny_patch16_32")
        // Members of unlike adapters are told apart.
        let other = try tinyRun(recipe("", adapters: "rank: 2, scale: 4"), at: folder.path("other"))
        let error = #expect(throws: LongTailError.self) {
            try KeptMembers([paths[0], other.run.layout.checkpoint("btm-member-2")])
        }
        #expect(error?.problem.contains("its adapters are others") == true)
    }

    @Test("A stage may train other adapters after LoRA that was kept, which is folded before") func again() throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(
            tinyRecipe(
                """
                [ fc: { name: first, epochs: 1, batch-size: 8, trains: adapters, adapters: { rank: 2, fold: false },
                    rate: { base: 0.1, warmup: 0, schedule: constant } },
                  btm: { members: 2, images-per-class: 3, epochs: 1, batch-size: 8, keep-members: true, trains: adapters,
                    adapters: { rank: 3 } } ]
                """, network: "vit_tiny_patch16_32"), at: folder.path("run"))
        let first = try Checkpoint.read(experiment.run.layout.checkpoint("first"))
        #expect(first.info.adapters?.rank == 2)
        let folded = try first.folded()
        let member = try Checkpoint.read(experiment.run.layout.checkpoint("btm-member-2"))
        let layer = "blocks.4.attn.qkv"
        #expect(member.weights["\(layer).weight"] == folded.weights["\(layer).weight"])
        #expect(member.weights["\(layer).lora_A"]?.shape == [3, 192])
        #expect(first.weights["\(layer).weight"] != folded.weights["\(layer).weight"])
    }

    private func twoStages(_ adapters: String, then keys: String, at path: String) throws -> Experiment {
        let rate = "rate: { base: 0.1, warmup: 0, schedule: constant }"
        return try tinyRun(
            tinyRecipe(
                """
                [ fc: { name: first, epochs: 1, batch-size: 8, trains: adapters, adapters: { \(adapters) }, \(rate) },
                  \(keys) } ]
                """.replacing("RATE", with: rate), network: "vit_tiny_patch16_32"), at: path)
    }

    @Test("The last block trains with the adapter that stands on it; those of other blocks stay") func lastBlock()
        throws
    {
        let folder = try RunFolder()
        let experiment = try twoStages(
            "kind: adaptformer, rank: 2", then: "fc: { epochs: 1, batch-size: 8, trains: last-block, RATE",
            at: folder.path("run"))
        let changes = changed(try experiment.weights("first"), try experiment.weights("fc"))
        #expect(changes.contains("blocks.11.adaptmlp.up_proj.weight") && changes.contains("blocks.11.mlp.fc1.weight"))
        #expect(changes.allSatisfy { $0.hasPrefix("blocks.11.") || isClassifier($0) }, "\(changes)")
    }

    @Test("LoRA that was kept becomes part of weights that train, also of members; a stage of the classifier keeps it")
    func folded() throws {
        let folder = try RunFolder()
        let last = try twoStages(
            "rank: 2, fold: false", then: "fc: { epochs: 1, batch-size: 8, trains: last-block, RATE",
            at: folder.path("last"))
        let first = try Checkpoint.read(last.run.layout.checkpoint("first"))
        let after = try Checkpoint.read(last.run.layout.checkpoint("fc"))
        #expect(first.info.adapters != nil && after.info.adapters == nil)
        let changes = changed(try first.folded().weights, after.weights)
        #expect(changes.contains("blocks.11.attn.qkv.weight"))
        #expect(changes.allSatisfy { $0.hasPrefix("blocks.11.") || isClassifier($0) }, "\(changes)")

        let whole = try twoStages(
            "rank: 2, fold: false",
            then: "btm: { members: 2, images-per-class: 3, epochs: 1, batch-size: 8, keep-members: true, RATE",
            at: folder.path("whole"))
        for name in ["btm-member-1", "btm"] {
            let own = try Checkpoint.read(whole.run.layout.checkpoint(name))
            #expect(own.info.adapters == nil && own.weights.keys.allSatisfy { Adapters.layer(of: $0) == nil })
            _ = try own.makeNetwork()
        }

        let head = try twoStages(
            "rank: 2, fold: false", then: "post-train: { epochs: 1, batch-size: 8, RATE", at: folder.path("head"))
        #expect(try Checkpoint.read(head.run.layout.checkpoint("post-train")).info.adapters?.rank == 2)
    }

    @Test("Without one of the members nothing is said of all") func missing() throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(recipe(""), at: folder.path("run"))
        try FileManager.default.removeItem(atPath: experiment.run.layout.checkpoint("btm-member-2"))
        let names = experiment.run.models(members: true)
        let results = try experiment.run.evaluate(names, on: experiment.preparation.test, keeping: nil)
        #expect(results.map(\.name) == ["pre-train", "btm-member-1", "btm"])
    }

    @Test("Members that other runs share are the same ones") func shared() throws {
        let folder = try RunFolder()
        let alone = try tinyRun(recipe(""), at: folder.path("alone"))
        let store = folder.path("members")
        let first = try tinyRun(recipe(""), at: folder.path("first"), members: store)
        let second = try tinyRun(recipe(""), at: folder.path("second"), members: store)
        #expect(second.log.contains("taken from the member store"))
        #expect(try first.digest("btm") == alone.digest("btm") && second.digest("btm") == alone.digest("btm"))
    }

    @Test("What the members say together stands beside the merge") func ensemble() throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(recipe(""), at: folder.path("run"))
        let names = experiment.run.models(members: true)
        #expect(names == ["pre-train", "btm-member-1", "btm-member-2", "btm"])
        let results = try experiment.run.evaluate(names, on: experiment.preparation.test, keeping: nil)
        #expect(results.map(\.name) == ["pre-train", "btm-member-1", "btm-member-2", "btm-ensemble", "btm"])
        // The mean of softmaxes, by hand.
        let test = experiment.preparation.test
        var mean = [Double](repeating: 0, count: 3 * test.count)
        for name in names[1...2] {
            let network = try Checkpoint.read(experiment.run.layout.checkpoint(name)).makeNetwork()
            let logits = try Evaluator(experiment.recipe).logits(network, on: test).map(Double.init)
            for image in 0..<test.count {
                let powers = (0..<3).map { exp(logits[3 * image + $0]) }
                for k in 0..<3 { mean[3 * image + k] += powers[k] / powers.reduce(0, +) / 2 }
            }
        }
        let table = results[3].predictions
        for image in 0..<test.count {
            let row = mean[3 * image..<3 * image + 3]
            let best = try #require(row.max())
            #expect(abs(Double(try #require(table.confidence)[image]) - best) < 1e-5)
            #expect(abs(mean[3 * image + Int(table.predicted[image])] - best) < 1e-6)
        }
    }

    @Test("A stage without members may train adapters, and ends folded") func alone() throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(
            tinyRecipe(
                "[ fc: { epochs: 1, batch-size: 8, trains: adapters, rate: { base: 0.1, warmup: 0, schedule: constant } } ]",
                network: "vit_tiny_patch16_32"), at: folder.path("run"))
        let (before, after) = (try experiment.weights("start"), try experiment.weights("fc"))
        #expect(Set(before.keys) == Set(after.keys))
        #expect(
            changed(before, after).allSatisfy {
                $0.hasSuffix(".attn.qkv.weight") || $0.hasSuffix(".attn.proj.weight") || isClassifier($0)
            })
        #expect(changed(before, after).count > 2)
    }
}
