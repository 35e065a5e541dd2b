import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailPredictions
import LongTailSerialization
import Testing

/// A folder that goes away with the test.
final class Folder {
    private let root: URL

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("longtail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func path(_ name: String) -> String { root.appendingPathComponent(name).path }

    /// The path of a file with this text.
    func file(_ text: String, _ name: String = "table.csv") throws(LongTailError) -> String {
        try AtomicFile.write(text, to: path(name))
        return path(name)
    }

    /// The text of a file that gzip packed.
    func unpacked(_ name: String) throws -> String {
        String(decoding: try Gzip.unpacked(FileBytes(path: path(name)), limit: 1 << 30), as: UTF8.self)
    }
}

func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)).path
}

/// What a reader says of a file; "no failure" where it reads it.
func failure(_ body: () throws(LongTailError) -> Void) -> String {
    do {
        try body()
        return "no failure"
    } catch { return "\(error)" }
}

/// NumPy's numbers of the fixtures.
struct Expected: Decodable {
    let targets: [Int32]
    let predicted: [Int32]
    let top: [Int32]
    let scores: [Float]

    static func read() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("expected.json"))))
    }

    /// The columns behind the first of `top` or `scores`.
    static func further<Value>(_ all: [Value]) -> [Value] { all.indices.filter { $0 % 5 > 0 }.map { all[$0] } }
    static func first<Value>(_ all: [Value]) -> [Value] { all.indices.filter { $0 % 5 == 0 }.map { all[$0] } }
}
