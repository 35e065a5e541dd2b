import Foundation
import LongTail
import TestSupport
import Testing

/// Shards of a batch, and evaluation, over processes: the bits are those of one.
@Suite(.serialized) struct ShardsTests {
    private static let train = ["--threads", "1", "--quiet"]
    /// One of each kind of session: mixing and a second stage, two streams, a queue with a key encoder, a queue alone, a
    /// teacher with experts, a box that is pasted.
    ///
    /// `scripts/certify processes` has all.
    private static let methods =
        ProcessInfo.processInfo.environment["LONGTAIL_ALL_METHODS"] == nil
        ? ["mislas", "bbn", "paco", "gpaco", "ride", "cmo"] : MethodStages.all.keys.sorted()

    /// A method's stages with four shards, on batches of 6 images and a last one of fewer than there are shards.
    private static func recipe(_ method: String) -> String {
        let stages = (MethodStages.all[method] ?? "").replacing("batch-size: 4", with: "batch-size: 6, shards: 4")
        return """
            data: { name: glyphs, classes: 3, images-per-class: 9, test-images-per-class: 2, imbalance: 2 }
            network: { name: resnet20 }
            precision: float32
            evaluation: { batch-size: 4 }
            stages: [\(stages)]
            """
    }

    @Test("A method trains the same bits on one, two and four processes", arguments: methods)
    func ranks(_ method: String) throws {
        let desk = try Desk()
        let recipe = try desk.write(Self.recipe(method), as: "recipe.yaml")
        try trainAlone(recipe, desk)
        for size in [2, 4] {
            let outcomes = try Ranks.launch(
                Ranks.torchrun(size), ["train", recipe, "--run", desk.at("\(size)")] + Self.train)
            #expect(outcomes.allSatisfy { $0.status == 0 && $0.errors.isEmpty }, "\(outcomes)")
            try expectSame(desk.at("\(size)"), desk.at("1"))
        }
    }

    @Test("LFME's tally counts the images of all shards") func lfme() throws {
        let desk = try Desk()
        let stage = "epochs: 2, batch-size: 16, shards: 2, rate: { base: 0.01, schedule: constant, warmup: 0 }"
        let experts = ["many", "medium", "few"].map {
            "pre-train: { name: \($0), from: start, method: lfme-expert, group: \($0), \(stage) }"
        }
        let recipe = try desk.write(
            """
            data: { name: glyphs, classes: 3, images-per-class: 104, test-images-per-class: 2, imbalance: 8 }
            network: { name: resnet20 }
            precision: float32
            stages: [\(experts.joined(separator: ", ")), pre-train: { name: student, from: start, method: lfme, \
            many: many, medium: medium, few: few, \(stage) }]
            """, as: "recipe.yaml")
        try trainAlone(recipe, desk)
        let outcomes = try Ranks.launch(Ranks.torchrun(2), ["train", recipe, "--run", desk.at("2")] + Self.train)
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
        try expectSame(desk.at("2"), desk.at("1"))
    }

    @Test("A run with shards that is killed goes on with another number of processes") func killed() throws {
        let desk = try Desk()
        let recipe = try desk.write(Self.long, as: "recipe.yaml")
        try trainAlone(recipe, desk)
        let run = desk.at("run")
        let words = ["train", recipe, "--run", run] + Self.train
        let ranks = try Ranks.torchrun(4)
        let others = try ranks.dropFirst().map { try Ranks.start($0, words) }
        defer { others.forEach { $0.forget() } }
        let first = try Ranks.start(ranks[0], words)
        defer { first.forget() }
        try others[1].kill { try resumePosition(ofRun: run).contains(#""epoch":2"#) }
        let outcomes = try ([first] + others).map { try $0.outcome() }
        #expect(outcomes.allSatisfy { $0.status != 0 })
        // The one that was killed is rank 2.
        let gone = "rank 2 on [^ ]+ \\(process \(others[1].identifier)\\) is gone without a word"
        for outcome in [outcomes[0], outcomes[1], outcomes[3]] {
            #expect(outcome.errors.contains(try Regex(gone)), "\(outcome)")
        }
        try #require(resumePosition(ofRun: run).contains(#""epoch":"#))
        let resumed = try Ranks.launch(Ranks.torchrun(2), ["train", "--resume", run] + Self.train)
        #expect(resumed.allSatisfy { $0.status == 0 }, "\(resumed)")
        try expectSame(run, desk.at("1"))
    }

    @Test("What is asked to stop stops on every process, and is resumed by one") func stopped() throws {
        let desk = try Desk()
        let recipe = try desk.write(Self.long, as: "recipe.yaml")
        try trainAlone(recipe, desk)
        let run = desk.at("run")
        let words = ["train", recipe, "--run", run] + Self.train
        let processes = try Ranks.torchrun(2).map { try Ranks.start($0, words) }
        defer { processes.forEach { $0.forget() } }
        // The one that does not lead: the flag travels with the gradients.
        try processes[1].kill(by: SIGTERM) { try resumePosition(ofRun: run).contains(#""epoch":1"#) }
        let outcomes = try processes.map { try $0.outcome() }
        #expect(outcomes.allSatisfy { $0.status != 0 && $0.seconds < 30 }, "\(outcomes)")
        let resumed = try desk.run(["train", "--resume", run] + Self.train)
        #expect(resumed.status == 0, "\(resumed.errors)")
        try expectSame(run, desk.at("1"))
    }

    @Test("A process that stands still in the middle of a batch is named after the time that is waited")
    func standsStill() throws {
        let desk = try Desk()
        let recipe = try desk.write(Self.long, as: "recipe.yaml")
        try trainAlone(recipe, desk)
        let run = desk.at("run")
        let words = ["train", recipe, "--run", run, "--collective-timeout", "4"] + Self.train
        let ranks = try Ranks.torchrun(2).map { try Ranks.start($0, words) }
        defer { ranks.forEach { $0.forget() } }
        try ranks[1].kill(by: SIGSTOP) { try resumePosition(ofRun: run).contains(#""epoch":1"#) }
        let outcome = try ranks[0].outcome(within: 60)
        #expect(outcome.status == 4, "\(outcome)")
        let named = "rank 1 on [^ ]+ \\(process \(ranks[1].identifier)\\) (is gone without a word|gave no sign of life)"
        #expect(outcome.errors.contains(try Regex(named)), "\(outcome)")
        let resumed = try desk.run(["train", "--resume", run] + Self.train)
        #expect(resumed.status == 0, "\(resumed.errors)")
        try expectSame(run, desk.at("1"))
    }

    @Test("A number of processes that would change the bits is refused before anything is trained")
    func refused() throws {
        let desk = try Desk()
        let recipe = try desk.write(Self.long.replacing("shards: 4", with: "shards: 6"), as: "recipe.yaml")
        let outcomes = try Ranks.launch(Ranks.torchrun(3), ["train", recipe, "--run", desk.at("run")] + Self.train)
        #expect(outcomes[0].status == 2, "\(outcomes)")
        #expect(outcomes[0].errors.contains("stage pre-train: 6 shards cannot be trained by 3 processes"))
        #expect(outcomes[0].errors.contains("Start 1, 2: only powers of two"), "\(outcomes[0].errors)")
        for outcome in outcomes.dropFirst() {
            #expect(outcome.status != 0 && outcome.errors.contains("rank 0 on "), "\(outcome)")
        }
    }

    @Test("A picture that one process cannot read ends all, with its name") func brokenPicture() throws {
        let desk = try Desk()
        let whole = try desk.pictures("whole", classes: ["a", "b", "c", "d"])
        let damaged = try desk.copy(whole, as: "damaged")
        try desk.cut("\(whole)/train/d/1.jpg", as: "damaged/train/d/1.jpg")
        let recipe = try desk.write(
            Tiny.recipe(
                data: "data: { name: folder }",
                stages: Tiny.preTrain.replacing("batch-size: 16", with: "batch-size: 8, shards: 2")),
            as: "recipe.yaml")
        let outcomes = try Ranks.launch(Ranks.torchrun(2), timeout: 60) { rank in
            ["train", recipe, "--data", rank == 0 ? whole : damaged, "--run", desk.at("run")] + Self.train
        }
        #expect(outcomes.allSatisfy { $0.status != 0 }, "\(outcomes)")
        // Which rank meets it is the order's to say; the list is the same, for it holds no contents.
        let met = outcomes.contains { $0.errors.contains("1.jpg") }
        #expect(met, "\(outcomes)")
    }

    @Test("A loss that is no number ends all processes at the same step") func divergence() throws {
        let desk = try Desk()
        let recipe = try desk.write(Self.long.replacing("base: 0.05", with: "base: 1000"), as: "recipe.yaml")
        let outcomes = try Ranks.launch(Ranks.torchrun(2), ["train", recipe, "--run", desk.at("run")] + Self.train)
        #expect(outcomes.allSatisfy { $0.status == 4 }, "\(outcomes)")
        let steps = outcomes.map {
            $0.errors.firstMatch(of: /in stage pre-train, epoch \d+, step \d+/).map { String($0.output) }
        }
        #expect(steps[0] != nil && steps[0] == steps[1], "\(outcomes)")
    }

    @Test("Processes that compute otherwise are told apart at the end of the epoch") func drift() throws {
        let desk = try Desk()
        let recipe = try desk.write(Self.long, as: "recipe.yaml")
        var ranks = try Ranks.torchrun(2)
        // Without fused multiplication and addition an update of the weights rounds twice.
        ranks[1]["ATEN_CPU_CAPABILITY"] = "default"
        let outcomes = try Ranks.launch(ranks, ["train", recipe, "--run", desk.at("run")] + Self.train)
        #expect(outcomes.allSatisfy { $0.status == 4 }, "\(outcomes)")
        #expect(
            outcomes.contains { $0.errors.contains("ranks 0 and 1 have drifted apart in stage pre-train, epoch 1") },
            "\(outcomes)")
    }

    @Test("Every picture is tested once, by whichever process", arguments: [2, 3, 4]) func evaluation(_ size: Int)
        throws
    {
        let desk = try Desk()
        let unbroken = try FinishedRun.shared.get()
        // 24 test images in batches of 5: the last process has fewer, or none.
        let recipe = try desk.write(
            Tiny.recipe.replacing("precision: float32", with: "precision: float32\nevaluation: { batch-size: 5 }"),
            as: "recipe.yaml")
        let run = desk.at("run")
        let trained = try desk.run(["train", recipe, "--run", run] + Self.train)
        try #require(trained.status == 0, "\(trained.errors)")
        let outcomes = try Ranks.launch(
            Ranks.torchrun(size), ["evaluate", run, "--output", desk.at("found"), "--members"] + Self.train)
        #expect(outcomes.allSatisfy { $0.status == 0 && $0.errors.isEmpty }, "\(outcomes)")
        for model in ["pre-train", "btm", "post-train"] {
            let own = try Data(contentsOf: URL(fileURLWithPath: desk.at("found/predictions/\(model).csv.gz")))
            #expect(try own == Data(contentsOf: URL(fileURLWithPath: "\(run)/predictions/\(model).csv.gz")), "\(model)")
        }
        _ = unbroken
    }

    @Test(
        "What merges by measuring and a temperature are measured by all processes, with the numbers of one",
        arguments: [("soup-h", "the soup at"), ("adaptive-g", "counts")])
    func measured(_ strategy: String, _ remark: String) throws {
        let desk = try Desk()
        let recipe = try desk.write(
            Tiny.recipe.replacing("keep-members: true", with: "merge: \(strategy)")
                .replacing("imbalance: 3", with: "imbalance: 3, validation: 3")
                .replacing("precision: float32", with: "precision: float32\nevaluation: { batch-size: 4 }"),
            as: "recipe.yaml")
        try trainAlone(recipe, desk)
        let outcomes = try Ranks.launch(Ranks.torchrun(3), ["train", recipe, "--run", desk.at("3")] + Self.train)
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
        try expectSame(desk.at("3"), desk.at("1"))
        func said(_ run: String) throws -> [Substring] {
            try String(contentsOfFile: desk.at("\(run)/log.txt"), encoding: .utf8).split(separator: "\n")
                .filter { $0.contains(remark) }.map { $0.dropFirst(20) }
        }
        #expect(try said("3") == said("1") && said("1").count == 3)
        let temperature = try String(contentsOfFile: desk.at("1/calibration.json"), encoding: .utf8)
        #expect(try String(contentsOfFile: desk.at("3/calibration.json"), encoding: .utf8) == temperature)
    }

    /// Some seconds of one stage.
    private static let long = Tiny.recipe(
        stages: Tiny.preTrain.replacing("epochs: 3, batch-size: 16", with: "epochs: 12, batch-size: 16, shards: 4"))

    /// The run of one process, in the folder `1`, to compare with.
    private func trainAlone(_ recipe: String, _ desk: Desk) throws {
        let alone = try desk.run(["train", recipe, "--run", desk.at("1")] + Self.train)
        try #require(alone.status == 0, "\(alone.errors)")
    }

    private func expectSame(_ path: String, _ other: String) throws {
        #expect(try digests(ofRun: path) == digests(ofRun: other))
        #expect(try epochs(ofRun: path) == epochs(ofRun: other))
        for file in try FileManager.default.contentsOfDirectory(atPath: "\(other)/predictions") {
            let own = try Data(contentsOf: URL(fileURLWithPath: "\(path)/predictions/\(file)"))
            #expect(try own == Data(contentsOf: URL(fileURLWithPath: "\(other)/predictions/\(file)")), "\(file)")
        }
    }
}
