import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite(.serialized) struct PrecisionTests {
    private static let slow = Processor(name: "", architecture: "x86_64", features: ["avx2", "fma"])
    private static let quick = Processor(
        name: "", architecture: "x86_64",
        features: ["avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16"])

    @Test("auto is what the processor multiplies; a named one stays") func resolved() {
        #expect(ComputePrecision.auto.resolved(on: .cpu, processor: Self.quick) == .bfloat16)
        #expect(ComputePrecision.auto.resolved(on: .cpu, processor: Self.slow) == .float32)
        #expect(ComputePrecision.auto.resolved(on: .meta, processor: Self.quick) == .float32)
        for processor in [Self.slow, Self.quick] {
            #expect(ComputePrecision.bfloat16.resolved(on: .cpu, processor: processor) == .bfloat16)
            #expect(ComputePrecision.float32.resolved(on: .cpu, processor: processor) == .float32)
        }
    }

    @Test("Only a bfloat16 by name on a processor without it is warned of, with the factor") func warning() throws {
        #expect(try ComputePrecision.bfloat16.warning(on: .cpu, processor: Self.quick) == nil)
        #expect(try ComputePrecision.auto.warning(on: .cpu, processor: Self.slow) == nil)
        #expect(try ComputePrecision.float32.warning(on: .cpu, processor: Self.slow) == nil)
        let text = try #require(try ComputePrecision.bfloat16.warning(on: .cpu, processor: Self.slow))
        #expect(text.hasPrefix("precision bfloat16 is imitated on this processor (avx2)"))
        #expect(text.contains("times as long as in float32"))
    }

    @Test("A run's recipe holds what auto became, and its members' keys differ by it") func recorded() throws {
        let folder = try RunFolder()
        let recipe = try tinyRecipe("[pre-train: { epochs: 1, batch-size: 8, rate: { warmup: 0 } }]", precision: .auto)
        let experiment = try tinyExperiment(recipe, at: folder.path("run"))
        let expected = ComputePrecision.auto.resolved
        #expect(expected != .auto && experiment.recipe.precision == expected)
        #expect(try Run.open(at: folder.path("run")).recipe.precision == expected)
        #expect(try Run.open(at: folder.path("run")).recipe.evaluation.precision == .auto)
        let network = try Network(.resnet20, classifier: .linear, classes: 3, seed: 0)
        let input = try Checkpoint(
            Checkpoint.Info(try #require(network.design), classNames: ["a", "b", "c"], listHash: nil, stage: "s"),
            network)
        func key(_ precision: ComputePrecision) throws -> String {
            var recipe = recipe
            recipe.precision = precision
            return MemberStore.key(StageRecipe(.btm), input, recipe.resolved, listHash: "", member: 0)
        }
        #expect(try key(.float32) != key(.bfloat16) && key(.auto) == key(expected))
    }

    @Test("A folded evaluation gives the logits of the separate layers: 1e-5 in float32") func folded() throws {
        try Engine.setThreads(1)
        let network = try Network(.resnet32, classifier: .linear, classes: 10, seed: 1)
        try Formula.fill(network)
        try network.setTraining(false)
        let images = try Formula.tensor(3, [16, 3, 32, 32], dtype: .float32).contiguous(.channelsLast)
        try withInferenceMode { () throws(LongTailError) in
            let separate = try network.predict(images).host()
            let folded = try network.folded(in: .float32) { () throws(LongTailError) in
                try network.predict(images).host()
            }
            #expect(separate != folded)
            #expect(relativeError(folded, separate) < 1e-5)
        }
    }
}
