import Foundation
import Testing

/// The built command, run as a process of its own.
enum Longtail {
    /// What a process left behind.
    struct Outcome {
        /// The exit status, or nil when a signal ended it.
        var status: Int32?
        /// The signal that ended it.
        var signal: Int32?
        /// Standard output.
        var output: String
        /// Standard error.
        var errors: String
        /// The highest resident size that was seen, in bytes.
        var peak: Int
        /// How long it lived.
        var seconds: Double
    }

    /// When a process is sent a signal.
    enum Kill {
        case never
        case after(seconds: Double)
        case when(() -> Bool)
    }

    /// The clone.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The binary beside the test bundle.
    static let binary: URL? = {
        var folders = [Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
        folders += ["release", "debug"].map { root.appending(path: ".build/\($0)") }
        return folders.map { $0.appending(path: "longtail") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) && !isFolder($0.path) }
    }()

    /// Runs the command and waits for it; a test that waits longer than `timeout` seconds fails.
    static func run(
        _ arguments: [String], in folder: URL = root, timeout: Double = 180, kill killing: Kill = .never,
        by signal: Int32 = SIGKILL
    ) throws -> Outcome {
        try run(
            try #require(binary, "longtail is not built beside the tests"), arguments, in: folder, timeout: timeout,
            kill: killing, by: signal)
    }

    /// Runs any program and waits for it.
    static func run(
        _ program: URL, _ arguments: [String], in folder: URL = root, timeout: Double = 180,
        kill killing: Kill = .never, by signal: Int32 = SIGKILL
    ) throws -> Outcome {
        let process = try start(program, arguments, in: folder)
        defer { process.forget() }
        var peak = 0
        func looked(_ isDue: Bool) -> Bool {
            peak = max(peak, peakMemory(of: process.identifier))
            return isDue
        }
        switch killing {
        case .never: break
        case .after(let moment): process.kill(by: signal, within: timeout) { looked(process.seconds >= moment) }
        case .when(let condition): process.kill(by: signal, within: timeout) { looked(condition()) }
        }
        process.wait(seconds: timeout - process.seconds) { looked(false) }
        var outcome = try process.outcome(within: timeout)
        outcome.peak = peak
        return outcome
    }

    /// Starts the command without waiting for it.
    static func start(_ arguments: [String], in folder: URL = root) throws -> Running {
        try start(try #require(binary, "longtail is not built beside the tests"), arguments, in: folder)
    }

    private static func start(_ program: URL, _ arguments: [String], in folder: URL) throws -> Running {
        try Running(program, arguments, in: folder)
    }

    /// VmHWM of a process: its highest resident size so far.
    private static func peakMemory(of process: Int32) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return 0 }
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}

/// A process under way, its output in files, so that it never waits for a reader.
final class Running {
    private let process = Process()
    private let folder: URL
    private let words: String
    private let begin = ContinuousClock.now

    init(_ program: URL, _ arguments: [String], in working: URL) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "longtail-output-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["output", "errors"] { try Data().write(to: folder.appending(path: name)) }
        words = arguments.joined(separator: " ")
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1"]) { $1 }
        process.currentDirectoryURL = working
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "output"))
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "errors"))
        // A process inherits what its parent ignores, and those that run tests ignore these.
        for number in [SIGINT, SIGTERM] { _ = signal(number, SIG_DFL) }
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var identifier: Int32 { process.processIdentifier }

    /// How long it has lived, in seconds.
    var seconds: Double { begin.duration(to: .now) / .seconds(1) }

    func kill(by signal: Int32 = SIGKILL) { _ = Glibc.kill(process.processIdentifier, signal) }

    /// Waits until something is so, as long as the process runs and at most so many seconds.
    func wait(seconds: Double = 60, until isSo: () throws -> Bool) rethrows {
        let end = ContinuousClock.now + .seconds(seconds)
        while isRunning, ContinuousClock.now < end, try !isSo() { usleep(1_000) }
    }

    /// Sends it a signal once something is so.
    func kill(by signal: Int32 = SIGKILL, within seconds: Double = 60, when isSo: () throws -> Bool) rethrows {
        try wait(seconds: seconds, until: isSo)
        if isRunning { kill(by: signal) }
    }

    /// What it left, once it is over; a test that waits longer than so many seconds of its life fails.
    func outcome(within limit: Double = 180) throws -> Longtail.Outcome {
        wait(seconds: limit - seconds) { false }
        let lived = seconds
        if isRunning { kill() }
        try #require(lived <= limit, "longtail \(words) took over \(limit) s")
        process.waitUntilExit()
        let isSignal = process.terminationReason == .uncaughtSignal
        let text = try ["output", "errors"].map { name in
            String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
        }
        return Longtail.Outcome(
            status: isSignal ? nil : process.terminationStatus, signal: isSignal ? process.terminationStatus : nil,
            output: text[0], errors: text[1], peak: 0, seconds: lived)
    }

    /// Ends it if it still runs, and removes its output.
    func forget() {
        if process.isRunning {
            kill()
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: folder)
    }
}

func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
}

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
