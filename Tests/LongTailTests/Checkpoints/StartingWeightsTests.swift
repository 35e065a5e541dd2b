import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

struct StartingWeightsTests {
    @Test(
        "RIDE's and BBN's own files begin a run, whose BTM and post-training keep the branches and leave gates alone",
        arguments: [
            (Network.Design(.resnet20, .cosine, .experts(count: 2, isNarrow: true)), true),
            (.init(.resnet20, .linear, .bilateral), false),
        ])
    func branches(_ design: Network.Design, _ hasGates: Bool) throws {
        let folder = try RunFolder()
        let network = try Network(design, classes: 3, seed: 9)
        var draw = WeightInitializer(seed: 1)
        if hasGates { try network.classifier.add(ExpertGates.self, &draw) }
        let own = try network.stateDict()
        let field = own.map { name, tensor in
            name.hasPrefix("fc.") ? ("classifier.\(name.dropFirst(3))", tensor) : ("backbone.\(name)", tensor)
        }
        var recipe = try tinyRecipe(
            "[btm: { members: 2, images-per-class: 4, epochs: 1, batch-size: 8 }, post-train: { method: mislas, epochs: 1, batch-size: 8 }]"
        )
        let path = folder.path("field.safetensors")
        try SafeTensorsFile.write(
            StateDict(field, uniquingKeysWith: { first, _ in first }), metadata: [:], to: path)
        recipe.network.checkpoint = path
        let start = try StartingWeights.make(recipe, tinyData(recipe))
        #expect(start.info.design == design)
        #expect(start.weights == own)
        let experiment = try tinyExperiment(recipe, at: folder.path("run"))
        try experiment()
        let last = try Checkpoint.read(experiment.run.layout.checkpoint("post-train"))
        #expect(last.info.design == design)
        let gates = own.keys.filter { $0.hasPrefix("expert_help_pred") }
        #expect(gates.isEmpty != hasGates && gates.allSatisfy { last.weights[$0] == own[$0] })
        #expect(last.weights["conv1.weight"] != own["conv1.weight"] && last.weights["learned_norm"] != nil)
        _ = try last.makeNetwork()
    }
}
