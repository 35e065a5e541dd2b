import Foundation
import FuzzTargets
import Testing

/// Every file that the fuzzer kept or stumbled over goes through its reader again, without sanitizers.
struct CorpusTests {
    @Test("Kept inputs give a value or a failure", arguments: FuzzTarget.allCases) func read(target: FuzzTarget) throws
    {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        for folder in ["Corpus", "Findings"].map({ "\(root)/Fuzzing/\($0)/\(target.rawValue)" }) {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
                let start = ContinuousClock.now
                try? target.read(Array(bytes))
                #expect(ContinuousClock.now - start < .seconds(2), "\(folder)/\(name) takes too long")
            }
        }
    }
}
