import LongTail
import Testing

@testable import LongTailExperiments

/// What a plan becomes on many processes, reckoned by hand.
@Suite struct ProcessPlanTests {
    private static let stages = """
        pre-train: { epochs: 1, batch-size: 8, KEYS rate: { warmup: 0 } }, btm: { members: 10, epochs: 1, MERGE batch-size: 8 }
        """

    private func recipe(_ keys: String = "", merge: String = "") throws -> Recipe {
        try tinyRecipe(
            "[\(Self.stages.replacing("KEYS", with: keys).replacing("MERGE", with: merge))]")
    }

    /// 100 s of stage 1 in 50 steps of a network of a million numbers, 200 s of members and 6 of measuring them, 40 of tests.
    private func plan() -> Plan {
        func stage(_ name: String, members: Int, training: Double, merging: Double) -> Plan.Stage {
            Plan.Stage(
                name: name, kind: name, members: members, images: 17, stepsPerEpoch: 50, epochs: 1, rate: "", steps: 50,
                trainedParameters: 1_000_000, frozenParameters: 0, imagesPerSecond: 30, trainingSeconds: training,
                mergingSeconds: merging, memory: Plan.Memory(weights: 0, optimizer: 0, activations: nil),
                checkpointBytes: 0)
        }
        return Plan(
            recipe: "", device: "cpu", threads: 1, data: "glyphs", hasData: true, classes: 3, trainingImages: 17,
            stages: [
                stage("pre-train", members: 1, training: 100, merging: 0),
                stage("btm", members: 10, training: 200, merging: 6),
            ], evaluation: Plan.Evaluation(models: 2, images: 12, imagesPerSecond: 1, seconds: 40),
            bottleneck: Plan.Bottleneck(readingPerSecond: nil, networkPerSecond: 1),
            disk: Plan.Disk(checkpoints: 0, members: 0, resume: 0), notes: [])
    }

    @Test("Members go out in rounds, tests are divided, and a stage without shards is one process's") func members()
        throws
    {
        let four = try ProcessPlan(plan(), of: recipe(), processes: 4, bandwidth: 1e9)
        // Three rounds of 20 s; measuring is shared.
        #expect(four.stages.map(\.seconds) == [100, 61.5] && four.stages.map(\.busy) == [1, 4])
        #expect(four.stages[1].imagesPerSecond == 120 && four.evaluationSeconds == 10 && four.seconds == 171.5)
        #expect(
            four.notes == [
                "pre-train: one process's work; shards: 4 would divide it.",
                "btm: 3 rounds, in the last of which 2 processes have no member.",
            ])
        let many = try ProcessPlan(plan(), of: recipe(merge: "merge: soup-h,"), processes: 12, bandwidth: 1e9)
        #expect(many.stages[1].seconds == 20.5 && many.stages[1].busy == 10)
        #expect(
            many.notes == [
                "pre-train: one process's work; shards: 8 would divide it on 8 processes.",
                "btm: 10 members keep 10 of 12 processes busy.",
            ])
        #expect(try ProcessPlan(plan(), of: recipe(), processes: 1, bandwidth: 1e9).seconds == 346)
    }

    @Test("Shards cost their exchange, and a number of processes that would change the bits is refused")
    func shards() throws {
        let four = try ProcessPlan(plan(), of: recipe("shards: 4,"), processes: 4, bandwidth: 1e9)
        // 50 steps of 2 × 4 MB × 3/4 at 1 GB/s.
        #expect(abs(four.stages[0].exchange - 0.3) < 1e-12 && abs(four.stages[0].seconds - 25.3) < 1e-12)
        let error = #expect(throws: LongTailError.self) {
            try ProcessPlan(plan(), of: recipe("shards: 4,"), processes: 3, bandwidth: 1e9)
        }
        #expect(error?.problem.contains("stage pre-train: 4 shards cannot be trained by 3") == true)
    }
}
