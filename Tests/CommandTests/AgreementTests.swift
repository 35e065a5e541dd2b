import Foundation
import LongTail
import Testing

/// Processes that were started with unlike recipes or images: an error on all, before anything is trained.
@Suite(.serialized) struct AgreementTests {
    private static let train = ["--threads", "1", "--quiet"]

    /// What torchrun shows of each rank, and what it says, where some were started with other words.
    private func refused(
        _ size: Int, _ desk: Desk, _ words: (Int) -> [String]
    ) throws -> [(outcome: Longtail.Outcome, file: String)] {
        let ranks = try Ranks.torchrun(size).enumerated().map { rank, variables in
            variables.merging(["TORCHELASTIC_ERROR_FILE": desk.at("error\(rank).json")]) { $1 }
        }
        let outcomes = try Ranks.launch(ranks, timeout: 60) { words($0) + Self.train }
        return try outcomes.enumerated().map { rank, outcome in
            #expect(outcome.status != nil && outcome.status != 0 && outcome.seconds < 20, "\(outcome)")
            return (outcome, try String(contentsOfFile: desk.at("error\(rank).json"), encoding: .utf8))
        }
    }

    @Test("Processes with another command are told apart") func otherCommand() throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe, as: "recipe.yaml")
        let found = try refused(2, desk) { rank in
            rank == 0 ? ["train", recipe, "--run", desk.at("run")] : ["evaluate", desk.at("run")]
        }
        for (outcome, file) in found {
            for text in [outcome.errors, file] {
                #expect(text.contains("the command of rank 0 is train, that of rank 1 on"), "\(text)")
            }
        }
        #expect(!exists(desk.at("run")))
    }

    @Test("Processes with another --set are named by all, the first with the key and both values, and nothing is begun")
    func otherSet() throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe, as: "recipe.yaml")
        let found = try refused(4, desk) { rank in
            ["train", recipe, "--run", desk.at("run")]
                + (rank == 0 ? [] : ["--set", "stages.btm.images-per-class=\([3, 4, 2][rank - 1])"])
        }
        for (outcome, file) in found {
            for text in [outcome.errors, file] {
                #expect(text.contains("rank 1 on ") && text.contains("another recipe than rank 0"), "\(text)")
                #expect(text.contains("stages.btm.images-per-class is 3, on rank 0 4"), "\(text)")
                #expect(text.contains("unlike rank 0, too: rank 3"), "\(text)")
            }
        }
        #expect(found[0].outcome.status == 2)
        #expect(!exists(desk.at("run")))
    }

    @Test("A process with another recipe file is named, whatever the files are called, and one without a file is told")
    func otherFile() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        try desk.write(Tiny.recipe, as: "0/recipe.yaml")
        try desk.write("name: other\n" + Tiny.recipe, as: "1/same.yaml")
        try desk.write(Tiny.recipe.replacing("epochs: 3", with: "epochs: 4"), as: "2/recipe.yaml")
        let files = ["0/recipe.yaml", "1/same.yaml", "2/recipe.yaml", "3/is-not-there.yaml"].map(desk.at)
        let found = try refused(3, desk) { ["train", files[$0], "--run", desk.at("run")] }
        for (outcome, file) in found {
            for text in [outcome.errors, file] {
                #expect(text.contains("rank 2 on ") && !text.contains("rank 1 on"), "\(text)")
                #expect(text.contains("stages.pre-train.epochs is 4, on rank 0 3"), "\(text)")
            }
        }
        let told = try Ranks.launch(Ranks.torchrun(3)) { rank in
            ["train", files[[0, 1, 3][rank]], "--run", desk.at("run")] + Self.train
        }
        #expect(told.allSatisfy { $0.status == 0 && $0.errors.isEmpty }, "\(told)")
        #expect(try digests(ofRun: desk.at("run")) == digests(ofRun: unbroken.path))
    }

    @Test("A recipe that one process cannot read ends all, with the reason") func damaged() throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe, as: "recipe.yaml")
        let wrong = try desk.write(Tiny.recipe.replacing("epochs: 3", with: "epoch: 3"), as: "wrong.yaml")
        let found = try refused(2, desk) { ["train", $0 == 1 ? wrong : recipe, "--run", desk.at("run")] }
        #expect(found[1].outcome.status == 2 && found[1].outcome.errors.contains("Did you mean 'epochs'"))
        #expect(found[0].outcome.errors.contains("rank 1 on ") && found[0].outcome.errors.contains("unknown key"))
        #expect(!exists(desk.at("run")))
    }

    @Test("Weights of other bytes are named; where they lie does not matter") func otherWeights() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let (first, other) = (unbroken.checkpoint("pre-train"), unbroken.checkpoint("post-train"))
        let same = try desk.copy(first, as: "elsewhere.safetensors")
        func words(_ file: String) -> [String] {
            [
                "btm", "--unchecked", "--checkpoint", file, "--recipe", unbroken.recipe, "--run", desk.at("run"),
                "--set", "stages.btm.epochs=1",
            ]
        }
        let found = try refused(2, desk) { words($0 == 1 ? other : first) }
        for (outcome, file) in found {
            for text in [outcome.errors, file] {
                #expect(text.contains("rank 1 on ") && text.contains("other weights to begin with"), "\(text)")
            }
        }
        let met = try Ranks.launch(Ranks.torchrun(2)) { words($0 == 1 ? same : first) + Self.train }
        #expect(met.allSatisfy { $0.status == 0 }, "\(met)")
    }

    @Test(
        "Other images, of training or of test, end all before the first stage, which one process alone would train",
        arguments: ["train", "test"])
    func otherImages(_ part: String) throws {
        let desk = try Desk()
        let classes = ["a", "b"]
        let (own, other) = (try desk.pictures("one", classes: classes), try desk.pictures("two", classes: classes))
        try FileManager.default.moveItem(atPath: "\(other)/\(part)/a/0.png", toPath: "\(other)/\(part)/a/9.png")
        let recipe = try desk.write(
            Tiny.recipe(data: "data: { name: folder, image-size: 32 }", stages: Tiny.preTrain), as: "recipe.yaml")
        let found = try refused(2, desk) { rank in
            ["train", recipe, "--data", rank == 0 ? own : other, "--run", desk.at("run")]
        }
        for (outcome, file) in found {
            for text in [outcome.errors, file] {
                #expect(text.contains("rank 1 has other \(part == "train" ? "training" : part) images"), "\(text)")
            }
        }
        #expect(try epochs(ofRun: desk.at("run")).isEmpty)
    }
}
