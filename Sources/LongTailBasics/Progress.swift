import Foundation

/// Where a piece of long work stands.
public struct ProgressState: Sendable, Equatable, Codable {
    /// What is being done, as in "btm 3/10".
    public var title: String
    /// What is counted, in the plural: images, bytes.
    public var unit: String
    /// How many are done.
    public var count: Int
    /// How many there are; nil when that is not known.
    public var total: Int?
    /// Seconds since the start.
    public var seconds: Double
    /// Units a second since the start; nil before anything is done.
    public var rate: Double?
    /// Seconds that are left at that rate; nil when not known.
    public var secondsLeft: Double?
    /// A word more, as in "loss 1.234".
    public var note: String
    /// Whether this is the last state.
    public var isFinished: Bool
}

/// Shows progress somewhere.
public protocol ProgressSink {
    /// Seconds between two states that are worth showing; infinity for none but the last.
    var interval: Double { get }
    /// Shows a state.
    func show(_ state: ProgressState)
    /// Shows a line that stays, above whatever moves.
    func say(_ line: String)
}

/// Counts long work and shows it, at most as often as its sink wants: the one way to report progress.
///
/// A reference type for one thread; the work calls `advance` as often as it likes.
public final class ProgressReporter {
    private let title: String
    private let unit: String
    private let total: Int?
    private let sink: any ProgressSink
    private let clock: () -> Double
    private let start: Double
    private let startCount: Int
    private var count: Int
    private var note = ""
    private var shown: Double
    private var isFinished = false

    /// Starts counting.
    ///
    /// - Parameters:
    ///   - title: What is being done.
    ///   - total: How many there are, if that is known.
    ///   - unit: What is counted, in the plural.
    ///   - from: How many were done before (by the run that this one resumes); they do not count in the rate.
    ///   - sink: Where it is shown.
    ///   - clock: Seconds that never run backwards; another one in tests.
    public init(
        _ title: String, total: Int?, unit: String, from: Int = 0, sink: any ProgressSink,
        clock: @escaping () -> Double = ProgressReporter.uptime
    ) {
        (self.title, self.total, self.unit, self.sink, self.clock) = (title, total, unit, sink, clock)
        (startCount, count) = (from, from)
        start = clock()
        shown = start
    }

    /// Seconds since the machine started.
    public static func uptime() -> Double { ProcessInfo.processInfo.systemUptime }

    /// Counts some more.
    public func advance(by some: Int = 1, note: String? = nil) { advance(to: count &+ some, note: note) }

    /// Sets the count.
    public func advance(to count: Int, note: String? = nil) {
        self.count = count
        if let note { self.note = note }
        let now = clock()
        guard !isFinished, now - shown >= sink.interval else { return }
        shown = now
        sink.show(state(now))
    }

    /// Shows a line that stays.
    public func say(_ line: String) { sink.say(line) }

    /// Shows the last state; calling it again does nothing.
    public func finish(note: String? = nil) {
        guard !isFinished else { return }
        if let note { self.note = note }
        isFinished = true
        sink.show(state(clock()))
    }

    private func state(_ now: Double) -> ProgressState {
        let seconds = max(0, now - start)
        let done = Double(count) - Double(startCount)
        let rate = seconds > 0 && done > 0 ? done / seconds : nil
        let left = total.flatMap { total in rate.map { max(0, (Double(total) - Double(count)) / $0) } }
        return ProgressState(
            title: title, unit: unit, count: count, total: total, seconds: seconds, rate: rate,
            secondsLeft: isFinished ? nil : left, note: note, isFinished: isFinished)
    }
}
