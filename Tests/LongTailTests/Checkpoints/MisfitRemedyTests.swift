import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments

/// What helps when weights do not fit: words that fit the case.
struct MisfitRemedyTests {
    private func remedy(_ state: FieldState, as network: Network.Architecture? = nil) throws -> String {
        let match = try NetworkMatch(imported(state), network: network, path: "f")
        return mergingFailure { () throws(LongTailError) in _ = try match.weights() }?
            .description(onCommandLineOf: "longtail") ?? "accepted"
    }

    @Test("A body without a classifier is told how to get one; no network is asked for") func body() throws {
        let own = try FieldState(.resnet18)
        for state in [
            own.body, own.body.under("resnet."), own.body.with(["projection_head.0.weight": [8, 512]]),
            own.body.under("encoder_q.").with(["queue": [8, 8], "encoder_q.fc.0.weight": [8, 512]]),
        ] {
            let words = try remedy(state)
            #expect(words.contains("a body without a classifier"))
            #expect(words.contains("longtail train PHOTOS --weights FILE") && words.contains("network.weights"))
            #expect(!words.contains("Name the network"))
        }
    }

    @Test("A head of several layers is told from a single one") func heads() throws {
        let own = try FieldState(.resnet18)
        for state in [
            own.body.with(["fc.0.weight": [64, 512], "fc.2.weight": [4, 64]]),
            own.body.under("backbone.").with(["head.mlp.0.weight": [64, 512], "head.last_layer.weight": [4, 64]]),
            own.body.with(["classifier.1.weight": [512], "classifier.2.weight": [4, 512], "classifier.2.bias": [4]]),
        ] {
            let words = try remedy(state)
            #expect(words.contains("is of several layers (fc.") && words.contains("one linear layer"), "\(words)")
        }
    }

    @Test("Networks that are not known are told by what betrays them") func others() throws {
        let own = try FieldState(.resnet18)
        let deep = own.renamed { $0 == "conv1.weight" ? "conv1.0.weight" : $0 }
        let excited = own.with(["layer1.0.se.fc1.weight": [4, 64, 1, 1], "layer1.0.se.fc2.weight": [64, 4, 1, 1]])
        let grouped = own.renamed { $0.contains("running") || $0.contains("num_batches") ? nil : $0 }
        var small = own
        small.tensors["conv1.weight"] = FieldState.tensor([64, 3, 3, 3])
        for (state, words) in [
            (deep, "a stem of several convolutions"), (excited, "squeeze and excitation"),
            (grouped, "group normalisation"), (small, "a first convolution of 3×3"),
        ] {
            let text = try remedy(state)
            #expect(
                text.contains(words) && text.contains("networks") && !text.contains("Name the network"),
                "\(text)")
        }
    }

    @Test("Grey stems are told with the lines of Python that make them three channels") func channels() throws {
        var own = try FieldState(.resnet18)
        own.tensors["conv1.weight"] = FieldState.tensor([64, 1, 7, 7])
        #expect(try remedy(own).contains(".repeat(1, 3, 1, 1) / 3"))
        own.tensors["conv1.weight"] = FieldState.tensor([64, 5, 7, 7])
        #expect(try remedy(own).contains("takes 5 channels"))
    }

    @Test("Where another network was named, the right one is, with the key and the option that do it") func named()
        throws
    {
        let words = try remedy(FieldState(.resnet32), as: .resnet20)
        #expect(
            words.contains(
                "Name the network that the checkpoint was trained with, resnet32: by network.name, or --network"))
    }

    @Test("Other numbers of classes are said, with the data's names") func classes() throws {
        let folder = try RunFolder()
        let path = folder.path("f.safetensors")
        try SafeTensorsFile.write(FieldState(classes: 7).tensors, metadata: [:], to: path)
        var recipe = try tinyRecipe("[fc: {}]")
        recipe.network.checkpoint = path
        let data = try tinyData(recipe)
        let words = mergingFailure { () throws(LongTailError) in _ = try StartingWeights.make(recipe, data) }?
            .description
        #expect(words?.contains("another number of classes: 7 in the file, 3 in the data.") == true, "\(words ?? "")")
        #expect(words?.contains("The data's classes are: \(data.counts.names.joined(separator: ", ")).") == true)
    }

    @Test("NumPy's arrays are told from a whole model") func arrays() {
        func message(_ names: [String]) -> String? {
            let file = PyTorchCheckpoint(root: pickled(["w": .opaque("x")]), unknownNames: names)
            return mergingFailure { () throws(LongTailError) in _ = try ImportedWeights(.pyTorch(file), path: "f") }?
                .description
        }
        #expect(
            message(["numpy._core.multiarray._reconstruct", "numpy.ndarray"])?.contains("torch.from_numpy") == true)
        #expect(message(["fastai.learner.Learner"])?.contains("state_dict()") == true)
    }
}
