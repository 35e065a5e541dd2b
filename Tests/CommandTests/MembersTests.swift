import Foundation
import LongTail
import Testing

/// BTM members trained by many processes: the bits are those of one.
@Suite(.serialized) struct MembersTests {
    private static let train = ["--threads", "1", "--quiet"]

    @Test("One, two and four processes train the same bits and lines of metrics", arguments: [2, 4])
    func ranks(_ size: Int) throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let words = ["train", unbroken.recipe, "--run", desk.at("run")] + Self.train
        let outcomes = try Ranks.launch(Ranks.torchrun(size), words)
        #expect(outcomes.allSatisfy { $0.status == 0 && $0.errors.isEmpty }, "\(outcomes)")
        #expect(outcomes.dropFirst().allSatisfy { $0.output.isEmpty })
        try expectSame(desk.at("run"), unbroken)
        let record = try #require(
            json(String(contentsOfFile: desk.at("run/run.json"), encoding: .utf8)) as? [String: Any])
        let processes = try #require(record["processes"] as? [String: Any])
        #expect(processes["launcher"] as? String == "torchrun" && (processes["hosts"] as? [String])?.count == size)
    }

    @Test("Processes without a folder in common send their members") func noSharedDisk() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let outcomes = try Ranks.launch(Ranks.torchrun(3)) { rank in
            ["train", unbroken.recipe, "--run", desk.at("run"), "--members", desk.at("members\(rank)")] + Self.train
        }
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
        try expectSame(desk.at("run"), unbroken)
        let files = try (0..<3).map { try FileManager.default.contentsOfDirectory(atPath: desk.at("members\($0)")) }
        #expect(files[0].count == 3 && files.dropFirst().joined().count > 0, "\(files)")
    }

    @Test("Parts of a job array train the members that are theirs, and the merge trains none") func parts() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let start = [
            "train", unbroken.recipe, "--checkpoint", unbroken.checkpoint("pre-train"), "--members", desk.at("m"),
        ]
        var found: [Int] = []
        for part in ["1/2", "2/2"] {
            let outcome = try desk.run(start + ["--part", part] + Self.train)
            #expect(outcome.status == 0, "\(outcome.errors)")
            found.append(try FileManager.default.contentsOfDirectory(atPath: desk.at("m")).count)
        }
        // Members 1 and 3, then 2.
        #expect(found == [2, 3])
        let merged = try desk.run(start + ["--run", desk.at("run")] + Self.train)
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(try String(contentsOfFile: desk.at("run/log.txt"), encoding: .utf8).contains("member 3 taken from"))
        let (own, all) = (try digests(ofRun: desk.at("run")), try digests(ofRun: unbroken.path))
        for name in ["btm.safetensors", "post-train.safetensors"] { #expect(own[name] == all[name]) }
        #expect(try epochs(ofRun: desk.at("run")) == epochs(ofRun: unbroken.path).filter { !$0.hasPrefix("pre-train") })
    }

    @Test("A part is refused where it cannot be") func refusedParts() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let early = try desk.run(["train", unbroken.recipe, "--part", "1/2", "--members", desk.at("m")])
        #expect(early.status == 2 && early.errors.contains("stage pre-train comes before btm"), "\(early.errors)")
        for part in ["0/2", "3/2", "1", "1/0", "a/b", "1/2/3"] {
            let outcome = try desk.run(["train", unbroken.recipe, "--part", part, "--members", desk.at("m")])
            #expect(outcome.status == 64 && outcome.errors.contains("i/n"), "\(part): \(outcome)")
        }
        let homeless = try desk.run(["train", unbroken.recipe, "--part", "1/2"])
        #expect(homeless.status == 64 && homeless.errors.contains("needs --members"))
        #expect(!exists(desk.at("m")))
    }

    @Test("What a launcher has started together is no part, and no command of one process") func launched() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let ranks = try Ranks.torchrun(2)
        let parts = try Ranks.launch(ranks) {
            ["train", unbroken.recipe, "--part", "\($0 + 1)/2", "--members", desk.at("m")]
        }
        for outcome in parts {
            #expect(outcome.status == 64 && outcome.errors.contains("torchrun has started 2 processes"), "\(outcome)")
        }
        let predictions = try Ranks.launch(ranks, ["predict", unbroken.path, desk.path])
        for outcome in predictions {
            #expect(outcome.status == 2 && outcome.errors.contains("this command is one process's work"), "\(outcome)")
        }
        #expect(!exists(desk.at("m")))
    }

    @Test("A member's file that was damaged is trained anew, or named with the way out") func damagedMembers() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let members = desk.at("m")
        let words = ["train", unbroken.recipe, "--checkpoint", unbroken.checkpoint("pre-train"), "--members", members]
        let trained = try desk.run(words + ["--part", "1/1"] + Self.train)
        try #require(trained.status == 0, "\(trained.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: members).sorted().map { "\(members)/\($0)" }
        let whole = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        let tensors = try files.map { try digest(ofTensorsIn: $0) }
        try whole[0].prefix(whole[0].count / 2).write(to: URL(fileURLWithPath: files[0]))
        try Data().write(to: URL(fileURLWithPath: files[1]))
        let again = try desk.run(words + ["--part", "1/1", "--threads", "1"])
        #expect(again.status == 0, "\(again.errors)")
        for file in files.prefix(2) { #expect(again.errors.contains("\(file) is damaged"), "\(again.errors)") }
        #expect(try files.map { try digest(ofTensorsIn: $0) } == tensors)

        var other = whole[2]
        other[other.count - 1_000] ^= 1
        try other.write(to: URL(fileURLWithPath: files[2]))
        let refused = try desk.run(words + ["--run", desk.at("run")] + Self.train)
        #expect(refused.status == 3 && refused.errors.contains("Delete it: the same command trains"), "\(refused)")
        try FileManager.default.removeItem(atPath: files[2])
        // The run knows its members' folder.
        let resumed = try desk.run(["train", "--resume", desk.at("run")] + Self.train)
        #expect(resumed.status == 0, "\(resumed.errors)")
        let log = try String(contentsOfFile: desk.at("run/log.txt"), encoding: .utf8)
        #expect(
            Set([1, 2, 3].filter { log.contains("member \($0) taken from the member store") }).count == 2, "\(log)")
        #expect(
            try digests(ofRun: desk.at("run"))["btm.safetensors"] == digests(ofRun: unbroken.path)["btm.safetensors"])
    }

    @Test("A process that is asked to end is no failure of the run's values") func stoppedRank() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let running = try Longtail.start(
            ["train", unbroken.recipe, "--run", desk.at("run"), "--jobs", "2", "--set", "stages.btm.epochs=200"]
                + Self.train)
        defer { running.forget() }
        running.wait { exists(desk.at("run/members")) }
        kill(try #require(children(of: running).last), SIGTERM)
        let outcome = try running.outcome()
        #expect(outcome.status != 0 && !outcome.errors.contains("begin a new run"), "\(outcome)")
        #expect(outcome.errors.contains("--resume \(desk.at("run")) --jobs 2"), "\(outcome)")
        #expect(outcome.errors.contains("of its members is in"), "\(outcome)")
    }

    @Test("Members of unlike processes are named") func mixture() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let start = [
            "train", unbroken.recipe, "--checkpoint", unbroken.checkpoint("pre-train"), "--members", desk.at("m"),
        ]
        for (part, threads) in [("1/2", "1"), ("2/2", "2")] {
            let outcome = try desk.run(start + ["--part", part, "--threads", threads, "--quiet"])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let merged = try desk.run(start + ["--run", desk.at("run")] + Self.train)
        #expect(merged.status == 0, "\(merged.errors)")
        let log = try String(contentsOfFile: desk.at("run/log.txt"), encoding: .utf8)
        #expect(log.contains("members 1, 3: 1 thread, ") && log.contains("member 2: 2 threads, "), "\(log)")
    }

    @Test("A part that is killed goes on from its last epoch") func killedPart() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let members = desk.at("m")
        let words =
            ["train", unbroken.recipe, "--checkpoint", unbroken.checkpoint("pre-train"), "--members", members]
            + Self.train
        @Sendable func files() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: members)) ?? [] }
        let killed = try desk.run(
            words + ["--part", "1/1"], kill: .when { files().contains { $0.hasSuffix(".resume.safetensors") } })
        #expect(killed.signal == SIGKILL && files().contains { $0.hasSuffix(".resume.safetensors") })
        let again = try desk.run(words + ["--part", "1/1"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(files().filter { !$0.hasPrefix(".") }.count == 3, "\(files())")
        let merged = try desk.run(words + ["--run", desk.at("run")])
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(
            try digests(ofRun: desk.at("run"))["btm.safetensors"] == digests(ofRun: unbroken.path)["btm.safetensors"])
    }

    @Test("--jobs trains the bits of one process, and a process that is killed is started again") func jobs() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let whole = try desk.run(["train", unbroken.recipe, "--run", desk.at("whole"), "--jobs", "2"] + Self.train)
        #expect(whole.status == 0, "\(whole.errors)")
        try expectSame(desk.at("whole"), unbroken)
        let running = try Longtail.start(
            ["train", unbroken.recipe, "--run", desk.at("killed"), "--jobs", "2"] + Self.train)
        defer { running.forget() }
        running.wait { exists(desk.at("killed/members")) }
        let child = try #require(children(of: running).last)
        kill(child, SIGKILL)
        let outcome = try running.outcome()
        #expect(outcome.status == 0 && outcome.errors.contains("a process was killed"), "\(outcome)")
        try expectSame(desk.at("killed"), unbroken)
        let refused = try Ranks.launch(
            [Ranks.torchrun(0, of: 2, try FreePort.find())], ["train", unbroken.recipe, "--jobs", "2"])
        #expect(refused[0].status == 2 && refused[0].errors.contains("a launcher has started this one"), "\(refused)")
    }

    @Test("What --jobs has started ends with it, whatever ended it") func orphans() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let running = try Longtail.start(
            ["train", unbroken.recipe, "--run", desk.at("run"), "--jobs", "2"] + Self.train)
        defer { running.forget() }
        running.wait { exists(desk.at("run/members")) }
        let children = try children(of: running)
        try #require(children.count == 2, "\(children)")
        running.kill()
        _ = try running.outcome()
        let limit = ContinuousClock.now + .seconds(10)
        while children.contains(where: { kill($0, 0) == 0 }), ContinuousClock.now < limit { usleep(10_000) }
        #expect(children.allSatisfy { kill($0, 0) != 0 }, "they go on without it")
        let resumed = try desk.run(["train", "--resume", desk.at("run")] + Self.train)
        #expect(resumed.status == 0, "\(resumed.errors)")
        try expectSame(desk.at("run"), unbroken)
    }

    @Test("What one process fails of, every process says, in time") func failure() throws {
        let desk = try Desk()
        let (own, other) = (
            try desk.pictures("one", classes: ["a", "b"]), try desk.pictures("two", classes: ["a", "c"])
        )
        let recipe = try desk.write(
            Tiny.recipe(data: "data: { name: folder }", stages: Tiny.preTrain + Tiny.btm), as: "recipe.yaml")
        let outcomes = try Ranks.launch(Ranks.torchrun(2), timeout: 60) { rank in
            ["train", recipe, "--data", rank == 0 ? own : other, "--run", desk.at("run")] + Self.train
        }
        #expect(outcomes.allSatisfy { $0.status != 0 }, "\(outcomes)")
        #expect(outcomes[1].errors.contains("rank 1 has other training images"), "\(outcomes)")
        #expect(outcomes[0].errors.contains("rank 1 on ") && outcomes[0].errors.contains("other training images"))
    }

    @Test("A process that is stopped is named by the others after the time that is waited") func silence() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let run = desk.at("run")
        let words = ["train", unbroken.recipe, "--run", run, "--collective-timeout", "4"] + Self.train
        let ranks = try Ranks.torchrun(2).map { try Ranks.start($0, words) }
        defer { ranks.forEach { $0.forget() } }
        ranks[1].kill(by: SIGSTOP) { exists("\(run)/members") }
        let outcome = try ranks[0].outcome(within: 60)
        #expect(outcome.status == 4, "\(outcome)")
        #expect(outcome.errors.contains("rank 1 on ") && outcome.errors.contains("no sign of life for 4 s"))
        // What is there can be resumed by one process alone, with the same bits.
        let resumed = try desk.run(["train", "--resume", run] + Self.train)
        #expect(resumed.status == 0, "\(resumed.errors)")
        try expectSame(run, unbroken)
    }

    @Test("A run that one process has begun goes on with several, in the middle of a member") func moreProcesses()
        throws
    {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let run = desk.at("run")
        let killed = try desk.run(
            ["train", unbroken.recipe, "--run", run] + Self.train,
            kill: .when { (try? resumePosition(ofRun: run))?.contains(#""epoch":1,"member":1"#) == true })
        let position = try resumePosition(ofRun: run)
        try #require(killed.signal == SIGKILL && position.contains(#""epoch":1,"member":1"#), "\(position)")
        let resumed = try desk.run(["train", "--resume", run, "--jobs", "2"] + Self.train)
        #expect(resumed.status == 0, "\(resumed.errors)")
        try expectSame(run, unbroken)
    }

    /// The processes that one has started.
    private func children(of running: Running) throws -> [Int32] {
        try Longtail.run(
            URL(fileURLWithPath: "/usr/bin/env"), ["sh", "-c", "cat /proc/\(running.identifier)/task/*/children"]
        ).output.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }

    private func expectSame(_ path: String, _ unbroken: FinishedRun) throws {
        #expect(try digests(ofRun: path) == digests(ofRun: unbroken.path))
        #expect(try epochs(ofRun: path) == epochs(ofRun: unbroken.path))
        #expect(!exists("\(path)/members"))
    }
}
