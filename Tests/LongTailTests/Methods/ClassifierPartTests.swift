import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// A bias per class on the logits, which no list of the house knows.
private final class Tilt: ClassifierPart {
    static let name = "tilt"
    static let prefixes = ["tilt."]
    private let bias: Parameter

    init(_ shape: Classifier.Shape, _ draw: inout WeightInitializer) throws(LongTailError) {
        bias = try Parameter(.zeros([1, shape.classes]))
    }

    var children: [(name: String, child: ModuleChild)] { [("tilt.bias", .parameter(bias))] }
    var classDimensions: [String: Int] { ["tilt.bias": 1] }
    var effect: ClassifierEffect { .logits { (logits) throws(LongTailError) in try logits.add(self.bias.tensor) } }
}

private struct Tilting: LossMethod {
    static let name = "tilting"
    static let summary = "a bias per class"
    static let page = MethodPage("", "", 2026, stages: "", recipe: nil, idea: "", formula: "")
    static let fields: [RecipeField<Tilting>] = []
    static var parts: [any ClassifierPart.Type] { [Tilt.self] }

    func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try network.classifier.add(Tilt.self, &draw)
    }
}

@Suite struct ClassifierPartTests {
    @Test("A method of another house brings its part: it trains, goes on in later stages, and is opened again")
    func outsider() throws {
        let folder = try RunFolder()
        let stage = "epochs: 1, batch-size: 8, rate: { base: 0.1, schedule: constant, warmup: 0 }"
        var recipe = try tinyRecipe(
            "[pre-train: { name: a, \(stage) }, pre-train: { name: b, \(stage) }, pre-train: { name: c, \(stage) }]")
        recipe.stages[1].method = Tilting()
        let experiment = try tinyRun(recipe, at: folder.path("run"))
        let biases = try ["a", "b", "c"].map { try experiment.weights($0)["tilt.bias"]?.doubles }
        #expect(biases[0] == nil)
        #expect(try #require(biases[1]).contains { $0 != 0 } && biases[1] != biases[2] && biases[2] != nil)
        let checkpoint = try Checkpoint.read(experiment.run.layout.checkpoint("c"))
        #expect(try checkpoint.makeNetwork(recipe.words).stateDict() == checkpoint.weights)
        let refusal = mergingFailure { () throws(LongTailError) in _ = try checkpoint.makeNetwork() }
        #expect(refusal?.description.contains("tilt.bias") == true)
        let moved = try HeadOrder.reordered(checkpoint.weights, rows: [2, 0, 1], parts: recipe.words.parts)
        let bias = try #require(biases[2])
        #expect(moved["tilt.bias"]?.doubles == [bias[2], bias[0], bias[1]])
    }

    @Test("A part of another house is a word of trains, where its method is known") func trainsAlone() throws {
        let folder = try RunFolder()
        let text = """
            data: { name: glyphs, classes: 3, images-per-class: 8, test-images-per-class: 2 }
            network: { name: resnet20 }
            precision: float32
            stages:
              - pre-train: { name: a, method: tilting, epochs: 1, batch-size: 8 }
              - pre-train:
                  name: b
                  method: tilting
                  trains: tilt
                  batch-norm: evaluate
                  epochs: 1
                  batch-size: 8
                  rate: { base: 0.1, schedule: constant, warmup: 0 }
            """
        let message = mergingFailure { () throws(LongTailError) in
            _ = try Recipe.parse(text.replacing("method: tilting", with: "method: ce"))
        }
        #expect(message?.description.contains("trains cannot be 'tilt'") == true)
        var registry = Registry()
        registry.methods = [Tilting.self]
        let recipe = try Recipe.parse(text, registry: registry)
        #expect(recipe.yaml.contains("trains: tilt"))
        let experiment = try tinyRun(recipe, at: folder.path("run"))
        let (before, after) = (try experiment.weights("a"), try experiment.weights("b"))
        #expect(after.keys.filter { before[$0] != after[$0] } == ["tilt.bias"])
    }

    @Test("Parts act, and stand in the state dict, in one order, whichever came first") func order() throws {
        let features = try Formula.tensor(3, [4, 64], dtype: .float32)
        func network(_ parts: [any ClassifierPart.Type]) throws(LongTailError) -> Network {
            let network = try Network(.resnet20, classifier: .linear, classes: 3, seed: 1)
            for part in parts {
                var draw = WeightInitializer(seed: 2)
                try network.classifier.add(part, &draw)
            }
            var state = try network.stateDict()
            for name in ["learned_norm", "logit_scale", "logit_bias"] {
                state[name] = Formula.host(name.count, [1, 3], offset: 1, dtype: .float32)
            }
            try network.load(state)
            return network
        }
        let one = try network([ClassScale.self, DisAlignHead.self])
        let other = try network([DisAlignHead.self, ClassScale.self])
        #expect(try one.stateDict() == other.stateDict() && one.stateDict().keys == other.stateDict().keys)
        #expect(try one.classifier(features).host() == other.classifier(features).host())
        let own = try one.stateDict().keys.filter { !$0.contains("layer") || $0.contains("confidence") }
        #expect(own.suffix(7).prefix(4) == ["learned_norm", "fc.weight", "fc.bias", "logit_scale"])
    }

    @Test("Class means take the layer's place, know their kind, and give way to a drawn classifier") func means() throws
    {
        var draw = WeightInitializer(seed: 1)
        var network = try Network(.resnet20, classifier: .cosine, classes: 3, seed: 1)
        try MiSLAS().prepare(&network, &draw)
        try NCM().prepare(&network, &draw)
        let state = try network.stateDict()
        #expect(state.keys.filter { !$0.contains("layer") }.suffix(2) == ["fc.means", "fc.centre"])
        #expect(state["learned_norm"] == nil && state["fc.weight"] == nil)
        let design = try #require(network.design)
        #expect(design.classifier == .brought("nearest-mean"))
        let info = Checkpoint.Info(design, classNames: ["a", "b", "c"], listHash: nil, stage: "s")
        let opened = try Checkpoint(info: info, weights: state).makeNetwork()
        #expect(try opened.design == design && opened.stateDict() == state && opened.copy().stateDict() == state)
        let unknown = mergingFailure { () throws(LongTailError) in
            _ = try Checkpoint(info: info, weights: state).makeNetwork(Registry(), parts: [ClassScale.self])
        }
        #expect(unknown?.description.contains("the classifier is of the kind nearest-mean") == true)
        try CRT().prepare(&network, &draw)
        #expect(network.classifier.kind == .linear && network.design?.classifier == .linear)
        var experts = try Network(.init(.resnet20, .cosine, .experts(count: 2, isNarrow: true)), classes: 3, seed: 1)
        let refusal = mergingFailure { () throws(LongTailError) in try NCM().prepare(&experts, &draw) }
        #expect(refusal?.description.contains("after a stage whose method makes no experts") == true)
    }
}
