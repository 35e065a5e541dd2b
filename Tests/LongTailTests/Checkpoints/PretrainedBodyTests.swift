import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

struct PretrainedBodyTests {
    private let folder: RunFolder
    init() throws { folder = try RunFolder() }

    private func file(_ state: StateDict) throws(LongTailError) -> String {
        let path = folder.path("pretrained.safetensors")
        try SafeTensorsFile.write(state, metadata: [:], to: path)
        return path
    }

    @Test("network.weights gives the body; a classifier of other classes stays as drawn, and the log says so")
    func body() throws {
        let other = try Network(.resnet20, classifier: .linear, classes: 100, seed: 9).stateDict()
        let path = try file(other)
        let plain = try tinyRecipe("[fc: {}]")
        var recipe = plain
        recipe.network.weights = path
        let data = try tinyData(recipe)
        var notes: [String] = []
        let start = try StartingWeights.make(recipe, data) { (text) throws(LongTailError) in notes.append(text) }
        let drawn = try StartingWeights.make(plain, data)
        #expect(start.weights.keys == drawn.weights.keys)
        for (name, tensor) in start.weights {
            #expect(tensor == (name.hasPrefix("fc.") ? drawn.weights[name] : other[name]), "\(name)")
        }
        #expect(
            notes == [
                "\(path): state dict, \(other.count - 2) tensors taken for the body from the file "
                    + "itself; left out: fc.* (2); drawn: fc.* (2)"
            ])
    }

    @Test("A classifier of as many classes is taken too; a body of another network is refused with the lists")
    func strict() throws {
        var recipe = try tinyRecipe("[fc: {}]")
        let same = try Network(.resnet20, classifier: .linear, classes: 3, seed: 9).stateDict()
        recipe.network.weights = try file(same)
        #expect(try StartingWeights.make(recipe, tinyData(recipe)).weights == same)
        let deeper = try Network(.resnet32, classifier: .linear, classes: 100, seed: 9).stateDict()
        recipe.network.weights = try file(deeper)
        let refusal = failure { () throws(LongTailError) in _ = try StartingWeights.make(recipe, tinyData(recipe)) }
        #expect(refusal?.description.contains("pretrained.safetensors: the weights do not fit the network") == true)
        #expect(refusal?.description.contains("surplus: layer1.3.conv1.weight") == true)
    }

    @Test("The Places layout leaves torchvision's last bottleneck and classifier out and draws its own block")
    func places() throws {
        var draw = WeightInitializer(seed: 1)
        let backbone = try ResNetPlaces(.init(.bottleneck, [1, 1, 1, 2], width: 8), &draw)
        let drawn = try Network(backbone: backbone, classifier: .linear, classes: 5, &draw).stateDict()
        let body = try ResNet(.init(.bottleneck, [1, 1, 1, 3], width: 8), &draw)
        let other = try Network(backbone: body, classifier: .linear, classes: 5, &draw).stateDict()
        var recipe = NetworkRecipe()
        recipe.name = .resnet152Places
        let start = try PretrainedBody(drawn, recipe, ModelFile.read(file(other)), path: file(other))
        #expect(start.weights.keys == drawn.keys)
        for (name, tensor) in start.weights {
            let isDrawn = name.hasPrefix("block.") || name.hasPrefix("fc.")
            #expect(tensor == (isDrawn ? drawn : other)[name], "\(name)")
        }
        #expect(start.remark.contains("left out: layer4.2.* (18), fc.* (2); drawn: block.* (18), fc.* (2)"))
    }

    @Test("A recipe has one start: checkpoint or weights") func conflict() {
        let message = failure { () throws(LongTailError) in
            _ = try Recipe.parse(
                "{ data: { name: glyphs }, network: { checkpoint: a, weights: b }, stages: [fc: {}] }")
        }?.description
        #expect(message?.contains("network.weights") == true && message?.contains("one start only") == true)
    }
}
