import Foundation
import Testing

/// A package outside the clone that depends on this one needs nothing but `PKG_CONFIG_PATH` and links to libtorch, and adds
/// a method, a step and a way to merge of its own to the words of recipes.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["LONGTAIL_TEST_CONSUMER"] == "1",
        "builds every dependency anew, which takes minutes; LONGTAIL_TEST_CONSUMER=1 runs it"))
struct ConsumerTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("A package outside trains by a method of its own, is killed, resumed to the same bits and evaluated")
    func consumer() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("consumer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(
            at: root.appendingPathComponent("Tests/CommandTests/ConsumerPackage"), to: folder)

        var environment = ProcessInfo.processInfo.environment
        environment["LONGTAIL_ROOT"] = root.path
        environment["PKG_CONFIG_PATH"] = root.appendingPathComponent(".deps/pkgconfig").path
        environment["SCRATCH"] = folder.appendingPathComponent(".build").path
        // Bootstrap lays the links to libtorch beside the binary that the next command builds.
        try run(root.appendingPathComponent("scripts/bootstrap").path, [], in: folder, environment)
        try run("/usr/bin/env", ["swift", "build", "-c", "release"], in: folder, environment)
        func consumer(_ mode: String, _ name: String, dies: Bool = false) throws -> String {
            try run(
                folder.appendingPathComponent(".build/release/Consumer").path,
                [mode, folder.appending(path: name).path],
                in: folder, environment, dies: dies)
        }
        _ = try consumer("train", "whole")
        _ = try consumer("die", "killed", dies: true)
        #expect(
            !FileManager.default.fileExists(atPath: folder.appending(path: "killed/checkpoints/btm.safetensors").path))
        _ = try consumer("resume", "killed")
        #expect(
            try digests(ofRun: folder.appending(path: "whole").path)
                == digests(ofRun: folder.appending(path: "killed").path))
        let evaluated = try consumer("evaluate", "killed")
        #expect(evaluated.hasPrefix("pre-train [") && evaluated.contains("; btm ["), "\(evaluated)")
        #expect(try consumer("fail", "failing") == "the program's own error came through\n")
    }

    /// Runs a program, requires status 0, and returns what it printed (standard output and error together).
    @discardableResult
    private func run(
        _ program: String, _ arguments: [String], in folder: URL, _ environment: [String: String], dies: Bool = false
    ) throws -> String {
        let log = folder.appendingPathComponent("log")
        try Data().write(to: log)
        let handle = try FileHandle(forWritingTo: log)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        process.waitUntilExit()
        try handle.close()
        let text = try String(contentsOf: log, encoding: .utf8)
        try #require(
            dies ? process.terminationReason == .uncaughtSignal : process.terminationStatus == 0,
            "\(program) \(arguments.joined(separator: " ")):\n\(text.suffix(4000))")
        return text
    }
}
