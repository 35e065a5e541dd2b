import Foundation
import LongTail
import Testing

/// What has no run, and what is no test split, is evaluated by several processes with the numbers of one.
@Suite(.serialized) struct SharedEvaluationTests {
    private static let alone = ["--threads", "1", "--quiet"]
    /// Batches of 4 of 21 test pictures: the last round leaves some processes without a batch.
    private static let small = ["--set", "evaluation.batch-size=4"]

    /// A network for three classes of pictures, with validation images.
    private static let trained = Result {
        let desk = try Desk()
        let data = try desk.pictures("photos", classes: ["a", "b", "c"], count: 7)
        let recipe = try desk.write(
            Tiny.recipe(
                data: "data: { name: folder, image-size: 32, validation: 3 }",
                stages: "  - pre-train: { epochs: 1, batch-size: 4, rate: { base: 0.05, warmup: 0 } }\n"
            ).replacing("precision: float32", with: "precision: float32\nevaluation: { batch-size: 2 }"),
            as: "folder.yaml")
        let outcome = try desk.run(["train", recipe, "--data", data, "--run", desk.at("run")] + alone)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return desk
    }

    @Test(
        "A file of weights: every test picture once, or where there are none all, in whole batches",
        arguments: [2, 3, 4])
    func weights(_ size: Int) throws {
        let (shelf, desk) = (try Self.trained.get(), try Desk())
        let file = try withoutMetadata(
            shelf.at("run/checkpoints/pre-train.safetensors"), as: desk.at("model.safetensors"))
        for (name, folder, count) in [("test", "photos", 21), ("all", "photos/train", 21)] {
            let words = ["evaluate", file, "--data", shelf.at(folder)] + Self.small + Self.alone
            let one = try desk.run(words + ["--output", desk.at("\(name)1")])
            #expect(one.status == 0, "\(one.errors)")
            let outcomes = try Ranks.launch(Ranks.torchrun(size), words + ["--output", desk.at("\(name)\(size)")])
            #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
            #expect(outcomes.dropFirst().allSatisfy { $0.output.isEmpty && $0.errors.isEmpty }, "\(outcomes)")
            let said = outcomes[0].output.replacing("\(name)\(size)/", with: "\(name)1/")
            #expect(said == one.output && outcomes[0].errors == one.errors)
            let found = try [1, size].map { try table(desk.at("\(name)\($0)/predictions")) }
            #expect(found[0] == found[1] && found[0].count > 0)
            let predictions = try PredictionFile.read(
                desk.at("\(name)\(size)/predictions/model.safetensors.csv.gz")
            ).predictions
            #expect(predictions.predicted.count == count)
        }
    }

    @Test("Validation images, and the processes that have none of their batches") func validation() throws {
        let shelf = try Self.trained.get()
        let words = ["evaluate", shelf.at("run"), "--validation", "--json"] + Self.alone
        let one = try shelf.run(words)
        #expect(one.status == 0, "\(one.errors)")
        // 9 images in batches of 2: five batches.
        let outcomes = try Ranks.launch(Ranks.torchrun(3), words)
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
        #expect(outcomes[0].output == one.output)
    }

    @Test("Kept members are merged by several processes as by one", arguments: ["soup-h", "adaptive-h", "average"])
    func merge(_ strategy: String) throws {
        let (shelf, desk) = (try FinishedRun.shared.get(), try Desk())
        // Members 3 and 1: a soup is measured on their subsets alone.
        let words =
            ["merge", shelf.checkpoint("btm-member-3"), shelf.checkpoint("btm-member-1"), "--strategy", strategy]
            + Self.alone
        let one = try desk.run(words + ["--output", desk.at("1.safetensors")])
        #expect(one.status == 0, "\(one.errors)")
        let outcomes = try Ranks.launch(Ranks.torchrun(3), words + ["--output", desk.at("3.safetensors")])
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
        #expect(outcomes.dropFirst().allSatisfy { $0.output.isEmpty && $0.errors.isEmpty }, "\(outcomes)")
        #expect(outcomes[0].errors == one.errors)
        let files = try ["1", "3"].map { try Data(contentsOf: URL(fileURLWithPath: desk.at("\($0).safetensors"))) }
        #expect(files[0] == files[1])
    }

    @Test("Processes with other weights or other pictures are told apart") func unlike() throws {
        let (shelf, desk) = (try Self.trained.get(), try Desk())
        let (file, other) = (desk.at("model.safetensors"), desk.at("other.safetensors"))
        for (name, path) in [("pre-train", file), ("start", other)] {
            _ = try withoutMetadata(shelf.at("run/checkpoints/\(name).safetensors"), as: path)
        }
        let weights = try Ranks.launch(Ranks.torchrun(2), timeout: 60) {
            ["evaluate", $0 == 0 ? file : other, "--data", shelf.at("photos")] + Self.alone
        }
        for outcome in weights {
            #expect(outcome.status != 0 && outcome.errors.contains("other weights to begin with"), "\(outcome)")
        }
        let photos = try desk.pictures("photos", classes: ["a", "b", "c"], count: 6)
        let pictures = try Ranks.launch(Ranks.torchrun(2), timeout: 60) {
            ["evaluate", file, "--data", $0 == 0 ? shelf.at("photos") : photos] + Self.alone
        }
        for outcome in pictures {
            #expect(
                outcome.status != 0 && outcome.errors.contains("rank 1 has other images to evaluate on"), "\(outcome)")
        }
    }

    /// A folder's files with their bytes.
    private func table(_ folder: String) throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            found[name] = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        return found
    }
}
