import Foundation
import LongTail
import Testing

/// A run whose files were changed behind its back: nothing of it goes on under the old name without a word.
@Suite struct ChangedOnResumeTests {
    private func flip(_ path: String, at share: Double) throws {
        let url = URL(fileURLWithPath: path)
        var bytes = try Data(contentsOf: url)
        bytes[min(bytes.count - 1, Int(share * Double(bytes.count)))] ^= 0x10
        try bytes.write(to: url)
    }

    /// A run that was stopped in its second stage.
    private func stopped(_ desk: Desk) throws -> String {
        let recipe = try desk.write(Tiny.recipe, as: "r.yaml")
        _ = try desk.run(
            ["train", recipe, "--run", desk.at("run"), "--threads", "1", "--quiet"],
            kill: .when { exists(desk.at("run/checkpoints/pre-train.safetensors")) })
        return desk.at("run")
    }

    @Test(
        "A bit that changed in a resume point or a checkpoint is told when it is read",
        arguments: [
            ("resume", 0.3), ("resume", 0.5), ("resume", 0.7), ("resume", 0.9), ("resume", 1.0), ("pre-train", 0.4),
            ("pre-train", 0.99),
        ])
    func flipped(model: String, share: Double) throws {
        let desk = try Desk()
        let path = try stopped(desk)
        try flip("\(path)/checkpoints/\(model).safetensors", at: share)
        let command = model == "resume" ? ["train", "--resume", path] : ["evaluate", path]
        let outcome = try desk.run(command + ["--threads", "1", "--quiet"])
        #expect(outcome.status == 3 && outcome.signal == nil)
        #expect(outcome.errors.contains("\(model).safetensors"), "\(outcome.errors)")
        #expect(!exists("\(path)/reports/report.html"))
    }

    @Test(
        "An edited recipe of a run is refused, with the way to train with other values",
        arguments: ["train --resume", "evaluate"])
    func editedRecipe(_ command: String) throws {
        let desk = try Desk()
        let path = try stopped(desk)
        let file = "\(path)/recipe.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        for (old, new) in [("epochs: 2", "epochs: 1"), ("momentum: 0.9", "momentum: 0.8"), ("seed: 0", "seed: 1")] {
            try #require(text.contains(old))
            try text.replacing(old, with: new).write(toFile: file, atomically: true, encoding: .utf8)
            let outcome = try desk.run(command.split(separator: " ").map(String.init) + [path, "--threads", "1"])
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("recipe.yaml: was changed since the run began"), "\(outcome.errors)")
            #expect(outcome.errors.contains("--run NAME --set network.checkpoint="))
        }
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try desk.run(["train", "--resume", path, "--threads", "1", "--quiet"]).status == 0)
    }

    /// A run on pictures that was stopped on the way, and the folder of the pictures.
    private func stoppedOnPictures(_ desk: Desk) throws -> (run: String, pictures: String) {
        let pictures = try desk.pictures("photos", classes: ["a", "b"], count: 3)
        let recipe = try desk.write(
            Tiny.recipe(
                data: "data: { name: folder, image-size: 16 }",
                stages: Tiny.preTrain.replacing("epochs: 3", with: "epochs: 40")), as: "r.yaml")
        let outcome = try desk.run(
            ["train", recipe, "--run", desk.at("run"), "--data", pictures, "--threads", "1", "--quiet"],
            kill: .when { exists(desk.at("run/checkpoints/resume.safetensors")) })
        try #require(outcome.signal == SIGKILL, "\(outcome.errors)")
        return (desk.at("run"), pictures)
    }

    @Test(
        "Pictures of another content under the same name are told: refused by their size, named by their time",
        arguments: ["train/a/0.png", "test/b/0.png"])
    func replaced(_ name: String) throws {
        let desk = try Desk()
        let (run, pictures) = try stoppedOnPictures(desk)
        let path = "\(pictures)/\(name)"
        let content = try Data(contentsOf: URL(fileURLWithPath: path))
        let other = Desk.fixture("VisionTests", "palette.png")
        try Data(contentsOf: URL(fileURLWithPath: other)).write(to: URL(fileURLWithPath: path))
        let refused = try desk.run(["train", "--resume", run, "--threads", "1", "--quiet"])
        #expect(refused.status == 3)
        #expect(
            refused.errors.contains("1 of the pictures that \(run) began with was replaced: \(path) has"),
            "\(refused.errors)")

        let accepted = try desk.copy(run, as: "accepted")
        let goneOn = try desk.run(["train", "--resume", accepted, "--changed-images", "--threads", "1", "--quiet"])
        #expect(goneOn.status == 0, "\(goneOn.errors)")
        #expect(
            try String(contentsOfFile: "\(accepted)/reports/report.md", encoding: .utf8).contains(
                "began with was replaced"))

        // The same size, another time.
        try content.write(to: URL(fileURLWithPath: path))
        let told = try desk.run(["train", "--resume", run, "--threads", "1"])
        #expect(told.status == 0, "\(told.errors)")
        let words = "1 picture was written again since the run began, at the same size"
        #expect(told.errors.contains(words) && told.errors.contains(name), "\(told.errors)")
        for file in ["log.txt", "run.json", "reports/report.md"] {
            #expect(try String(contentsOfFile: "\(run)/\(file)", encoding: .utf8).contains(words), "\(file)")
        }
    }

    @Test("Pictures that came or went are refused; those that were not touched are no matter") func others() throws {
        let desk = try Desk()
        let (run, pictures) = try stoppedOnPictures(desk)
        _ = try desk.copy(Desk.fixture("VisionTests", "rgb.png"), as: "photos/test/a/new.png")
        let more = try desk.run(["train", "--resume", run, "--threads", "1", "--quiet"])
        #expect(
            more.status == 3 && more.errors.contains("began with 12 files of pictures, and now there are 13"),
            "\(more.errors)")
        try FileManager.default.removeItem(atPath: "\(pictures)/test/a/new.png")
        let same = try desk.run(["train", "--resume", run, "--threads", "1"])
        #expect(same.status == 0 && !same.errors.contains("written again"), "\(same.errors)")
    }

    @Test("A digest of contents is the same for copies, and another for another content") func content() throws {
        let desk = try Desk()
        let one = try desk.pictures("one", classes: ["a", "b"], count: 3)
        let two = try desk.pictures("two", classes: ["a", "b"], count: 3)
        func digests(_ folder: String) throws -> [String] {
            let outcome = try desk.run(["data", "check", "folder", "--data", folder, "--content", "--json"])
            let check = try #require(try json(outcome.output) as? [String: Any], "\(outcome.errors)")
            return ["train", "test"].compactMap { (check[$0] as? [String: Any])?["content"] as? String }
        }
        let first = try digests(one)
        #expect(first.count == 2 && first.allSatisfy { $0.count == 64 })
        #expect(try digests(two) == first)
        let path = "\(two)/test/a/0.png"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count - 20] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let changed = try digests(two)
        #expect(changed[0] == first[0] && changed[1] != first[1])
        let text = try desk.run(["data", "check", "folder", "--data", one, "--content"])
        #expect(text.output.contains("content of the training images: \(first[0])"))
    }
}
