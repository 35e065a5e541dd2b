import Foundation
import LongTail
import Testing

/// Standard output and standard error that fail, and names of others on them.
@Suite struct ConsoleTests {
    /// Runs the command with its output led by a shell.
    private func led(_ desk: Desk, _ arguments: [String], _ how: String) throws -> Longtail.Outcome {
        let binary = try #require(Longtail.binary).path
        return try Longtail.run(
            URL(fileURLWithPath: "/bin/bash"), ["-c", "\"$0\" \"$@\" \(how)", binary] + arguments,
            in: URL(fileURLWithPath: desk.path))
    }

    @Test(
        "A result that cannot be written is a failure with a status",
        arguments: [
            "recipe show demo", "recipe list", "methods --json", "--help", "doctor", "evaluate RUN --json",
            "train RECIPE",
        ])
    func fullOutput(_ words: String) throws {
        let desk = try Desk()
        let run = try FinishedRun.shared.get()
        let recipe = try desk.write(Tiny.recipe(stages: Tiny.preTrain), as: "r.yaml")
        let arguments = words.split(separator: " ").map {
            $0 == "RUN" ? run.path : $0 == "RECIPE" ? recipe : String($0)
        }
        let outcome = try led(
            desk, arguments + (words.hasPrefix("train") ? ["--threads", "1", "--run", desk.at("run")] : []),
            "> /dev/full")
        #expect(outcome.status == 3, "\(outcome.errors)")
        #expect(outcome.errors.contains("longtail: cannot write to standard output: No space left on device"))
        // What was trained is there all the same.
        if words.hasPrefix("train") { #expect(exists(desk.at("run/checkpoints/pre-train.safetensors"))) }
    }

    @Test(
        "A pipe that nobody reads any more ends the command quietly",
        arguments: ["recipe show demo", "methods", "--help"])
    func closedPipe(_ words: String) throws {
        let desk = try Desk()
        let arguments = words.split(separator: " ").map(String.init)
        let outcome = try led(desk, arguments, "> >(exec <&-; sleep 1); echo $? > status; wait")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let late = try led(desk, arguments, "| true; echo ${PIPESTATUS[0]} > status")
        #expect(late.errors.isEmpty)
        let status = try String(contentsOfFile: desk.at("status"), encoding: .utf8)
        #expect(["0\n", "141\n"].contains(status), "\(status)")
    }

    @Test(
        "A log that cannot be written does not stop the training",
        arguments: ["2> /dev/full", "2> >(exec <&-)", "2>&-", "2>&1 > /dev/null | true; wait"])
    func lostLog(_ how: String) throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe(stages: Tiny.preTrain), as: "r.yaml")
        _ = try led(desk, ["train", recipe, "--run", desk.at("run"), "--threads", "1"], how + "; echo $? >> status")
        #expect(exists(desk.at("run/reports/report.html")))
        let unbroken = try desk.run(["train", recipe, "--run", desk.at("other"), "--threads", "1"])
        #expect(unbroken.status == 0)
        #expect(try digests(ofRun: desk.at("run")) == digests(ofRun: desk.at("other")))
    }

    /// Names with ESC, BEL, a C1 control and a turn of direction.
    private static let evil = "x\u{1B}[2J\u{7}\u{9B}1m\u{202E}y"

    @Test("No name of a file, key, tensor or class reaches the terminal, the log or the report raw") func names() throws
    {
        let desk = try Desk()
        let run = try FinishedRun.shared.get()
        let evil = Self.evil
        let recipe = try desk.write(Tiny.recipe, as: "r.yaml")
        var told: [Longtail.Outcome] = []
        told.append(try desk.run(["train", evil]))
        told.append(try desk.run([evil]))
        told.append(try desk.run(["train", recipe, "--set", "data.\(evil)=1"]))
        told.append(try desk.run(["train", recipe, "--set", "data.name=\(evil)"]))
        told.append(try desk.run(["train", recipe, "--\(evil)"]))
        told.append(try desk.run(["train", recipe, evil]))
        told.append(try desk.run(["train", recipe, "--run", desk.at("runs/\(evil)/\(evil)"), "--threads", "1"]))
        told.append(try desk.run(["train", desk.write("data: { \"x\\e[2J\\a\\u202E\": 1 }", as: "key.yaml")]))
        told.append(try desk.run(["evaluate", evil]))
        told.append(try desk.run(["predict", run.path, desk.at(evil), "--threads", "1"]))
        _ = try desk.copy(Desk.fixture("VisionTests", "rgb.png"), as: "pictures/\(evil).png")
        told.append(try desk.run(["predict", run.path, desk.at("pictures"), "--threads", "1"]))
        told.append(try desk.run(["predict", run.path, desk.at("pictures"), "--threads", "1", "--json"]))
        let names = try desk.write("a\n\(evil.filter { !$0.isNewline })\nc\n", as: "names.txt")
        let plain = try withoutMetadata(run.checkpoint("btm"), as: desk.at("plain.safetensors"))
        told.append(try desk.run(["import", plain, "--classes", names, "--output", desk.at("own.safetensors")]))
        let tensors = try SafeTensorsFile.read(plain).tensors
        let foreign = StateDict(
            uniqueKeysWithValues: tensors.map { ("\($0.key)\($0.key == "fc.bias" ? evil : "")", $0.value) })
        try SafeTensorsFile.write(foreign, metadata: [evil: evil], to: desk.at("evil.safetensors"))
        told.append(try desk.run(["import", desk.at("evil.safetensors"), "--dry-run"]))
        _ = try desk.pictures("photos", classes: ["a", evil])
        told.append(try desk.run(["data", "check", "folder", "--data", desk.at("photos")]))
        told.append(try desk.run(["data", "check", "folder", "--data", desk.at("photos"), "--json"]))
        told.append(try desk.run(["split", "folder", "--data", desk.at("photos/train"), "--imbalance", "1"]))
        for outcome in told {
            #expect(outcome.signal == nil)
            expectClean(outcome.output + outcome.errors)
        }
        #expect(told.filter { ($0.output + $0.errors).contains("\\u202E") }.count >= 12)
        let evilRun = desk.at("runs/\(evil)/\(evil)")
        for file in ["log.txt", "reports/report.md", "reports/report.html", "recipe.yaml"] {
            expectClean(try String(contentsOfFile: "\(evilRun)/\(file)", encoding: .utf8))
        }
    }

    private func expectClean(_ text: String, _ place: SourceLocation = #_sourceLocation) {
        let raw = text.unicodeScalars.filter {
            $0 != "\n" && $0 != "\t" && ($0.properties.generalCategory == .control || $0 == "\u{202E}")
        }
        #expect(raw.isEmpty, "\(raw.map(\.value)) in \(text.prefix(300).debugDescription)", sourceLocation: place)
    }
}
