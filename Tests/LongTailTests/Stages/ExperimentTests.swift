import Foundation
import LongTail
import OrderedCollections
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct ExperimentTests {
    private func btm(_ keys: String) -> String {
        "btm: { images-per-class: 3, epochs: 1, batch-size: 8, keep-members: true, rate: { base: 0.05 }, \(keys) }"
    }

    private func members(_ experiment: Experiment, _ count: Int) throws(LongTailError) -> [StateDict] {
        var all: [StateDict] = []
        for member in 1...count { all.append(try experiment.weights("btm-member-\(member)")) }
        return all
    }

    /// (r₁ x₁ + r₂ x₂ + …) / (r₁ + r₂ + …) in float64, rounded once; the largest of integers.
    private func mean(_ members: [StateDict], _ ratios: [Double]) throws -> StateDict {
        var merged = StateDict()
        for (name, first) in try #require(members.first) {
            let tensors = try members.map { try #require($0[name]) }
            if first.dtype == .int64 {
                let largest = try #require(tensors.flatMap(\.integers).max())
                merged[name] = HostTensor(integers: [largest], shape: first.shape, dtype: .int64)
                continue
            }
            let columns = tensors.map(\.doubles)
            let values = (0..<first.count).map { index in
                var sum = 0.0
                for (column, ratio) in zip(columns, ratios) { sum += ratio * column[index] }
                return sum / ratios.reduce(0, +)
            }
            merged[name] = HostTensor(values, shape: first.shape, dtype: first.dtype)
        }
        return merged
    }

    @Test("BTM's average is the float64 mean of its members bit for bit, and its members differ") func average() throws
    {
        let folder = try RunFolder()
        let experiment = try tinyRun(tinyRecipe("[\(btm("members: 3"))]"), at: folder.path("run"))
        let members = try members(experiment, 3)
        #expect(Set(members.map { $0["fc.weight"]?.bytes }).count == 3)
        #expect(try experiment.weights("btm") == mean(members, [1, 1, 1]))
        let info = try Checkpoint.read(experiment.run.layout.checkpoint("btm")).info
        #expect(info.classNames == experiment.data.counts.names && info.listHash == experiment.data.listHash)
        #expect(info.stage == "btm" && info.recipe == experiment.recipe.yaml)
    }

    @Test(
        "Adaptive ratios are logged, and the merge is the mean with just these",
        arguments: ["adaptive-h", "adaptive-g"])
    func adaptive(strategy: String) throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(tinyRecipe("[\(btm("members: 2, merge: \(strategy)"))]"), at: folder.path("run"))
        let ratios = experiment.log.matches(of: #/btm: member \d counts (\S+)/#).compactMap { Double($0.output.1) }
        #expect(ratios.count == 2 && ratios.allSatisfy { $0 > 0 && $0 <= 1 })
        #expect(try experiment.weights("btm") == mean(members(experiment, 2), ratios))
    }

    @Test("A soup logs whom it keeps, and is their mean", arguments: ["soup-h", "soup-g"]) func soup(strategy: String)
        throws
    {
        let folder = try RunFolder()
        let experiment = try tinyRun(tinyRecipe("[\(btm("members: 3, merge: \(strategy)"))]"), at: folder.path("run"))
        let pattern = #/btm: member (\d) (joins|is left out of) the soup at \S+/#
        let remarks = experiment.log.matches(of: pattern).map { (String($0.output.1), $0.output.2 == "joins") }
        #expect(remarks.map(\.0) == ["1", "2", "3"] && remarks[0].1)
        let kept = zip(try members(experiment, 3), remarks).filter { $0.1.1 }.map(\.0)
        #expect(try experiment.weights("btm") == mean(kept, [Double](repeating: 1, count: kept.count)))
    }

    @Test("Members from a store give the bits of members that were trained, also under another merge") func store()
        throws
    {
        let folder = try RunFolder()
        let store = folder.path("store")
        let recipe = try tinyRecipe("[\(btm("members: 2"))]")
        let first = try tinyRun(recipe, at: folder.path("first"), members: store)
        #expect(!first.log.contains("taken from the member store"))
        let second = try tinyRun(recipe, at: folder.path("second"), members: store)
        #expect(second.log.contains("btm: member 2 taken from the member store"))
        #expect(try second.digest("btm") == first.digest("btm"))
        let more = try tinyRun(
            tinyRecipe("[\(btm("members: 3, merge: soup-h"))]"), at: folder.path("more"), members: store)
        #expect(more.log.matches(of: #/member \d taken from/#).count == 2)
        #expect(try members(more, 2) == members(first, 2))
        // What decides about weights is part of the key.
        for stage in [btm("members: 2").replacing("epochs: 1", with: "epochs: 2"), btm("members: 2, mixup: 0")] {
            let key = MemberStore.key(
                try tinyRecipe("[\(stage)]").stages[0], try Checkpoint.read(first.run.layout.checkpoint("start")),
                recipe,
                listHash: first.data.listHash, member: 0)
            #expect(!FileManager.default.fileExists(atPath: "\(store)/\(key.prefix(32)).safetensors"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: store).count == 3)
    }

    @Test(
        "The same seed gives the same weights, another seed others; bfloat16 too", arguments: ComputePrecision.allCases)
    func seeds(precision: ComputePrecision) throws {
        let folder = try RunFolder()
        let stages =
            "[pre-train: { epochs: 1, batch-size: 8, rate: { warmup: 0 }, mixup: 1 }, post-train: { epochs: 1, batch-size: 8 }]"
        func digests(_ name: String, seed: Int) throws(LongTailError) -> [String] {
            let recipe = try tinyRecipe(stages, seed: seed, precision: precision)
            let experiment = try tinyRun(recipe, at: folder.path(name))
            return [try experiment.digest("pre-train"), try experiment.digest("post-train")]
        }
        let first = try digests("first", seed: 0)
        #expect(try digests("second", seed: 0) == first)
        let other = try digests("other", seed: 1)
        #expect(other[0] != first[0] && other[1] != first[1])
    }

    @Test("Stages compose: FC refits the classifier, BTM may follow post-training and keeps its scale") func compose()
        throws
    {
        let folder = try RunFolder()
        let stages =
            "[post-train: { epochs: 1, batch-size: 8 }, \(btm("members: 2")), fc: { epochs: 1, batch-size: 8 }]"
        let experiment = try tinyRun(tinyRecipe(stages), at: folder.path("run"))
        #expect(experiment.isFinished)
        let (post, merged, refit) = (
            try experiment.weights("post-train"), try experiment.weights("btm"), try experiment.weights("fc")
        )
        #expect(post["learned_norm"] != nil)
        #expect(changed(post, merged) == Set(post.keys))
        #expect(changed(merged, refit) == ["fc.weight", "fc.bias", "learned_norm"])
        let network = try Checkpoint.read(experiment.run.layout.checkpoint("fc")).makeNetwork()
        #expect(try network.stateDict() == refit)
        // A finished run does nothing more.
        try experiment()
    }

    @Test("A checkpoint of other classes or other images is refused") func check() throws {
        let info = Checkpoint.Info(
            .init(.resnet20), classNames: ["cat", "dog"], listHash: "aa", stage: "start")
        let checkpoint = Checkpoint(info: info, weights: [:])
        func problem(_ names: [String], _ hash: String?) -> String? {
            mergingFailure { () throws(LongTailError) in
                try checkpoint.check(classNames: names, listHash: hash, path: "old.safetensors")
            }?.problem
        }
        #expect(problem(["cat", "dog"], "aa") == nil)
        #expect(problem(["cat", "dog"], nil) == nil)
        #expect(problem(["cat"], "aa") == "old.safetensors: is for 2 classes, the data have 1")
        #expect(problem(["cat", "dogs"], "aa") == "old.safetensors: its class 1 is 'dog', that of the data is 'dogs'")
        #expect(problem(["dog", "cat"], "aa") == "old.safetensors: its class 0 is 'cat', that of the data is 'dog'")
        #expect(
            problem(["cat", "dog"], "bb")
                == "old.safetensors: was trained on other images (list aa, the recipe's is bb)")
    }

    @Test("A run goes on from a checkpoint of its images, and refuses one of others") func start() throws {
        let folder = try RunFolder()
        let first = try tinyRun(
            tinyRecipe("[pre-train: { epochs: 1, batch-size: 8, rate: { warmup: 0 } }]"), at: folder.path("first"))
        var recipe = try tinyRecipe("[fc: { epochs: 1, batch-size: 8 }]")
        recipe.network.checkpoint = first.run.layout.checkpoint("pre-train")
        let second = try tinyRun(recipe, at: folder.path("second"))
        #expect(try second.digest("start") == first.digest("pre-train"))
        var others = recipe
        others.data.validation = 1
        let images = mergingFailure { () throws(LongTailError) in try tinyRun(others, at: folder.path("third")) }
        #expect(images?.problem.contains("was trained on other images") == true)
        others = recipe
        others.network.name = .resnet32
        let depth = mergingFailure { () throws(LongTailError) in try tinyRun(others, at: folder.path("fourth")) }
        #expect(depth?.problem.contains("is a resnet20 with a linear classifier, the recipe's is a resnet32") == true)
    }

    @Test("A run that was begun with other images is not taken up") func otherImages() throws {
        let folder = try RunFolder()
        let recipe = try tinyRecipe("[fc: { epochs: 1, batch-size: 8 }]")
        let path = folder.path("run")
        do { _ = try tinyExperiment(recipe, at: path) }
        let run = try Run.resume(at: path)
        let other = try Preparation(tinyRecipe("[fc: ]", data: ", validation: 1"), root: nil)
        let refused = mergingFailure { () throws(LongTailError) in _ = try Experiment(run, other) }
        #expect(refused?.kind == .data)
        #expect(refused?.problem.contains("was begun with other images") == true)
    }
}
