import Dispatch
import Foundation
import LongTailBasics
import LongTailTorch
import Synchronization

/// Threads that make batches for loaders, one after the other or several at once, for as long as the crew is held: a
/// stage's, not an epoch's.
///
/// What the loaders give does not depend on the crew.
public final class LoaderCrew: Sendable {
    /// Threads; 0 makes each batch on its consumer's.
    public let workers: Int
    private let queue: JobQueue

    /// Starts `workers` threads.
    public init(workers: Int) {
        self.workers = max(0, workers)
        queue = JobQueue()
        for number in 0..<self.workers {
            let thread = Thread { [queue] in
                Engine.unbindThread()
                queue.work()
            }
            thread.name = "longtail.loader.\(number)"
            thread.start()
        }
    }

    /// Starts as many threads as suit a data set: those of the process (`use`), else what its pictures ask for.
    public convenience init(for dataset: any Dataset) {
        self.init(workers: Self.size(for: dataset))
    }

    /// Starts as many threads as suit files to decode, or pictures in memory.
    public convenience init(forPhotographs isPhotographs: Bool) {
        self.init(workers: Self.size(isPhotographs))
    }

    /// The threads of a crew for a data set.
    public static func size(for dataset: any Dataset) -> Int { size(dataset.nativeSize == nil) }

    private static func size(_ isPhotographs: Bool) -> Int {
        ofProcess.withLock { $0 } ?? suited(isPhotographs: isPhotographs)
    }

    deinit { queue.end() }

    private static let ofProcess = Mutex<Int?>(nil)

    /// Sets the number of threads for every crew of the process that follows; nil lets the data and the machine decide.
    ///
    /// - Throws: `.usage` for a number that is none of threads.
    public static func use(workers: Int?) throws(LongTailError) {
        guard (0...1024).contains(workers ?? 0) else {
            throw LongTailError(
                .usage, "workers must be from 0 to 1024, not \(workers ?? 0)",
                remedy: "0 reads images on the thread that trains; leave it out to let the machine decide.")
        }
        ofProcess.withLock { $0 = workers }
    }

    /// One thread for pictures in memory; for photographs the processors that the network leaves, which on a GPU are all.
    static func suited(
        isPhotographs: Bool, share: ProcessorShare = .current, networkThreads: Int = Engine.threads,
        device: Device = .current
    ) -> Int {
        guard isPhotographs else { return 1 }
        return device.kind == .cpu ? max(1, share.workers - networkThreads) : share.workers
    }

    /// Has a job done by the next free thread, in the order of submission.
    package func submit(_ job: @escaping @Sendable () -> Void) { queue.add(job) }
}

/// Jobs in the order in which they came.
///
/// The threads hold this and not the crew, so that they end with the crew.
private final class JobQueue: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var first = 0
        var isOver = false
    }

    private let state = Mutex(State())
    /// One signal for each job, and one to end.
    private let signals = DispatchSemaphore(value: 0)

    package func add(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.jobs.append(job) }
        signals.signal()
    }

    func work() {
        while true {
            signals.wait()
            let job: (@Sendable () -> Void)? = state.withLock { state in
                guard !state.isOver, state.first < state.jobs.count else { return nil }
                defer {
                    state.first += 1
                    if state.first == state.jobs.count { (state.jobs, state.first) = ([], 0) }
                }
                return state.jobs[state.first]
            }
            guard let job else {
                signals.signal()  // wakes the next thread, to end as well
                return
            }
            job()
        }
    }

    func end() {
        state.withLock {
            $0.isOver = true
            $0.jobs = []
            $0.first = 0
        }
        signals.signal()
    }
}
