import Foundation
import LongTail
import Testing

/// ONNX's checker and ONNX Runtime, in the Python that scripts/clients makes.
enum OnnxRuntime {
    /// What they say about a model.
    struct Answer: Decodable {
        struct Input: Decodable {
            let name: String
            let shape: [String]
        }
        struct Output: Decodable {
            let shape: [Int]
            let values: [Double]
        }

        let input: Input
        /// One dictionary of outputs for each batch.
        let outputs: [[String: Output]]
        let operators: [String: Int]
        let weights: [String]
        let opset: Int
        let metadata: [String: String]
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let python = root.appending(path: ".deps/clients/bin/python")
    static let isThere = FileManager.default.isExecutableFile(atPath: python.path)
    static let reason: Comment = "ONNX Runtime is not there: scripts/clients fetches it"

    /// Checks a file and runs it on batches.
    static func run(_ onnx: Data, _ batches: [Tensor]) throws -> Answer {
        let folder = FileManager.default.temporaryDirectory.appending(path: "longtail-onnx-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try onnx.write(to: folder.appending(path: "model.onnx"))
        for (number, batch) in batches.enumerated() {
            try batch.host().bytes.write(to: folder.appending(path: "input-\(number).f32"))
        }
        let files = try ["answer", "errors"].map { name in
            try Data().write(to: folder.appending(path: name))
            return try FileHandle(forWritingTo: folder.appending(path: name))
        }
        let process = Process()
        process.executableURL = python
        process.arguments = [
            root.appending(path: "Tests/ExportingTests/onnx.py").path, folder.path, "\(batches.map(\.shape))",
        ]
        (process.standardOutput, process.standardError) = (files[0], files[1])
        try process.run()
        process.waitUntilExit()
        let errors = String(decoding: try Data(contentsOf: folder.appending(path: "errors")), as: UTF8.self)
        try #require(process.terminationStatus == 0, "\(errors)")
        return try JSONDecoder().decode(Answer.self, from: Data(contentsOf: folder.appending(path: "answer")))
    }
}

/// The largest absolute difference; infinite for another shape.
func difference(_ found: OnnxRuntime.Answer.Output?, _ expected: Tensor) throws -> Double {
    guard let found, found.shape == expected.shape else { return .infinity }
    let pairs = zip(found.values, try expected.array(of: Double.self))
    return pairs.reduce(0) { worst, pair in
        let gap = abs(pair.0 - pair.1)
        return gap <= worst ? worst : gap.isNaN ? .infinity : gap
    }
}
