import LongTail
import OrderedCollections
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct MethodTests {
    private func network() throws(LongTailError) -> Network {
        try Network(.resnet20, classifier: .linear, classes: 3, seed: 7)
    }

    @Test("Methods are found by the word in a recipe") func registry() {
        #expect(Set(Methods.names).count == Methods.all.count)
        #expect(Methods.names.starts(with: ["ce", "bsce"]))
        #expect(Methods.named("mislas") == MiSLAS.self)
        #expect(Methods.named("nothing") == nil)
    }

    @Test("Cross-entropy leaves the network as it is and trains everything at one rate") func crossEntropy() throws {
        var network = try network()
        let before = try network.stateDict()
        var draw = WeightInitializer(seed: 1)
        try CrossEntropy().prepare(&network, &draw)
        #expect(try network.stateDict() == before)
        #expect(CrossEntropy().learningRateMultiplier(for: .classifier) == 1 && CrossEntropy().extraSteps == 0)
        #expect(StageRecipe(.preTrain).training.trains == .all)
    }

    @Test("cRT puts a fresh classifier in the place of the old one, drawn from the stage's seed") func crt() throws {
        let before = try network().stateDict()
        func renewed(_ seed: UInt64) throws(LongTailError) -> StateDict {
            var network = try network()
            var draw = WeightInitializer(seed: seed)
            try CRT().prepare(&network, &draw)
            return try network.stateDict()
        }
        let state = try renewed(1)
        for (name, tensor) in state {
            #expect((tensor == before[name]) == !name.hasPrefix("fc."), "\(name)")
        }
        #expect(try renewed(1) == state)
        #expect(try renewed(2)["fc.weight"] != state["fc.weight"])
        let stage = StageRecipe(.postTrain, method: CRT.self)
        #expect(stage.training.trains == .classifier)
        #expect(stage.training.sampler == .classAware)
        #expect(stage.training.batchNorm == .shift)
    }

    @Test("MiSLAS keeps the classifier and puts a scale of ones on it, unless told not to") func mislas() throws {
        var network = try network()
        let before = try network.stateDict()
        var draw = WeightInitializer(seed: 1)
        var method = MiSLAS()
        method.scale = false
        try method.prepare(&network, &draw)
        #expect(try network.stateDict() == before)
        try MiSLAS().prepare(&network, &draw)
        var state = try network.stateDict()
        #expect(state.removeValue(forKey: "learned_norm") == HostTensor([1, 1, 1], shape: [1, 3], dtype: .float32))
        #expect(state == before)
        // A second stage goes on with the scale that is there.
        try withoutGradients { () throws(LongTailError) in
            _ = try network.classifier.part(ClassScale.self)?.scale.tensor.mul_(2)
        }
        try MiSLAS().prepare(&network, &draw)
        #expect(try network.stateDict()["learned_norm"]?.doubles == [2, 2, 2])
        #expect(MiSLAS().learningRateMultiplier(for: .classifier) == 0.2)
        #expect(MiSLAS().learningRateMultiplier(for: .part(ClassScale.name)) == 1)
        #expect(MiSLAS().extraSteps == 1)
    }
}
