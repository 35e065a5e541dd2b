import LongTailBasics
import LongTailTorch
import LongTailVision

/// How much of a run's training was spent waiting for images, and what would help.
package struct WaitingForImages {
    private var waiting = 0.0
    private var seconds = 0.0

    /// Nothing counted yet.
    package init() {}

    /// Counts an epoch in.
    package mutating func add(_ epoch: TrainingEvent.Epoch) {
        waiting += epoch.time.waiting
        seconds += epoch.seconds
    }

    /// The share of the time, from 0 to 1; nil when nothing was trained.
    var share: Double? { seconds > 0 ? min(1, waiting / seconds) : nil }

    /// Above this share a setting is worth a word.
    static let limit = 0.1

    /// A sentence for the log; nil when nothing was trained.
    ///
    /// - Parameters:
    ///   - data: The images of the run.
    ///   - workers: The threads that read them.
    ///   - share: What the process may use.
    package func sentence(_ data: DataRecipe, workers: Int, share machine: ProcessorShare = .current) -> String? {
        guard let share else { return nil }
        let text = "\(Self.percent(share)) of the training time was spent waiting for images"
        return share > Self.limit ? "\(text): \(Self.advice(data, workers: workers, machine))" : text
    }

    private static func advice(_ data: DataRecipe, workers: Int, _ machine: ProcessorShare) -> String {
        var settings: [String] = []
        if workers < machine.workers { settings.append("\(machine.workers) workers (now \(workers))") }
        if data.isPhotographs {
            settings.append("a larger data.cache (now \(data.cache) MiB), which keeps decoded images for later epochs")
            if data.decoding == .exact { settings.append("data.decoding=fast") }
        }
        guard !settings.isEmpty else { return "the processors are busy; fewer threads would leave more to reading" }
        return "what would help: " + settings.joined(separator: ", or ")
    }

    /// "7 %".
    static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}
