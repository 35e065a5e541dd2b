import LongTailBasics
import LongTailTorch
import LongTailTraining

/// On what a member was trained, as far as that decides about bits, and its lines of metrics.
struct MemberOrigin: Codable, Equatable {
    var threads: Int
    /// The kind of processor, and the GPU where there is one.
    var processor: String
    var precision: String
    var metrics: [MetricLine] = []

    /// This process.
    init(_ recipe: Recipe) {
        threads = Engine.threads
        processor = Device.current.kind == .cuda ? Device.current.description : Processor.current.kind.rawValue
        precision = recipe.precision.resolved.rawValue
    }

    /// What decides about the last bits, in words.
    var sentence: String { "\(threads) \(threads == 1 ? "thread" : "threads"), \(processor), \(precision)" }
}
