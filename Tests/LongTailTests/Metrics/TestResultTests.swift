import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailTraining

/// What a run keeps of an evaluation.
@Suite struct TestResultTests {
    private static let whole = """
        # longtail predictions 1
        # model: "x"
        # classes: ["a","b"]
        # classwise-ece: 0
        true,predicted,score
        a,a,0.5
        b,a,1.0

        """

    private let folder: RunFolder
    private let run: Run

    init() throws {
        folder = try RunFolder()
        run = try Run.create(
            at: folder.path("run"),
            recipe: Recipe.parse("name: demo\ndata: { name: glyphs }\nstages: [fc: ]"),
            record: RunRecord(version: "0.1.0", libtorch: "2.11.0", threads: 1, command: [], classNames: ["a", "b"]))
    }

    private func read(_ text: String) throws -> TestResult? {
        try AtomicFile.write(text, to: run.layout.predictions("x"))
        return try run.savedResult("x")
    }

    @Test("A saved result is read back") func saved() throws {
        #expect(try run.savedResult("x") == nil)
        let result = try #require(try read(Self.whole))
        #expect(result.report.hits == [1, 0] && result.name == "x")
        try PredictionFile(result).write(to: run.layout.predictions("x"))
        #expect(try run.savedResult("x") == result)
        #expect(run.layout.predictions("x").hasSuffix("/predictions/x.csv.gz"))
    }

    @Test(
        "Predictions that would end the process in a table, or are another model's, are no saved result",
        arguments: [
            ("a,a,0.5", "a,a,1e30"), ("a,a,0.5", "a,a,nan"), ("a,a,0.5", "a,a,-1"), ("b,a,", "c,a,"),
            ("[\"a\",\"b\"]", "[\"a\",\"c\"]"), ("\"x\"", "\"y\""), ("# longtail", "# other"),
        ])
    func hostile(part: String, other: String) throws {
        let text = Self.whole.replacingOccurrences(of: part, with: other)
        #expect(try text != Self.whole && read(text) == nil)
    }
}
