import LongTailBasics

/// Training images set apart for choosing, so that test data stays unseen.
public struct ValidationSplit: Codable, Sendable, Equatable {
    /// Positions that stay for training, in record order.
    public let training: [Int]
    /// Positions given up for validation, in record order.
    public let validation: [Int]

    /// Takes `imagesPerClass` images of every class for validation.
    ///
    /// - Parameters:
    ///   - labels: The training set's labels.
    ///   - names: The class names in label order.
    ///   - imagesPerClass: Images a class gives up; 0 leaves everything for training.
    ///   - seed: The run's seed.
    /// - Throws: When a class would keep no training image.
    public static func draw(
        labels: [Int], names: [String], imagesPerClass: Int, seed: UInt64
    ) throws(LongTailError) -> ValidationSplit {
        guard imagesPerClass >= 0 else {
            throw LongTailError(.usage, "\(imagesPerClass) validation images a class", remedy: "Give 0 or more.")
        }
        let members = try indicesByClass(labels, classCount: names.count)
        guard imagesPerClass > 0 else { return ValidationSplit(training: Array(labels.indices), validation: []) }
        var training: [Int] = []
        var validation: [Int] = []
        for (label, images) in members.enumerated() {
            guard images.count > imagesPerClass else {
                let largest = max(0, (members.map(\.count).min() ?? 0) - 1)
                throw LongTailError(
                    .data,
                    "\(classPhrase(label, names)) has \(images.count) images and would keep none "
                        + "after giving up \(imagesPerClass) for validation",
                    remedy: "Give up at most \(largest) a class.")
            }
            var shuffled = images
            var random = CounterRandom(seed: seed, purpose: .validation, index: label)
            random.shuffle(&shuffled)
            validation += shuffled.prefix(imagesPerClass)
            training += shuffled.dropFirst(imagesPerClass)
        }
        return ValidationSplit(training: training.sorted(), validation: validation.sorted())
    }
}
