import ArgumentParser
import CLongTailStart
import Foundation
import LongTail
import Synchronization

/// What Ctrl-C (SIGINT) and SIGTERM do to a run: the first asks it to end after the step that it is in and ends the process
/// two seconds later where that takes longer, the second ends it at once.
///
/// Nothing is lost by either but the epoch under way: files of a run are written whole. The status is the shell's for
/// the signal, 130 or 143.
final class Interruption: Sendable {
    private enum State: Equatable {
        case none
        case asked(Int32)
        /// One thread says the last words.
        case ending
    }

    private let words: @Sendable (String) -> String
    private let wayOn: WayOn?
    private let patience: Int32
    private let state = Mutex(State.none)

    /// Takes the signals of the process from here on: a run ends after its step, or two seconds later.
    convenience init(of run: Run, jobs: Int?) {
        let way = WayOn(run, jobs: jobs)
        self.init(way, patience: 2000) { way.line(after: $0, program: "longtail") }
    }

    /// The same for a command that does many things one after the other, all of which are kept: it ends at once.
    convenience init(goingOnWith command: [String]) {
        let again = command.map(shellQuoted).joined(separator: " ")
        self.init(nil, patience: 0) { "\($0); what is finished is kept. Go on with the same command: \(again)" }
    }

    /// The same for a process that works on another's run: after its step, or two seconds later.
    convenience init(ofRank rank: Int) {
        self.init(nil, patience: 2000) {
            "rank \(rank) was \($0); what is whole is kept, and rank 0 says how to go on"
        }
    }

    /// The same for a command that has started others, which are asked to end and say themselves what is saved.
    convenience init(passedOnTo processes: Int) {
        self.init(nil, patience: 60_000) { "\($0), with all \(processes) processes" }
    }

    private init(_ wayOn: WayOn?, patience: Int32, _ words: @escaping @Sendable (String) -> String) {
        (self.wayOn, self.patience, self.words) = (wayOn, patience, words)
        let pipe = longtail_interruptions()
        guard pipe >= 0 else { return }
        let thread = Thread { [self] in
            Self.unblock()
            guard let number = Self.next(pipe) else { return }
            state.withLock { if $0 == .none { $0 = .asked(number) } }
            var second = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            _ = poll(&second, 1, patience)
            if let status = say() {
                ScratchFolder.removeAll()
                _exit(status)
            }
        }
        thread.name = "longtail.signals"
        thread.start()
    }

    /// What a training is answered.
    var answer: TrainingAnswer { state.withLock { $0 == .none } ? .continue : .stop }

    /// Ends the command, with its last words, when it was asked to.
    func check() throws {
        guard answer == .stop else { return }
        if let status = say() { throw ExitCode(status) }
        // The other thread is saying them and will end the process.
        while true { sleep(1) }
    }

    /// A failure of the run, with what is saved and how to go on.
    func explained(_ failure: LongTailError) -> LongTailError { wayOn?.added(to: failure) ?? failure }

    /// Says what is saved and how to go on, once; the exit status, or nil where it is said already.
    private func say() -> Int32? {
        let number = state.withLock { state -> Int32? in
            guard case .asked(let number) = state else { return nil }
            state = .ending
            return number
        }
        guard let number else { return nil }
        let words = words(number == SIGINT ? "interrupted" : "terminated")
        // Below what a terminal shows of the key and of a bar.
        let line = (isatty(STDERR_FILENO) == 1 ? "\n" : "") + "longtail: \(words)\n"
        Console.tell(line)
        return 128 + number
    }

    /// Lets this thread have the signals, which a process inherits blocked from a parent that starts it on such a thread, as
    /// Dispatch's are.
    private static func unblock() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// The next signal's number.
    private static func next(_ pipe: Int32) -> Int32? {
        var byte: UInt8 = 0
        while true {
            let count = read(pipe, &byte, 1)
            if count == 1 { return Int32(byte) }
            guard count < 0, errno == EINTR else { return nil }
        }
    }
}

extension CommonOptions {
    /// Trains a run to its end and reports on it; whatever ends it before says what is saved and how to go on.
    func finish(
        _ run: Run, _ preparation: Preparation, _ session: Session, members: String?
    ) throws -> RunReport {
        let interruption = Interruption(of: run, jobs: session.team.flatMap(Jobs.count))
        do throws(LongTailError) {
            try session.train(run, preparation, members: members) { _ in interruption.answer }
        } catch {
            // The key reaches all processes: what another says of it is no failure.
            if error.kind == .stopped { try interruption.check() }
            throw interruption.explained(error)
        }
        try interruption.check()
        do throws(LongTailError) { return try session.report(run, preparation) } catch {
            throw interruption.explained(error)
        }
    }
}
