import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTraining
import LongTailVision

/// How far a model's scores can be taken at their word: its temperature, and what it was fitted on.
public struct Calibration: Codable, Sendable, Equatable {
    /// What softmax(z / temperature) is divided by.
    public var temperature: Double
    /// Validation images that it was fitted on; never test images.
    public var images: Int
    /// SHA-256 of the list of these images.
    public var listHash: String
    /// SHA-256 of the checkpoint's file: other weights have another temperature.
    public var weights: String
    /// Mean negative log-likelihood of those images at temperature 1, in nats.
    public var lossBefore: Double
    /// The same at this temperature.
    public var lossAfter: Double
    /// Expected calibration error of those images at temperature 1 (15 bins).
    public var errorBefore: Double
    /// The same at this temperature.
    public var errorAfter: Double

    private enum CodingKeys: String, CodingKey {
        case temperature, images, weights
        case listHash = "list-hash"
        case lossBefore = "nll-before"
        case lossAfter = "nll-after"
        case errorBefore = "ece-before"
        case errorAfter = "ece-after"
    }

    /// Fits a temperature to labelled logits (N×K, row-major).
    public init(
        logits: [Float], targets: [Int], classes: Int, listHash: String, weights: String
    ) throws(LongTailError) {
        let found = try Temperature.fit(logits: logits, targets: targets, classes: classes)
        temperature = found
        (images, self.listHash, self.weights) = (targets.count, listHash, weights)
        lossBefore = Temperature.loss(logits: logits, targets: targets, classes: classes, temperature: 1)
        lossAfter = Temperature.loss(logits: logits, targets: targets, classes: classes, temperature: found)
        errorBefore = Self.error(logits, targets, classes, 1)
        errorAfter = Self.error(logits, targets, classes, found)
    }

    /// The expected calibration error of softmax(z / T), 15 bins.
    static func error(_ logits: [Float], _ targets: [Int], _ classes: Int, _ temperature: Double) -> Double {
        var bins = CalibrationBins()
        for (row, target) in targets.enumerated() {
            let scores = Temperature.softmax(logits[row * classes..<(row + 1) * classes], temperature: temperature)
            guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }) else { continue }
            bins.add(scores[best], true: best == target)
        }
        return bins.error()
    }
}

extension Run {
    /// What is known of the temperatures of this run's models, by model.
    public func calibrations() throws(LongTailError) -> [String: Calibration] {
        guard let data = FileBytes.contents(of: layout.calibration) else { return [:] }
        guard let known = RunJSON.decode([String: Calibration].self, data),
            known.values.allSatisfy({ Temperature.range.contains($0.temperature) })
        else {
            throw LongTailError(
                .file, "\(layout.calibration): is damaged",
                remedy: "Remove it, then run: \(Wording.command("calibrate \(path)"))")
        }
        return known
    }

    /// The temperature of a model of this run; nil where none is known of its weights as they are now.
    func calibration(of name: String) throws(LongTailError) -> Calibration? {
        guard let known = try calibrations()[name] else { return nil }
        return try ContentHash.ofFile(layout.checkpoint(name)).sha256 == known.weights ? known : nil
    }

    /// Fits the temperature of a model of this run on the validation images of its recipe and keeps it in the run.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - data: What the recipe trains on.
    ///   - crew: The processes that evaluate it with this one.
    /// - Throws: `.usage` when the recipe keeps no validation images, and what `Temperature.fit` throws.
    public func calibrate(_ name: String, on data: TrainingData, with crew: Crew? = nil) throws(LongTailError)
        -> Calibration
    {
        let images = data.validation
        guard images.count > 0 else {
            throw LongTailError(
                .usage, "\(path): its recipe keeps no validation images apart, so its scores cannot be calibrated",
                remedy: "Train with data.validation set to a number of images a class.")
        }
        let path = layout.checkpoint(name)
        let checkpoint = try Checkpoint.read(path)
        try checkpoint.check(classNames: images.classNames, listHash: data.listHash, path: path)
        var evaluator = Evaluator(recipe)
        evaluator.team = crew?.team
        try crew?.give(.evaluation(.validation, asProbabilities: false, listHash: images.listHash), [path])
        let calibration = try Calibration(
            logits: evaluator.logits(checkpoint.makeNetwork(recipe.words), on: images),
            targets: images.labels,
            classes: images.classNames.count,
            listHash: images.listHash,
            weights: try ContentHash.ofFile(path).sha256)
        var known = try calibrations()
        known[name] = calibration
        try AtomicFile.write(try RunJSON.encode(known, pretty: true), to: layout.calibration)
        return calibration
    }
}
