import Foundation
import LongTail
import Testing

/// SIGKILL at random moments, and what a resumed run makes of it.
@Suite struct KillTests {
    /// Kills in all; the moments are drawn over the length of an unbroken run, start-up and report included.
    private static let kills = 20

    @Test("Killed twenty times at random moments and resumed, runs end with the bits and metrics of an unbroken one")
    func randomMoments() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        var random = CounterRandom(seed: 20, purpose: .test)
        var (kills, chain) = (0, 0)
        var places: Set<String> = []
        while kills < Self.kills {
            chain += 1
            let path = desk.at("chain-\(chain)")
            var isFinished = false
            while !isFinished {
                let outcome = try goOn(
                    desk, unbroken, path, .after(seconds: random.uniform(0.2 * unbroken.seconds..<unbroken.seconds)))
                isFinished = outcome.signal == nil
                if isFinished { try #require(outcome.status == 0, "\(outcome.errors)") }
                if !isFinished {
                    kills += 1
                    places.insert(try resumePosition(ofRun: path))
                }
                try #require(kills < 10 * Self.kills, "every run is killed before it gets on")
            }
            try expectSame(path, unbroken)
        }
        #expect(kills >= Self.kills)
        // Moments that fall into one place only would show little.
        #expect(places.count >= 5, "the run stood at \(places)")
    }

    @Test(
        "Killed in its first moments, a run is begun or resumed by the same command and ends with the same bits",
        arguments: ["", "/.lock", "/checkpoints", "/recipe.yaml", "/run.json", "/checkpoints/start.safetensors"])
    func firstMoments(_ sign: String) throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let path = desk.at("run")
        let killed = try goOn(desk, unbroken, path, .when { exists(path + sign) })
        #expect(killed.signal == SIGKILL)
        let outcome = try goOn(desk, unbroken, path, .never)
        try #require(outcome.status == 0, "\(outcome.errors)")
        try expectSame(path, unbroken)
    }

    @Test("What a run killed before its beginning leaves behind is named, and never taken for files of the user")
    func remains() throws {
        let unbroken = try FinishedRun.shared.get()
        let desk = try Desk()
        let (dead, alive) = (".recipe.yaml.999999999.part", ".recipe.yaml.\(getpid()).part")
        for name in [".lock", "recipe.yaml", dead, alive] { try desk.write("remains", as: "killed/\(name)") }
        let resumed = try desk.run(["train", "--resume", desk.at("killed")])
        #expect(resumed.status == 2)
        #expect(resumed.errors.contains("stopped before it began"))
        let begun = try desk.run(["train", unbroken.recipe, "--run", desk.at("killed"), "--threads", "1", "--quiet"])
        #expect(begun.status == 0)
        #expect(!exists(desk.at("killed/\(dead)")) && exists(desk.at("killed/\(alive)")))
        try desk.write("mine", as: "mine/recipe.yaml")
        let refused = try desk.run(["train", unbroken.recipe, "--run", desk.at("mine")])
        #expect(refused.status == 2)
        #expect(refused.errors.contains("is not empty"))
        #expect(try String(contentsOfFile: desk.at("mine/recipe.yaml"), encoding: .utf8) == "mine")
        #expect(try FileManager.default.contentsOfDirectory(atPath: desk.at("mine")) == ["recipe.yaml"])
    }

    /// Begins a run, or resumes it where it was begun, as a user would.
    private func goOn(_ desk: Desk, _ unbroken: FinishedRun, _ path: String, _ kill: Longtail.Kill) throws
        -> Longtail.Outcome
    {
        let begin = exists("\(path)/run.json") ? ["--resume", path] : [unbroken.recipe, "--run", path]
        return try desk.run(["train"] + begin + ["--threads", "1", "--quiet"], kill: kill)
    }

    private func expectSame(_ path: String, _ unbroken: FinishedRun) throws {
        #expect(try digests(ofRun: path) == digests(ofRun: unbroken.path))
        #expect(try epochs(ofRun: path) == epochs(ofRun: unbroken.path))
        let left = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        #expect(left.filter { $0.hasSuffix(".part") } == [])
        #expect(exists("\(path)/reports/report.html"))
    }
}
