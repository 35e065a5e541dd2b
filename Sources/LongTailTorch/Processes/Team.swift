import Foundation
import LongTailBasics

/// The processes of a world at work: met, connected, and told when one of them fails.
public final class Team {
    /// How long is waited, in seconds.
    public struct Patience: Sendable {
        /// For all ranks to come.
        public var meeting = 300.0
        /// For one operator over all ranks: longer than the slowest rank needs between two.
        public var operators = 600.0

        /// Five minutes and ten.
        public init() {}
    }

    /// This process's place.
    public let world: World
    /// Who the others are.
    public let meeting: Meeting
    /// What they compute together.
    public let group: ProcessGroup
    private let store: Store

    /// Meets the others and connects with them.
    ///
    /// - Throws: `.network` when some do not come or cannot be reached, `.usage` when they disagree.
    public init(_ world: World, _ hello: Meeting.Hello, _ patience: Patience = Patience()) throws(LongTailError) {
        do throws(LongTailError) {
            self.world = world
            store = try Store(world, seconds: patience.meeting)
            meeting = try Meeting(world, store, hello, seconds: patience.meeting)
            group = try ProcessGroup(store, name: meeting.name, world, seconds: patience.operators)
        } catch {
            ErrorFile.write(error)
            throw error
        }
    }

    /// Does this rank's part; one rank's failure becomes every rank's message.
    ///
    /// - Throws: What `body` throws; where another rank failed first, what that one said.
    public func perform<Value>(_ body: (ProcessGroup) throws(LongTailError) -> Value) throws(LongTailError) -> Value {
        do throws(LongTailError) { return try body(group) } catch {
            let own = error
            // A broken connection is somebody else's failure, who says why within a moment.
            if own.kind == .network, let found = others(seconds: 2) { throw found }
            ErrorFile.write(own)
            try? store.set(key(world.rank), Data(own.description.utf8.prefix(4_096)))
            throw own
        }
    }

    /// Ends in good order.
    public func close() throws(LongTailError) {
        try group.close()
        try meeting.leave(world, store)
    }

    private func key(_ rank: Int) -> String { "\(meeting.name)/failed/\(rank)" }

    /// What another rank said when it failed.
    private func others(seconds: Double) -> LongTailError? {
        let end = ContinuousClock.now + .seconds(seconds)
        repeat {
            for rank in 0..<world.size where rank != world.rank {
                guard (try? store.has(key(rank))) == true, let text = try? store.get(key(rank), seconds: 1) else {
                    continue
                }
                return LongTailError(
                    .training,
                    "rank \(rank) on \(meeting.hellos[rank].host) stopped: \(String(decoding: text, as: UTF8.self))")
            }
            usleep(20_000)
        } while ContinuousClock.now < end
        return nil
    }
}

/// The file in which torchrun looks for why a process failed.
enum ErrorFile {
    /// Writes it where torchrun asks for one; what cannot be written is no further failure.
    static func write(_ error: LongTailError, environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let path = environment["TORCHELASTIC_ERROR_FILE"], !path.isEmpty else { return }
        struct Report: Encodable {
            struct Message: Encodable {
                let message: String
                let extraInfo: [String: String]
            }
            let message: Message
        }
        let seconds = String(Int(Date().timeIntervalSince1970))
        let report = Report(message: .init(message: error.description, extraInfo: ["timestamp": seconds]))
        guard let data = try? JSONEncoder().encode(report) else { return }
        try? AtomicFile.write(data, to: path)
    }
}
