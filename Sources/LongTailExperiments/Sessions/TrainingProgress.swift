import Foundation
import LongTailBasics
import LongTailTraining

/// Training events as progress.
final class TrainingProgress {
    private let sink: any ProgressSink
    private var reporter: ProgressReporter?
    private var title = ""

    init(_ sink: any ProgressSink) { self.sink = sink }

    func show(_ event: TrainingEvent) {
        switch event {
        case .stage(let name, let trained, let frozen, _):
            finish()
            title = name
            sink.say("\(name): \(trained) parameters trained, \(frozen) frozen")
        case .member(let member, let of, _):
            finish()
            title = "\(title.split(separator: " ").first.map(String.init) ?? "btm") \(member + 1)/\(of)"
        case .step(let step):
            if reporter == nil {
                reporter = ProgressReporter(
                    title, total: step.epochs * step.epochImages, unit: "images",
                    from: step.epoch * step.epochImages, sink: sink)
            }
            reporter?.advance(by: step.images)
        case .epoch(let epoch):
            reporter?.advance(
                by: 0,
                note: "epoch \(epoch.epoch + 1)/\(epoch.epochs) loss \(String(format: "%.3f", epoch.loss))  "
                    + "waiting \(Int((100 * epoch.waitingShare).rounded())) %")
        case .note(let text): sink.say(text)
        }
    }

    func finish() {
        reporter?.finish()
        reporter = nil
    }
}
