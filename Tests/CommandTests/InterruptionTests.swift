import Foundation
import LongTail
import Testing

/// Ctrl-C, SIGTERM and other ends before the end: what is said, and that the command that is named goes on.
@Suite struct InterruptionTests {
    /// Thirty epochs of about a tenth of a second, with a resume point after the first.
    private static let long = Tiny.recipe.replacing("epochs: 3", with: "epochs: 30")

    @Test(
        "A signal ends a run with one line: what is saved and the command that goes on, which does",
        arguments: [(SIGINT, "interrupted"), (SIGTERM, "terminated")])
    func signals(_ signal: Int32, _ word: String) throws {
        let desk = try Desk()
        let recipe = try desk.write(Self.long, as: "r.yaml")
        let outcome = try desk.run(
            ["train", recipe, "--run", "my run", "--threads", "1", "--quiet"],
            kill: .when { exists(desk.at("my run/checkpoints/resume.safetensors")) }, by: signal)
        #expect(outcome.status == 128 + signal && outcome.signal == nil)
        let line = try #require(
            outcome.errors.wholeMatch(
                of:
                    /longtail: ([a-z]+); my run is saved up to epoch ([0-9]+) of 30 of stage pre-train\. Go on with: longtail train --resume 'my run'\n/
            ), "\(outcome.errors)")
        #expect(line.1 == word)
        let log = try String(contentsOfFile: desk.at("my run/log.txt"), encoding: .utf8)
        #expect(log.contains("stopped before its end"))
        let resumed = try desk.run(["train", "--resume", "my run", "--threads", "1", "--quiet"])
        #expect(resumed.status == 0 && exists(desk.at("my run/reports/report.html")), "\(resumed.errors)")
    }

    @Test("A comparison of runs that is stopped says that the same command goes on, which does") func comparison()
        throws
    {
        let desk = try Desk()
        let (a, b) = (
            try desk.write("name: a\n" + Self.long, as: "a.yaml"),
            try desk.write(Tiny.recipe(stages: Tiny.preTrain), as: "b.yaml")
        )
        let command = ["compare", b, a, "--runs", desk.at("out"), "--threads", "1", "--quiet"]
        let outcome = try desk.run(
            command, kill: .when { exists(desk.at("out/table.md")) && exists(desk.at("out/a-seed0/log.txt")) },
            by: SIGINT)
        #expect(outcome.status == 130 && outcome.signal == nil, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "longtail: interrupted; what is finished is kept. Go on with the same command: longtail compare "))
        let again = try desk.run(command)
        #expect(again.status == 0 && again.output.contains("H-mean"), "\(again.errors)")
    }

    @Test("A second signal, or a step that takes longer than two seconds, ends the process all the same")
    func second() throws {
        let desk = try Desk()
        let recipe = try desk.write(
            Tiny.recipe(
                data: "data: { name: glyphs, classes: 20, images-per-class: 500 }", network: "resnet56",
                stages: "  - pre-train: { epochs: 2, batch-size: 8000 }\n"), as: "r.yaml")
        let running = try Longtail.start(
            ["train", recipe, "--run", desk.at("run"), "--threads", "1", "--quiet"])
        defer { running.forget() }
        running.wait { exists(desk.at("run/log.txt")) }
        usleep(500_000)
        let begin = ContinuousClock.now
        running.kill(by: SIGINT)
        usleep(100_000)
        running.kill(by: SIGINT)
        let outcome = try running.outcome()
        #expect(begin.duration(to: .now) < .seconds(1.5))
        #expect(outcome.status == 130, "\(outcome.errors)")
        #expect(
            outcome.errors.contains("run is begun, no epoch of it is whole yet. Go on with: longtail train --resume"))
        let again = try Longtail.start(["train", "--resume", desk.at("run"), "--threads", "1", "--quiet"])
        defer { again.forget() }
        usleep(1_500_000)
        let start = ContinuousClock.now
        again.kill(by: SIGTERM)
        #expect(try again.outcome().status == 143)
        #expect(start.duration(to: .now) < .seconds(3))
    }

    /// Balances the finished run's start by its recipe.
    private func btm(_ desk: Desk, output: String) throws -> [String] {
        let run = try FinishedRun.shared.get()
        let recipe = try desk.write(
            Self.long.replacing(
                "btm: { members: 3, images-per-class: 4, epochs: 2",
                with: "btm: { members: 3, images-per-class: 4, epochs: 20"),
            as: "r.yaml")
        return [
            "btm", "--unchecked", "--checkpoint", run.checkpoint("pre-train"), "--recipe", recipe, "--run",
            desk.at("run"),
            "--threads", "1", "--output", output,
        ]
    }

    @Test(
        "What --output asked for is written by the run that ends the training, beside where the first began",
        arguments: [SIGINT, SIGTERM, SIGKILL])
    func output(_ signal: Int32) throws {
        let desk = try Desk()
        let first = try desk.run(
            try btm(desk, output: "out/better.safetensors") + ["--quiet"],
            kill: .when { exists(desk.at("run/checkpoints/resume.safetensors")) }, by: signal)
        #expect(first.status != 0 && !exists(desk.at("out/better.safetensors")))
        let elsewhere = try Longtail.run(["train", "--resume", desk.at("run"), "--threads", "1"])
        try #require(elsewhere.status == 0, "\(elsewhere.errors)")
        let path = desk.at("out/better.safetensors")
        #expect(elsewhere.errors.contains("final model written to \(path)"))
        let expected = try SafeTensorsFile.read(desk.at("run/checkpoints/post-train.safetensors")).tensors
        #expect(try SafeTensorsFile.read(path).tensors == expected)
        // Delivered once: what its owner makes of it later stays.
        try FileManager.default.removeItem(atPath: path)
        let again = try desk.run(["train", "--resume", desk.at("run"), "--threads", "1", "--quiet"])
        #expect(again.status == 0 && !exists(path))
        #expect(try !String(contentsOfFile: desk.at("run/run.json"), encoding: .utf8).contains("pending-output"))
    }

    @Test(
        "An output that cannot be written at the end costs nothing: the model is named, and the resumed run writes it")
    func blockedOutput() throws {
        let desk = try Desk()
        let first = try desk.run(
            try btm(desk, output: "out/better.safetensors") + ["--quiet"],
            kill: .when { exists(desk.at("run/checkpoints/resume.safetensors")) }, by: SIGINT)
        #expect(first.status == 130)
        try FileManager.default.removeItem(atPath: desk.at("out"))
        try desk.write("in the way", as: "out")
        let blocked = try desk.run(["train", "--resume", desk.at("run"), "--threads", "1", "--quiet"])
        #expect(blocked.status == 3)
        for words in [
            "the training is complete, its model is \(desk.at("run"))/checkpoints/post-train.safetensors",
            "Go on with: longtail train --resume \(desk.at("run"))",
        ] {
            #expect(blocked.errors.contains(words), "\(blocked.errors)")
        }
        try FileManager.default.removeItem(atPath: desk.at("out"))
        let last = try desk.run(["train", "--resume", desk.at("run"), "--threads", "1", "--quiet"])
        #expect(last.status == 0 && exists(desk.at("out/better.safetensors")), "\(last.errors)")
    }

    /// One stage on a folder of two classes.
    private func folderRun(_ desk: Desk, _ data: String, _ more: [String] = []) throws -> [String] {
        let recipe = Tiny.recipe(
            data: "data: { name: folder, image-size: 32 }",
            stages: "  - pre-train: { epochs: 1, batch-size: 4, rate: { base: 0.05, warmup: 0 } }\n")
        return [
            "train", try desk.write(recipe, as: "r.yaml"), "--data", data, "--run", desk.at("run"), "--threads", "1",
            "--quiet",
        ] + more
    }

    @Test("A test picture that proves damaged at the end leaves the training, and evaluate goes on when it is mended")
    func damagedTest() throws {
        let desk = try Desk()
        let data = try desk.pictures("photos", classes: ["ant", "bee"])
        let picture = "\(data)/test/bee/0.png"
        try FileManager.default.removeItem(atPath: "\(data)/test/bee/1.jpg")
        let whole = try Data(contentsOf: URL(fileURLWithPath: Desk.fixture("VisionTests", "rgb.png")))
        var damaged = whole
        damaged.resetBytes(in: whole.count / 2..<whole.count / 2 + 16)
        try desk.write(damaged, as: "photos/test/bee/0.png")
        let early = try desk.run(try folderRun(desk, data, ["--decode"]))
        #expect(early.status == 3 && !exists(desk.at("run")))
        #expect(early.errors.contains("1 of 3 test pictures cannot be read") && early.errors.contains(picture))
        let late = try desk.run(try folderRun(desk, data))
        #expect(late.status == 3)
        for words in [
            "\(picture): broken PNG", "the training is complete",
            "When the pictures are as they should be, go on with:",
            "longtail evaluate \(desk.at("run"))",
        ] {
            #expect(late.errors.contains(words), "\(late.errors)")
        }
        try desk.write(whole, as: "photos/test/bee/0.png")
        let report = try desk.run(["evaluate", desk.at("run"), "--threads", "1", "--quiet"])
        #expect(report.status == 0, "\(report.errors)")
    }

    @Test("Test pictures that are cut, empty or missing stop a run before it begins, all of them named")
    func brokenTest() throws {
        let desk = try Desk()
        let data = try desk.pictures("photos", classes: ["ant", "bee"])
        try desk.cut(Desk.fixture("VisionTests", "rgb-444.jpg"), as: "photos/test/ant/1.jpg")
        try desk.cut(Desk.fixture("VisionTests", "rgb.png"), as: "photos/test/bee/0.png")
        let outcome = try desk.run(try folderRun(desk, data))
        #expect(outcome.status == 3 && !exists(desk.at("run")))
        for words in ["2 of 4 test pictures cannot be read", "ant/1.jpg", "bee/0.png", "longtail data check"] {
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
    }

    @Test("A training picture that proves broken names the saved epochs and goes on when it is mended")
    func brokenTraining()
        throws
    {
        let desk = try Desk()
        let data = try desk.pictures("photos", classes: ["ant", "bee"])
        try desk.cut(Desk.fixture("VisionTests", "rgb-444.jpg"), as: "photos/train/bee/1.jpg")
        let outcome = try desk.run(try folderRun(desk, data))
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("is begun, no epoch of it is whole yet"), "\(outcome.errors)")
        #expect(outcome.errors.contains("go on with: longtail train --resume \(desk.at("run")) --changed-images"))
        _ = try desk.copy("\(data)/train/ant/1.jpg", as: "whole.jpg")
        try FileManager.default.removeItem(atPath: "\(data)/train/bee/1.jpg")
        _ = try desk.copy(desk.at("whole.jpg"), as: "photos/train/bee/1.jpg")
        let resumed = try desk.run([
            "train", "--resume", desk.at("run"), "--changed-images", "--threads", "1", "--quiet",
        ])
        #expect(resumed.status == 0, "\(resumed.errors)")
    }

    @Test(
        "Where broken training pictures are passed over, the check of a checkpoint passes over them, too, and says so")
    func skipped() throws {
        let desk = try Desk()
        let data = try desk.pictures("photos", classes: ["ant", "bee", "cat"])
        let skipping = ["--set", "data.broken-images=skip"]
        let base = try desk.run(try folderRun(desk, data, skipping))
        try #require(base.status == 0, "\(base.errors)")
        try desk.cut(Desk.fixture("VisionTests", "rgb-444.jpg"), as: "photos/train/ant/1.jpg")
        try desk.write("not a picture", as: "photos/train/bee/1.jpg")
        try desk.write("", as: "photos/train/cat/0.png")
        let recipe = try desk.write(
            Tiny.recipe(
                data: "data: { name: folder, image-size: 32 }",
                stages:
                    "  - btm: { members: 1, images-per-class: 2, epochs: 1, merge: soup-h }\n  - post-train: { method: ncm }\n"
            ), as: "b.yaml")
        let start = [
            "btm", "--checkpoint", desk.at("run/checkpoints/pre-train.safetensors"), "--recipe", recipe, "--data", data,
            "--run", desk.at("btm"), "--threads", "1",
        ]
        let strict = try desk.run(start)
        #expect(strict.status == 3 && strict.errors.contains("2 files are called pictures and are none"))
        let outcome = try desk.run(start + skipping)
        // Six pictures say little of a checkpoint; whether it is taken is not what is tested here.
        #expect(outcome.errors.contains("passed over in this check, because they cannot be read: ant/1.jpg, bee/1.jpg"))
        #expect(!outcome.errors.contains("Fetch the file again"), "\(outcome.errors)")
        let whole = try desk.run(start + skipping + ["--unchecked"])
        #expect(whole.status == 0, "\(whole.errors)")
    }
}
