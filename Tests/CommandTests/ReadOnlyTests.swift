import Foundation
import LongTail
import Testing

/// A finished run on a disk that cannot be written.
@Suite struct ReadOnlyTests {
    @Test(
        "A run on a disk that is read alone is evaluated: nothing is kept, which is said, or all in a folder that is named",
        .enabled(if: Disk.canMount, "needs root and the right to mount a small file system in memory"))
    func evaluated() throws {
        let desk = try Desk()
        let disk = try #require(Disk(at: desk.at("disk"), kilobytes: 60_000))
        let run = try FinishedRun.shared.get()
        let path = try desk.copy(run.path, as: "disk/run")
        try #require(disk.close())
        let before = try digests(ofRun: path)
        let kept = try desk.run(["evaluate", run.path, "--threads", "1"])
        let alone = try desk.run(["evaluate", path, "--threads", "1"])
        #expect(alone.status == 0, "\(alone.errors)")
        #expect(alone.errors.contains("cannot be written: nothing of this evaluation is kept there"))
        #expect(!alone.output.contains("report:"))
        // The same figures as where all is kept.
        let tables = [kept, alone].map { $0.output.split(separator: "\n").filter { $0.hasPrefix("H-mean") } }
        #expect(tables[0] == tables[1] && !tables[0].isEmpty)
        let named = try desk.run(["evaluate", path, "--threads", "1", "--output", desk.at("elsewhere")])
        #expect(named.status == 0 && named.output.contains("report: \(desk.at("elsewhere"))/reports/report.html"))
        for file in ["reports/report.html", "reports/report.md", "predictions/post-train.csv.gz"] {
            #expect(exists(desk.at("elsewhere/\(file)")), "\(file)")
        }
        #expect(!named.errors.contains("nothing of this evaluation"))
        #expect(try digests(ofRun: path) == before)
        // What must write says so.
        let predicted = try desk.run(["predict", path, Desk.fixture("VisionTests", "rgb.png"), "--threads", "1"])
        #expect(predicted.status == 0, "\(predicted.errors)")
        for command in [["export", path], ["train", "--resume", path], ["calibrate", path]] {
            let outcome = try desk.run(command)
            #expect(outcome.status != 0 && outcome.signal == nil && !outcome.errors.isEmpty, "\(command)")
        }
    }

    @Test("A model's evaluation is kept in a folder that is named") func model() throws {
        let desk = try Desk()
        let photographs = try desk.pictures("photos", classes: ["a", "b", "c"])
        let model = try withoutMetadata(FinishedRun.shared.get().checkpoint("btm"), as: desk.at("model.safetensors"))
        let outcome = try desk.run([
            "evaluate", model, "--data", photographs, "--threads", "1", "--set", "data.image-size=32", "--output",
            desk.at("out"),
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            exists(desk.at("out/reports/report.html")) && exists(desk.at("out/predictions/model.safetensors.csv.gz")))
        #expect(outcome.output.contains("report: \(desk.at("out"))/reports/report.html"))
    }

    @Test("Too little address space for libtorch is said before it is loaded", arguments: [500, 600, 1000])
    func addressSpace(_ mebibytes: Int) throws {
        let binary = try #require(Longtail.binary).path
        let outcome = try Longtail.run(
            URL(fileURLWithPath: "/bin/bash"), ["-c", "ulimit -v \(mebibytes << 10); exec \"$0\" --version", binary])
        #expect(outcome.signal == nil && outcome.status == 4)
        #expect(
            outcome.errors.contains("limits the address space (ulimit -v) to less than the 1 GiB"),
            "\(outcome.errors)")
    }

    @Test("With as much address space as is asked for, a run trains") func enough() throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe(stages: Tiny.preTrain), as: "r.yaml")
        let binary = try #require(Longtail.binary).path
        let outcome = try Longtail.run(
            URL(fileURLWithPath: "/bin/bash"),
            [
                "-c", "ulimit -v \(1024 << 10); exec \"$0\" train \"$1\" --run \"$2\" --threads 1", binary, recipe,
                desk.at("run"),
            ])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }
}
