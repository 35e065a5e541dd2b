import Foundation
import Testing

/// A package outside the clone that depends on this one needs nothing but `PKG_CONFIG_PATH` and links to libtorch.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["LONGTAIL_TEST_CONSUMER"] == "1",
        "builds every dependency anew, which takes minutes; LONGTAIL_TEST_CONSUMER=1 runs it"))
struct ConsumerTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("A package outside the clone builds against the library and runs")
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
        let printed = try run(
            folder.appendingPathComponent(".build/release/Consumer").path, [], in: folder, environment)
        #expect(printed == "LongTail is linked\n")
    }

    /// Runs a program, requires status 0, and returns what it printed (standard output and error together).
    @discardableResult
    private func run(_ program: String, _ arguments: [String], in folder: URL, _ environment: [String: String]) throws
        -> String
    {
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
            process.terminationStatus == 0, "\(program) \(arguments.joined(separator: " ")):\n\(text.suffix(4000))")
        return text
    }
}
