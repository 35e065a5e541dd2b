import Foundation
import LongTail
import OrderedCollections
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// A run whose directory is copied while it goes on: the copy is what a kill at that moment leaves.
@Suite struct ResumeTests {
    /// Runs a recipe to its end, with a copy at each of the moments that `isWanted` picks; gives the unbroken run's
    /// weights and metrics, and those of every copy that was taken up.
    private func compare(_ recipe: Recipe, copies expected: Int, at isWanted: @escaping (TrainingEvent) -> Bool) throws
    {
        let folder = try RunFolder()
        let path = folder.path("whole")
        var copies: [String] = []
        let whole = try tinyRun(recipe, at: path) { event in
            guard isWanted(event) else { return }
            copies.append(folder.path("copy-\(copies.count)"))
            try? FileManager.default.copyItem(atPath: path, toPath: copies[copies.count - 1])
        }
        #expect(copies.count == expected)
        for copy in copies {
            let resumed = try Experiment(try Run.resume(at: copy), whole.preparation)
            #expect(!resumed.isFinished)
            try resumed()
            for stage in recipe.stages {
                #expect(try resumed.digest(stage.name) == whole.digest(stage.name), "\(copy)")
            }
            #expect(try metrics(resumed) == metrics(whole), "\(copy)")
        }
    }

    /// The lines but for their speed.
    private func metrics(_ experiment: Experiment) throws(LongTailError) -> [MetricLine] {
        try experiment.run.metricLines().map {
            var line = $0
            line.imagesPerSecond = nil
            line.waitingShare = nil
            return line
        }
    }

    @Test(
        "A point that the recipe does not have is refused",
        arguments: [
            RunPosition(stage: 3), .init(stage: .max), .init(stage: 0, epoch: 3), .init(stage: 0, member: 1),
            .init(stage: 1, member: 3), .init(stage: -1), .init(stage: 0, member: -1), .init(stage: 0, epoch: -1),
        ])
    func lost(position: RunPosition) throws {
        let folder = try RunFolder()
        let recipe = try tinyRecipe(
            "[ pre-train: { epochs: 2, batch-size: 8 }, btm: { members: 2, images-per-class: 3, epochs: 2, batch-size: 8 } ]"
        )
        let begun = try tinyExperiment(recipe, at: folder.path("run"))
        try ResumePoint(position: position).write(to: begun.run.layout.resumePoint)
        let refused = try #require(
            mergingFailure { () throws(LongTailError) in _ = try Experiment(begun.run, begun.preparation) })
        #expect(refused.kind == .checkpoint && refused.problem.contains("resume"))
    }

    @Test("Members of adapters, and blocks that are run twice, go on with the same bits") func adapters() throws {
        let recipe = try tinyRecipe(
            """
            [ pre-train: { epochs: 2, batch-size: 8, optimizer: adamw, rate: { base: 0.001, warmup: 0, schedule: cosine },
                recompute: true, drop-path: 0.3 },
              btm: { members: 2, images-per-class: 3, epochs: 2, batch-size: 8, trains: adapters, adapters: { rank: 2 } } ]
            """, network: "vit_tiny_patch16_32")
        try compare(recipe, copies: 3) { event in
            if case .step(let step) = event { step.epoch == 1 && step.step == 0 } else { false }
        }
    }

    @Test("Broken off in pre-training, in a member or in post-training, a run ends with the same bits") func stages()
        throws
    {
        let recipe = try tinyRecipe(
            """
            [ pre-train: { epochs: 2, batch-size: 8, rate: { warmup: 0, schedule: cosine }, mixup: 1 },
              btm: { members: 2, images-per-class: 3, epochs: 2, batch-size: 8 },
              post-train: { epochs: 2, batch-size: 8 } ]
            """)
        // In the middle of the second epoch of each stage or member, when the first is on disk; and after an epoch
        // that is told and not yet on disk.
        try compare(recipe, copies: 5) { event in
            switch event {
            case .step(let step): step.epoch == 1 && step.step == 0
            case .epoch(let epoch): epoch.stage == "post-train" && epoch.epoch == 0
            default: false
            }
        }
    }

    @Test("Broken off between members, every merge ends with the same bits", arguments: MergeStrategy.allCases)
    func merges(strategy: MergeStrategy) throws {
        let recipe = try tinyRecipe(
            "[btm: { members: 3, images-per-class: 3, epochs: 1, batch-size: 8, merge: \(strategy.rawValue) }]")
        try compare(recipe, copies: 2) { event in
            if case .member(let member, _, _) = event { member > 0 } else { false }
        }
    }

    @Test("In bfloat16 too, a run that was broken off ends with the same bits") func mixed() throws {
        let recipe = try tinyRecipe(
            "[pre-train: { epochs: 3, batch-size: 8, rate: { warmup: 2 }, nesterov: true }]", precision: .bfloat16)
        try compare(recipe, copies: 2) { event in
            if case .step(let step) = event { step.epoch > 0 && step.step == 1 } else { false }
        }
    }
}
