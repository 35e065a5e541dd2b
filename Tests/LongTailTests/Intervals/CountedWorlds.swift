import Foundation
import LongTail
import LongTailSerialization

/// What was counted in each world, in a file beside the page: hours of counting can be broken off and gone on with.
///
/// Counts of other sources than these are not taken over.
struct CountedWorlds {
    /// One world's rows, and what they took.
    struct Entry: Codable {
        let sources: String
        let seconds: Double
        let machine: String
        let rows: [String: String]
    }

    private let path: String
    private let sources: String
    private(set) var entries: [String: Entry] = [:]

    /// - Parameter page: The page that the counts are for.
    init(beside page: String) throws {
        path = page + ".json"
        sources = try Self.digestOfSources()
        guard FileManager.default.fileExists(atPath: path) else { return }
        let found = try JSONDecoder().decode(
            [String: Entry].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        entries = found.filter { [sources] in $0.value.sources == sources }
    }

    /// The rows of a world: those that stand in the file, or else counted and put there.
    mutating func rows(_ world: World, _ repetitions: Int, count: () throws -> [String: String]) throws
        -> [String: String]
    {
        let key = "\(world.name), \(repetitions) repetitions"
        if let entry = entries[key] { return entry.rows }
        let start = ContinuousClock.now
        let rows = try count()
        let machine = "\(Processor.current.name), \(ProcessInfo.processInfo.activeProcessorCount) cores"
        entries[key] = Entry(
            sources: sources, seconds: start.duration(to: .now) / .seconds(1), machine: machine, rows: rows)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(try encoder.encode(entries), to: path)
        return rows
    }

    /// "in 12 minutes on A, 2 cores", for the worlds of one number of repetitions.
    func effort(_ repetitions: Int) -> String {
        let counted = entries.filter { entry in
            World.all.contains { "\($0.name), \($0.repetitions(repetitions)) repetitions" == entry.key }
        }
        let minutes = Int(counted.values.map(\.seconds).reduce(0, +) / 60)
        return "in \(minutes) minutes on \(Set(counted.values.map(\.machine)).sorted().joined(separator: " and "))"
    }

    /// The checksum of what the counts depend on: the intervals' sources and the worlds'.
    private static func digestOfSources() throws -> String {
        let here = Path(#filePath).folder
        let root = Path(Path(Path(here).folder).folder).folder
        var sum = XXH64()
        for folder in ["\(root)/Sources/LongTailImbalance/Intervals", here] {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
                // Pages and their file say what is counted, not how.
                guard !name.contains("Tests"), !name.contains("Page"), !name.hasPrefix("Counted") else { continue }
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")).withUnsafeBytes { sum.update($0) }
            }
        }
        return sum.text
    }
}

extension World {
    /// Large worlds are repeated less often.
    func repetitions(_ asked: Int) -> Int { totals.count > 300 ? max(1, asked / 4) : asked }
}
