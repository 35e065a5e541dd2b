import Foundation
import Testing

@Suite struct DeterminismTests {
    @Test("The same recipe and seed give the same bits in another folder; another seed gives others") func seeds()
        throws
    {
        let (first, other) = (try FinishedRun.shared.get(), try FinishedRun.other.get())
        let desk = try Desk()
        let outcome = try desk.run(["train", first.recipe, "--run", desk.at("again"), "--threads", "1"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let again = try digests(ofRun: desk.at("again"))
        #expect(again.count == 7)
        #expect(try again == digests(ofRun: first.path))
        for (stage, digest) in try digests(ofRun: other.path) { #expect(again[stage] != digest) }
        let saved = try ["pre-train", "btm", "post-train"].map { stage in
            try [desk.at("again"), first.path].map {
                try Data(contentsOf: URL(fileURLWithPath: "\($0)/predictions/\(stage).csv.gz"))
            }
        }
        #expect(saved.allSatisfy { $0[0] == $0[1] })
    }

    @Test("Runs of two threads agree with each other, and a resume with other threads says so") func threads() throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe(stages: Tiny.preTrain), as: "short.yaml")
        for name in ["a", "b"] {
            let outcome = try desk.run(["train", recipe, "--run", desk.at(name), "--threads", "2", "--quiet"])
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try digests(ofRun: desk.at("a")) == digests(ofRun: desk.at("b")))
        let copy = try desk.copy(run.path, as: "copy")
        let resumed = try desk.run(["train", "--resume", copy, "--threads", "2"])
        #expect(resumed.status == 0)
        #expect(resumed.errors.contains("threads: 2 now, 1 before"))
    }
}
