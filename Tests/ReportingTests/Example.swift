import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting

/// Two made-up models on a made-up long tail; the second is better where training images are few.
struct Example {
    let counts: ClassCounts
    let models: [ComparedModel]

    init(classes: Int = 100, maximum: Int = 500, imbalance: Double = 100, tests: Int = 100) throws {
        let sizes = try LongTailProfile.exponential.counts(
            classes: classes, maximum: maximum, imbalance: imbalance,
            available: Array(repeating: maximum, count: classes))
        let names = (0..<classes).map { "class \($0)" }
        counts = try ClassCounts(names: names, counts: sizes)
        models = try [("Stage 1", 0.85, -0.95), ("BTM + post-train", 0.68, -0.4)].map { name, start, slope in
            var predicted: [Int32] = []
            var targets: [Int32] = []
            for label in 0..<classes {
                var random = CounterRandom(seed: 5, purpose: .test, epoch: label)
                let recall = start + slope * Double(label) / Double(max(1, classes - 1)) + 0.12 * random.normal()
                for _ in 0..<tests {
                    targets.append(Int32(label))
                    predicted.append(Int32(random.uniform() < recall ? label : (label + 1) % classes))
                }
            }
            var builder = try ReportBuilder(classNames: names)
            for (target, label) in zip(targets, predicted) {
                var row = [Float](repeating: 0.5 / Float(classes), count: classes)
                row[Int(label)] += 0.5
                try builder.add(probabilities: row, targets: [target])
            }
            let (report, predictions) = try builder.finish()
            return ComparedModel(name: name, report: report, predictions: predictions)
        }
    }
}
