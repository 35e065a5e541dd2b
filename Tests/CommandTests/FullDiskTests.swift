import Foundation
import Testing

@Suite struct FullDiskTests {
    @Test(
        "A full disk is named, earlier files stay whole, and the run goes on to the same bits when there is space",
        .enabled(if: Disk.canMount, "needs root and the right to mount a small file system in memory"),
        arguments: [700, 2500, 5000])
    func full(_ size: Int) throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let disk = try #require(Disk(at: desk.at("disk"), kilobytes: size))
        let path = desk.at("disk/run")
        let first = try desk.run(["train", unbroken.recipe, "--run", path, "--threads", "1", "--quiet"])
        #expect(first.status == 3)
        #expect(first.signal == nil)
        #expect(first.errors.contains("No space left on device"))
        #expect(first.errors.contains(path))
        #expect(first.errors.contains("Free some space"))
        #expect(!first.errors.contains("the same command"))
        let wayOn = "Go on with: longtail train --resume \(path)"
        #expect(first.errors.contains(wayOn) == exists("\(path)/run.json"), "\(first.errors)")
        // Whatever is there is whole: nothing half-written under its final name.
        let expected = try digests(ofRun: unbroken.path)
        for (stage, digest) in try digests(ofRun: path) { #expect(expected[stage] == digest, "\(stage)") }
        try #require(disk.resize(kilobytes: 100_000))
        let begin = exists("\(path)/run.json") ? ["--resume", path] : [unbroken.recipe, "--run", path]
        let second = try desk.run(["train"] + begin + ["--threads", "1", "--quiet"])
        try #require(second.status == 0, "\(second.errors)")
        #expect(try digests(ofRun: path) == expected)
        #expect(try epochs(ofRun: path) == epochs(ofRun: unbroken.path))
    }
}
