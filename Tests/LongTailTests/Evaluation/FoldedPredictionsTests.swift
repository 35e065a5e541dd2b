import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// What folding batch normalisation does to the predictions of a trained network on all of CIFAR-100's test images.
@Suite(.serialized) struct FoldedPredictionsTests {
    private static let data =
        ProcessInfo.processInfo.environment["LONGTAIL_DATA"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../../shared/data").standardized.path
    private static let checkpoint = "\(data)/checkpoints/cifar100_imb100_resnet32_stage1.pth.tar"
    private static let isThere =
        FileManager.default.fileExists(atPath: checkpoint)
        && FileManager.default.fileExists(atPath: "\(data)/cifar-100-binary")

    @Test(
        "Folding changes no prediction of float32 to speak of, and keeps bfloat16 as near to float32",
        .enabled(if: isThere, "the shared data are not there"),
        .enabled(if: Processor.current.multipliesBFloat16, "bfloat16 is imitated here"))
    func predictions() throws {
        var recipe = Recipe()
        (recipe.data.name, recipe.data.imbalance, recipe.network.checkpoint) = (.cifar100, 100, Self.checkpoint)
        let data = try TrainingData(recipe.data, root: Self.data, seed: 0)
        let network = try StartingWeights.make(recipe, data).makeNetwork()
        try network.setTraining(false)
        let test = try TestSplit.open(recipe.data, root: Self.data)
        var found: [String: [Int]] = [:]
        for (dtype, isFolded) in [(DType.float32, false), (.float32, true), (.bfloat16, false), (.bfloat16, true)] {
            let loader = try Loader(
                dataset: test, order: Array(0..<test.count), batchSize: 500, views: [Transform()],
                crew: LoaderCrew(for: test))
            let input = try DeviceBatches(test.normalization)
            while let batch = try loader.next() {
                let logits = try withInferenceMode { () throws(LongTailError) in
                    let images = try input(batch, dtype: dtype)
                    func predict() throws(LongTailError) -> Tensor {
                        try autocast(dtype) { () throws(LongTailError) in try network.predict(images) }.to(.float32)
                    }
                    return try isFolded ? network.folded(in: dtype, predict) : predict()
                }
                let values = try logits.array(of: Float.self)
                let classes = test.classNames.count
                for row in 0..<batch.count {
                    let scores = values[(row * classes)..<((row + 1) * classes)]
                    let best = scores.indices.max { scores[$0] < scores[$1] } ?? scores.startIndex
                    found["\(dtype) \(isFolded)", default: []].append(best - scores.startIndex)
                }
            }
        }
        func changed(_ a: String, _ b: String) throws -> Double {
            let (one, other) = (try #require(found[a]), try #require(found[b]))
            return Double(zip(one, other).count { $0 != $1 }) / Double(one.count)
        }
        let exact = try changed("float32 false", "float32 true")
        let folding = try changed("bfloat16 false", "bfloat16 true")
        let (separate, folded) = (
            try changed("float32 false", "bfloat16 false"), try changed("float32 false", "bfloat16 true")
        )
        print(
            "changed: float32 by folding \(exact), bfloat16 by folding \(folding), "
                + "by bfloat16 with separate layers \(separate), folded \(folded)")
        #expect(exact <= 0.001)
        // Rounding weights to bfloat16 in one place or the other changes as many predictions as bfloat16 itself does, so
        // that only the distance from float32 can be held.
        #expect(folded <= separate + 0.001)
    }
}
