import Foundation
import LongTailBasics
import LongTailSerialization

/// The processes of a world at work: met, connected, and told when one of them fails.
public final class Team {
    /// How long is waited, in seconds.
    public struct Patience: Sendable {
        /// For all ranks to come.
        public var meeting = 300.0
        /// For one operator over all ranks, and for a sign of life of each.
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
    private let line: StoreLine
    private let pulse: Pulse
    private var watch: PulseWatch
    private var looked = ContinuousClock.now
    private var hasHeard = false

    /// Meets the others and connects with them.
    ///
    /// - Throws: `.network` when some do not come or cannot be reached, `.usage` when they disagree.
    public init(_ world: World, _ hello: Meeting.Hello, _ patience: Patience = Patience()) throws(LongTailError) {
        do throws(LongTailError) {
            self.world = world
            store = try Store(world, seconds: patience.meeting)
            meeting = try Meeting(world, store, hello, seconds: patience.meeting)
            group = try ProcessGroup(store, name: meeting.name, world, seconds: patience.operators)
            line = StoreLine(store, seconds: patience.operators)
            pulse = Pulse(world, meeting.name)
            watch = PulseWatch(patience.operators)
        } catch {
            ErrorFile.write(error)
            throw error
        }
    }

    /// Does this rank's part; one rank's failure becomes every rank's message.
    ///
    /// - Throws: What `body` throws; where another rank failed first, what that one said.
    public func perform<Value>(_ body: () throws(LongTailError) -> Value) throws(LongTailError) -> Value {
        do throws(LongTailError) { return try body() } catch {
            throw settled(error)
        }
    }

    /// What to say of a failure of this rank's, which is told to the others; of one that another rank led to, that one's.
    public func settled(_ error: LongTailError) -> LongTailError {
        // A broken connection is somebody else's failure, who says why within a moment, or is gone.
        guard error.kind == .network else {
            fail(error)
            return error
        }
        let before = try? pulses()
        if let found = failure(waiting: 2.5 * Pulse.interval) { return found }
        let found = gone(since: before, error)
        fail(found)
        return found
    }

    /// Which ranks are there no more, where a connection broke and nobody says why.
    private func gone(since before: [Int]?, _ error: LongTailError) -> LongTailError {
        func named(_ ranks: [Int]) -> String {
            ranks.map { "rank \($0) on \(meeting.hellos[$0].host) (process \(meeting.hellos[$0].process))" }
                .joined(separator: ", ")
        }
        guard let before, let now = try? pulses() else {
            guard world.rank > 0 else { return error }
            return LongTailError(
                .network, "\(named([0])), or torchrun's agent where that started it, is gone: \(error.problem)")
        }
        let silent = before.indices.filter { $0 != world.rank && before[$0] == now[$0] }
        // Who gave no sign of life is named already.
        guard !silent.isEmpty, !error.problem.hasPrefix("rank ") else { return error }
        return LongTailError(
            .network, "\(named(silent)) is gone without a word, was killed or stands still: \(error.problem)")
    }

    /// How many signs of life each rank has given.
    private func pulses() throws(LongTailError) -> [Int] {
        let name = meeting.name
        return try line.ask { [world] (store) throws(LongTailError) in
            var counts: [Int] = []
            for rank in 0..<world.size { counts.append(try store.add(Pulse.key(name, rank), 0)) }
            return counts
        }
    }

    /// Tells all others, and torchrun, that this rank ends before its end; the first that fails is heard.
    public func fail(_ error: LongTailError) {
        ErrorFile.write(error)
        guard ((try? value(of: "failed")) ?? nil) == nil else { return }
        let text = Failure(rank: world.rank, kind: error.kind, message: String(error.problem.prefix(2_000)))
        guard let data = try? JSONEncoder().encode(text), (try? put(data, at: "failed")) != nil else { return }
        // Where this process keeps the store, what it says is heard only as long as it is there.
        guard world.serves else { return }
        let end = ContinuousClock.now + .seconds(3)
        while ContinuousClock.now < end, ((try? add(0, to: "heard")) ?? world.size) < world.size - 1 { usleep(20_000) }
    }

    /// Whether the others are well, asked at most once a second.
    ///
    /// - Throws: What another rank failed of; `.network` for one that gave no sign of life for too long.
    public func check() throws(LongTailError) {
        guard looked.duration(to: .now) > .seconds(1) else { return }
        looked = .now
        if let found = failure(waiting: 0) { throw found }
        try watch.look(at: pulses(), world, meeting)
    }

    /// Whether this process is the first to ask for a piece of work.
    public func claim(_ work: String) throws(LongTailError) -> Bool { try add(1, to: "claim/\(work)") == 1 }

    /// Puts a value where every rank finds it.
    public func put(_ value: Data, at name: String) throws(LongTailError) {
        let key = key(name)
        try line.ask { (store) throws(LongTailError) in try store.set(key, value) }
    }

    /// The value that a rank puts there, for which is waited as long as all are well.
    ///
    /// - Parameters:
    ///   - name: The place.
    ///   - isStopped: Whether to wait no longer; then nil is given.
    public func wait(for name: String, unless isStopped: () -> Bool = { false }) throws(LongTailError) -> Data? {
        while true {
            if let value = try value(of: name) { return value }
            if isStopped() { return nil }
            try check()
            usleep(20_000)
        }
    }

    /// Waits until every rank is here.
    public func gather(at name: String) throws(LongTailError) {
        _ = try add(1, to: "at/\(name)")
        while try add(0, to: "at/\(name)") < world.size {
            try check()
            usleep(20_000)
        }
    }

    /// Copies a file of one rank to wherever the others want it; every rank calls it.
    ///
    /// - Parameters:
    ///   - rank: Who has it.
    ///   - path: Where it lies there, and where it is written here; nil where it is not wanted.
    public func copy(from rank: Int, _ path: String?) throws(LongTailError) {
        // Gloo sends what lies in the machine's memory.
        try Device.with(.cpu) { () throws(LongTailError) in try copied(from: rank, path) }
    }

    private func copied(from rank: Int, _ path: String?) throws(LongTailError) {
        let isOwn = rank == world.rank
        let file = try isOwn ? path.map { (path) throws(LongTailError) in try FileBytes(path: path) } : nil
        let size = Int(try group.broadcast(Tensor([Double(file?.size ?? 0)], shape: [1]), from: rank).item())
        func pieces(_ take: (Data) throws(LongTailError) -> Void) throws(LongTailError) {
            for start in stride(from: 0, to: size, by: Self.piece) {
                let count = min(Self.piece, size - start)
                let bytes =
                    if let file { try file.read(at: start, count: count) } else { Data(count: count) }
                let own = try Tensor(HostTensor(dtype: .uint8, shape: [count], bytes: bytes))
                try take(try group.broadcast(own, from: rank).host().bytes)
            }
        }
        guard !isOwn, let path else { return try pieces { _ in } }
        try AtomicFile.write(to: path) { (file) throws(LongTailError) in
            try pieces { (bytes) throws(LongTailError) in try file.put(bytes) }
        }
    }

    /// Ends in good order.
    public func close() throws(LongTailError) {
        pulse.end()
        try group.close()
        try meeting.leave(world, store)
    }

    deinit { pulse.end() }

    /// Bytes of a file that travel at once.
    private static let piece = 64 << 20

    private func add(_ amount: Int, to name: String) throws(LongTailError) -> Int {
        let key = key(name)
        return try line.ask { (store) throws(LongTailError) in try store.add(key, amount) }
    }

    /// The value of a key; nil while it has none.
    private func value(of name: String) throws(LongTailError) -> Data? {
        let key = key(name)
        return try line.ask { (store) throws(LongTailError) in
            try store.has(key) ? try store.get(key, seconds: 10) : nil
        }
    }

    private func key(_ name: String) -> String { "\(meeting.name)/\(name)" }

    private struct Failure: Codable {
        let rank: Int
        let kind: LongTailError.Kind
        let message: String
    }

    /// What another rank said when it failed.
    private func failure(waiting seconds: Double) -> LongTailError? {
        let end = ContinuousClock.now + .seconds(seconds)
        repeat {
            if let data = (try? value(of: "failed")) ?? nil,
                let found = try? JSONDecoder().decode(Failure.self, from: data), found.rank != world.rank,
                meeting.hellos.indices.contains(found.rank)
            {
                if !hasHeard { _ = try? add(1, to: "heard") }
                hasHeard = true
                return LongTailError(
                    found.kind, "rank \(found.rank) on \(meeting.hellos[found.rank].host) stopped: \(found.message)")
            }
            guard seconds > 0 else { return nil }
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
