import ArgumentParser
import Foundation
import LongTail

/// How many processes of this machine work together.
enum JobCount: ExpressibleByArgument {
    case count(Int)
    case auto

    init?(argument: String) {
        if argument == "auto" {
            self = .auto
        } else if let count = Int(argument), (1...1_024).contains(count) {
            self = .count(count)
        } else {
            return nil
        }
    }

    var number: Int {
        switch self {
        case .count(let count): count
        case .auto: max(1, ProcessorShare.current.threads)
        }
    }
}

/// This program as its own launcher: it starts itself several times on this machine and waits.
///
/// The processes meet in a file of a folder that only this user can enter, and talk over the loopback interface. One that is killed
/// is started again, with all others, from where the run stands; what fails for a reason of its own is not.
struct Jobs {
    /// How often processes that were killed are started again.
    private static let restarts = 3
    /// Where the first process says which run has begun.
    private static let runVariable = "LONGTAIL_JOBS_RUN"

    private let count: Int
    private let words: [String]

    init(_ jobs: JobCount) throws(LongTailError) {
        guard try World().size == 1 else {
            throw LongTailError(
                .usage, "--jobs starts processes itself, and a launcher has started this one",
                remedy: "Leave out --jobs: torchrun, srun and mpirun say how many there are.")
        }
        count = jobs.number
        words = Self.without("--jobs", Array(CommandLine.arguments.dropFirst()))
    }

    /// Runs the command in so many processes, and ends with the status of the first that failed.
    func run() throws {
        let desk = try ScratchFolder()
        defer { desk.remove() }
        let cores = ProcessorShare.current.threads
        if count > cores, !words.contains("--quiet") {
            Console.tell("longtail: \(count) processes share \(cores) cores; --jobs auto takes one for each core\n")
        }
        let interruption = Interruption(passedOnTo: count)
        for attempt in 0...Self.restarts {
            let begun = desk.path("run")
            let words = Self.resumed(words, FileBytes.contents(of: begun))
            let status = try Attempt(count, words, file: desk.path("meeting-\(attempt)"), begun: begun)
                .wait { interruption.answer == .stop }
            try interruption.check()
            guard status.isKilled, attempt < Self.restarts else {
                if status.code != 0 { throw ExitCode(status.code) }
                return
            }
            Console.tell("longtail: a process was killed; all \(count) are started again from where the run stands\n")
        }
    }

    /// How many processes this command started of which a team is made; nil where another launcher did.
    static func count(_ team: Team) -> Int? { team.world.launcher == .jobs ? team.world.size : nil }

    /// Tells the process that started this one which run has begun.
    static func tell(of run: Run) {
        guard let path = ProcessInfo.processInfo.environment[runVariable] else { return }
        try? AtomicFile.write(Path(run.path).absolute, to: path)
    }

    /// The command that goes on with a run that has begun.
    private static func resumed(_ words: [String], _ run: Data?) -> [String] {
        guard let run else { return words }
        var kept = ["train", "--resume", String(decoding: run, as: UTF8.self)]
        for name in [
            "--data", "--members", "--threads", "--workers", "--device", "--meeting-timeout", "--collective-timeout",
        ] {
            if let value = value(of: name, words) { kept += [name, value] }
        }
        for flag in ["--json", "--quiet", "--cudnn-benchmark"] where words.contains(flag) { kept.append(flag) }
        return kept
    }

    private static func value(of name: String, _ words: [String]) -> String? {
        for (place, word) in words.enumerated() {
            if word.hasPrefix("\(name)=") { return String(word.dropFirst(name.count + 1)) }
            if word == name, place + 1 < words.count { return words[place + 1] }
        }
        return nil
    }

    private static func without(_ name: String, _ words: [String]) -> [String] {
        var (kept, skips) = ([String](), false)
        for word in words {
            if skips {
                skips = false
            } else if word == name {
                skips = true
            } else if !word.hasPrefix("\(name)=") {
                kept.append(word)
            }
        }
        return kept
    }

    /// The processes of one attempt.
    private struct Attempt {
        struct Status {
            var code: Int32 = 0
            var isKilled = false
        }

        private let processes: [Process]

        init(_ count: Int, _ words: [String], file: String, begun: String) throws {
            let program = URL(fileURLWithPath: Self.program)
            processes = (0..<count).map { rank in
                let process = Process()
                (process.executableURL, process.arguments) = (program, words)
                process.environment = ProcessInfo.processInfo.environment
                    .merging(World.variables(rank: rank, of: count, file: file)) { $1 }
                    .merging([Jobs.runVariable: begun]) { $1 }
                if rank > 0 { process.standardOutput = FileHandle.nullDevice }
                process.standardInput = FileHandle.nullDevice
                return process
            }
            for process in processes { try process.run() }
        }

        /// Waits for all; when one fails, or this command is asked to stop, the others are asked to end, and made to after half a
        /// minute.
        func wait(unless isStopped: () -> Bool) -> Status {
            var first: Status?
            var asked: ContinuousClock.Instant?
            while processes.contains(where: \.isRunning) {
                usleep(50_000)
                if first == nil { first = failure }
                guard first != nil || isStopped() else { continue }
                guard let since = asked else {
                    asked = .now
                    // They find out and say why themselves, given a moment.
                    usleep(1_000_000)
                    for process in processes where process.isRunning { process.terminate() }
                    continue
                }
                guard since.duration(to: .now) > .seconds(30) else { continue }
                for process in processes where process.isRunning { kill(process.processIdentifier, SIGKILL) }
            }
            return first ?? failure ?? Status()
        }

        private var failure: Status? {
            processes.first { !$0.isRunning && ($0.terminationStatus != 0 || isKilled($0)) }.map {
                Status(
                    code: isKilled($0) ? 128 + $0.terminationStatus : $0.terminationStatus, isKilled: isKilled($0))
            }
        }

        private func isKilled(_ process: Process) -> Bool { process.terminationReason == .uncaughtSignal }

        private static var program: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }
    }
}
