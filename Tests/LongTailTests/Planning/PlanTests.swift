import Foundation
import LongTail
import OrderedCollections
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct PlanTests {
    private func recipe(_ stages: String, data: String = "{ name: cifar-100, imbalance: 100 }", more: String = "")
        throws -> Recipe
    {
        try Recipe.parse(
            """
            name: planned
            data: \(data)
            network: { name: resnet20 }
            precision: float32
            \(more)
            stages: \(stages)
            """)
    }

    @Test("CIFAR-100-LT at imbalance 100: 10,847 images, 85 steps, members of 949 images and 8 steps")
    func counts() throws {
        let recipe = try recipe("[pre-train: {}, btm: {}, post-train: { method: mislas }]")
        let images = try PlannedImages(recipe, root: nil)
        #expect(!images.isReal)
        #expect(images.data.dataset.count == 10_847 && images.test.count == 10_000)
        #expect(images.note?.contains("published") == true)
        let counts = try recipe.stages.map { stage in try StageCount(stage, recipe, images.data) }
        // ⌈10,847 / 128⌉ = 85; times 200 epochs.
        #expect(counts[0].images == 10_847 && counts[0].stepsPerEpoch == 85 && counts[0].steps == 17_000)
        #expect(counts[0].visits == 2_169_400)
        // ⌈949 / 128⌉ = 8; times 30 epochs and 10 members.
        #expect(counts[1].members == 10 && counts[1].images == 949)
        #expect(counts[1].stepsPerEpoch == 8 && counts[1].steps == 2400 && counts[1].visits == 284_700)
        #expect(counts[1].measured == 0)
        // The official loop does one step more than a pass; its batches are all whole.
        #expect(counts[2].stepsPerEpoch == 86 && counts[2].steps == 860 && counts[2].visits == 110_080)
    }

    @Test("A merge that measures its members counts the images on which it does") func measured() throws {
        let recipe = try recipe(
            "[btm: { name: a, merge: adaptive-h, members: 3 }, btm: { name: s, merge: soup-g, members: 2 }]",
            data: "{ name: glyphs, classes: 3, images-per-class: 5, test-images-per-class: 2 }")
        let images = try PlannedImages(recipe, root: nil)
        #expect(images.isReal && images.note == nil)
        let counts = try recipe.stages.map { stage in try StageCount(stage, recipe, images.data) }
        // Three subsets of all 15 images; two times their union, which is the same 15.
        #expect(counts.map(\.measured) == [45, 30])
    }

    @Test("Published counts keep ends and total", arguments: [DataRecipe.Name.imageNetLT, .placesLT, .iNaturalist2018])
    func published(name: DataRecipe.Name) throws {
        let set = try #require(PublishedCounts(name))
        let counts = set.counts()
        #expect(counts.count == set.classes)
        #expect(counts.first == set.ends.upperBound && counts.last == set.ends.lowerBound)
        #expect(counts.reduce(0, +) == set.total)
        #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 >= $1 })
    }

    @Test("A plan measures, adds up, and leaves weights and disk as they were") func plan() throws {
        try Engine.setThreads(1)
        let folder = try RunFolder()
        let recipe = try recipe(
            """
            [pre-train: { epochs: 2, batch-size: 8, rate: { warmup: 0 } },
             btm: { members: 2, images-per-class: 4, epochs: 3, batch-size: 8, keep-members: true },
             post-train: { method: mislas, epochs: 2, batch-size: 8 }]
            """, data: "{ name: glyphs, classes: 3, images-per-class: 8, test-images-per-class: 4, imbalance: 2 }")
        let before = try FileManager.default.contentsOfDirectory(atPath: ".").sorted()
        #expect(recipe.stages[0].training.rate.summary == "0.1, times 0.1 at 1")
        var planner = Planner()
        (planner.steps, planner.limit) = (2, 20)
        let plan = try planner.plan(recipe, root: nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: ".").sorted() == before)
        #expect(plan.hasData && plan.trainingImages == 17)
        #expect(plan.stages.map(\.steps) == [6, 12, 8])
        #expect(plan.stages.map(\.rate) == ["0.1, times 0.1 at 1", "0.005, cosine", "0.1, cosine"])
        #expect(plan.stages.allSatisfy { $0.imagesPerSecond > 0 && $0.trainingSeconds > 0 })
        let total = plan.stages.reduce(0) { $0 + $1.trainingSeconds + $1.mergingSeconds } + plan.evaluation.seconds
        #expect(abs(plan.seconds - total) < 1e-9 * total)
        #expect(plan.evaluation.models == 3 && plan.evaluation.images == 12)

        // The files that a run of the recipe leaves, but for their headers.
        let run = try tinyRun(recipe, at: folder.path("run"))
        var checkpoints: [Int] = []
        for stage in ["start"] + recipe.stages.map(\.name) {
            checkpoints.append(try run.weights(stage).values.reduce(0) { $0 + $1.bytes.count })
        }
        #expect(plan.stages.map(\.checkpointBytes) == Array(checkpoints.dropFirst()))
        #expect(plan.disk.checkpoints == checkpoints.reduce(0, +))
        #expect(plan.disk.members == 2 * checkpoints[2])
        let weights = try run.weights("pre-train")
        let trained = weights.filter { !isStatistic($0.key) }.values.reduce(0) { $0 + $1.bytes.count }
        #expect(plan.stages[0].memory.weights == checkpoints[1])
        #expect(plan.stages[0].memory.optimizer == 2 * trained)
        // MiSLAS trains the classifier and its scale: 3 × 64 + 3 + 3 numbers.
        #expect(plan.stages[2].trainedParameters == 198)
        #expect(plan.stages[2].memory.optimizer == 2 * 4 * 198)
    }

    @Test("A step that would not fit into memory is measured with fewer images, and the plan says so") func tight()
        throws
    {
        try Engine.setThreads(1)
        let recipe = try recipe(
            "[pre-train: { epochs: 1, batch-size: 2200, rate: { warmup: 0 } }]",
            data: "{ name: glyphs, classes: 2, images-per-class: 1200, test-images-per-class: 4 }")
        var planner = Planner()
        (planner.steps, planner.limit, planner.free) = (1, 20, 1_000_000)
        let plan = try planner.plan(recipe, root: nil)
        let note = try #require(plan.notes.first { $0.contains("a step of 2200 images would take about") })
        #expect(note.contains("that are free; 1 at a time were measured") && note.contains("Lower batch-size"))
        #expect(plan.notes.contains { $0.hasPrefix("4 test images a class (the median) show little") })
    }
}
