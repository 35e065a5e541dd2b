import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct PredictorTests {
    private static let pictures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "VisionTests/Fixtures")

    /// A folder data set of two classes, and a network with initial weights for it.
    private static func make(_ folder: RunFolder) throws -> (model: TrainedModel, images: ListedImages) {
        for (name, files) in [
            ("a", ["rgb.png", "rgb-420.jpg"]), ("b", ["gray.png", "cmyk.jpg", "orientation-6.jpg"]),
        ] {
            try FileManager.default.createDirectory(
                atPath: folder.path("set/\(name)"), withIntermediateDirectories: true)
            for file in files {
                try FileManager.default.copyItem(
                    atPath: pictures.appending(path: file).path, toPath: folder.path("set/\(name)/\(file)"))
            }
        }
        let recipe = try Recipe.parse(
            """
            data: { name: folder, image-size: 16 }
            network: { name: resnet20 }
            precision: float32
            stages: [{ pre-train: { epochs: 1, rate: { warmup: 0 } } }]
            """)
        let network = try Network(.resnet20, classifier: .linear, classes: 2, seed: 5)
        let info = Checkpoint.Info(
            .init(.resnet20), classNames: ["a", "b"], listHash: nil, stage: "pre-train",
            recipe: recipe.yaml)
        let path = folder.path("model.safetensors")
        try Checkpoint(info: info, weights: try network.stateDict()).write(to: path)
        return (
            try TrainedModel.open(path),
            ListedImages(
                name: "set", list: try .folder(folder.path("set")), root: ImageRoot(folder.path("set")))
        )
    }

    @Test("A picture's logits are those of the evaluation, whatever the batch", arguments: [1, 2, 64])
    func parity(_ batch: Int) throws {
        let folder = try RunFolder()
        let (model, images) = try Self.make(folder)
        let expected = try Evaluator(model.recipe).logits(model.checkpoint.makeNetwork(), on: images)
        let paths = images.labels.indices.map { images.path(of: $0) }
        var found: [Prediction] = []
        try Predictor(model)(paths, batchSize: batch) { (prediction) throws(LongTailError) in found.append(prediction) }
        #expect(found.map(\.path) == paths && paths.count == 5)
        for (row, prediction) in found.enumerated() {
            let scores = try prediction.scores.get()
            let exact = Temperature.softmax(expected[2 * row..<2 * row + 2], temperature: 1)
            #expect(zip(scores, exact).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        #expect(Set(expected).count > 5)
    }

    @Test("A broken picture is reported in its place, the others are predicted") func broken() throws {
        let folder = try RunFolder()
        let (model, images) = try Self.make(folder)
        let good = images.path(of: 0)
        try folder.write("bad.jpg", "no picture")
        var found: [Prediction] = []
        try Predictor(model)([good, folder.path("bad.jpg"), folder.path("absent.png"), good]) {
            (prediction) throws(LongTailError) in found.append(prediction)
        }
        #expect(try found[0].scores.get() == found[3].scores.get())
        for (index, name) in [(1, "bad.jpg"), (2, "absent.png")] {
            let reason = failure { () throws(LongTailError) in _ = try found[index].scores.get() }
            #expect(reason?.problem.contains(name) == true)
        }
    }
}
