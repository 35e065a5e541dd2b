import Foundation
import LongTail
import Testing

@Suite struct BadInputTests {
    @Test(
        "Bad input is named with its place and a way out, and nothing that was there is touched",
        arguments: BadInput.all)
    func message(_ input: BadInput) throws {
        let desk = try Desk()
        let arguments = try input.prepare(desk)
        let before = try files(below: desk.path)
        let outcome = try desk.run(arguments)
        #expect(outcome.signal == nil)
        #expect(outcome.status == input.status, "\(outcome.errors)")
        let told = outcome.errors + (input.hasOutput ? outcome.output : "")
        for words in input.says { #expect(told.contains(words), "\(words)\n— in —\n\(told)") }
        #expect(!outcome.errors.contains("Fatal error") && !outcome.errors.contains("Backtrace"))
        #expect(input.hasOutput || outcome.output.isEmpty)
        let after = try files(below: desk.path)
        for (path, digest) in before { #expect(after[path] == digest, "\(path) was changed") }
        #expect(!exists(desk.at("pwned")), "a file's content was run")
    }

    @Test("What could not begin leaves no run behind", arguments: ["absent.pth", nil]) func nothingLeft(_ file: String?)
        throws
    {
        let desk = try Desk()
        let recipe = try desk.write(
            file == nil ? Tiny.recipe(data: "data: { name: cifar-10 }", stages: Tiny.preTrain) : Tiny.recipe,
            as: "r.yaml")
        let more = file.map { ["--set", "network.checkpoint=\($0)"] } ?? ["--data", desk.at("nowhere")]
        let outcome = try desk.run(["train", recipe, "--run", desk.at("run"), "--threads", "1"] + more)
        #expect(outcome.status == 3)
        #expect(!exists(desk.at("run")))
    }

    @Test("A loss that is no number stops with stage, epoch and step, and a resume tells the same") func divergence()
        throws
    {
        let desk = try Desk()
        // One step an epoch; weight decay at this rate makes the weights a thousand times larger each time.
        let stage = """
              - pre-train:
                  { epochs: 60, batch-size: 100, weight-decay: 1, rate: { base: 1e3, schedule: constant, warmup: 0 } }

            """
        let recipe = try desk.write(Tiny.recipe(stages: stage), as: "r.yaml")
        let arguments = ["--threads", "1", "--quiet"]
        let first = try desk.run(["train", recipe, "--run", desk.at("run")] + arguments)
        #expect(first.status == 4)
        let place = try #require(
            first.errors.firstMatch(of: /the loss became (-?nan|inf) in stage pre-train, epoch [0-9]+, step [0-9]+/))
        #expect(first.errors.contains("The last good checkpoint is kept"))
        #expect(first.errors.contains("Lower rate.base"))
        let kept = try resumePosition(ofRun: desk.at("run"))
        #expect(kept.contains("\"epoch\":"))
        #expect(!exists(desk.at("run/checkpoints/pre-train.safetensors")))
        let again = try desk.run(["train", "--resume", desk.at("run")] + arguments)
        #expect(again.status == 4)
        #expect(again.errors.contains(place.output.0))
        #expect(try resumePosition(ofRun: desk.at("run")) == kept)
    }

    /// SHA-256 of every file below a folder, except locks and the growing log.
    private func files(below folder: String) throws -> [String: String] {
        var found: [String: String] = [:]
        for path in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? []
        where !isFolder("\(folder)/\(path)") && !path.hasSuffix("/.lock") && !path.hasSuffix("log.txt") {
            found[path] = try ContentHash.ofFile("\(folder)/\(path)").sha256
        }
        return found
    }
}
