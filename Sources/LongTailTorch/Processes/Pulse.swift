import Foundation
import LongTailBasics
import Synchronization

/// A sign of life of this process: a counter in the store that a thread of its own raises, over a connection of its own, so
/// that it goes on while the process computes, and stops with it.
final class Pulse: Sendable {
    /// Seconds between two signs.
    static let interval = 1.0

    private let isOver = Mutex(false)

    init(_ world: World, _ meeting: String) {
        let thread = Thread { [self] in
            guard let store = try? Store(world.joining, seconds: 60) else { return }
            while !isOver.withLock({ $0 }), (try? store.add(Self.key(meeting, world.rank), 1)) != nil {
                usleep(UInt32(Self.interval * 1e6))
            }
        }
        thread.name = "longtail.pulse"
        thread.start()
    }

    /// Stops it.
    func end() { isOver.withLock { $0 = true } }

    static func key(_ meeting: String, _ rank: Int) -> String { "\(meeting)/pulse/\(rank)" }
}

/// When each rank gave its last sign of life.
struct PulseWatch {
    private let patience: Double
    private var last: [Int: (count: Int, seen: ContinuousClock.Instant)] = [:]

    init(_ patience: Double) { self.patience = patience }

    /// - Throws: `.network` for a rank that has been silent for longer than is waited.
    mutating func look(at counts: [Int], _ world: World, _ found: Meeting) throws(LongTailError) {
        for (rank, count) in counts.enumerated() where rank != world.rank {
            guard let before = last[rank], before.count == count else {
                last[rank] = (count, .now)
                continue
            }
            guard before.seen.duration(to: .now) > .seconds(patience) else { continue }
            throw LongTailError(
                .network,
                "rank \(rank) on \(found.hellos[rank].host) (process \(found.hellos[rank].process)) has given no sign of life for "
                    + "\(Int(patience)) s",
                remedy: "Is its machine reachable, and the process not stopped? Wait longer with "
                    + "\(Wording.option("collective-timeout", "1200")).")
        }
    }
}
