import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization

/// What one model said about every image of a split, as a file of this program or of any other.
///
/// The program's own form, `predictions.csv.gz`, is described in docs/predictions.md: every figure comes from it alone.
public struct PredictionFile: Sendable, Equatable {
    /// The model's name; nil where the file does not say it.
    public var model: String?
    /// Each image's prediction.
    public var predictions: PredictionTable
    /// Training images per class; nil where they are not known.
    public var counts: ClassCounts?
    /// The temperature that was found for the model, whose scores here are those of temperature 1; nil where none is known.
    public var temperature: Double?
    /// The class-wise calibration error, in [0, 1], which needs more scores than a file keeps; nil where it is not known.
    public var classwiseCalibrationError: Double?
    /// What was made of the file that it does not say itself, a sentence each.
    public var notes: [String] = []

    /// Predictions and what is known of their model.
    public init(
        model: String? = nil, predictions: PredictionTable, counts: ClassCounts? = nil, temperature: Double? = nil,
        classwiseCalibrationError: Double? = nil, notes: [String] = []
    ) {
        (self.model, self.predictions, self.counts) = (model, predictions, counts)
        (self.temperature, self.classwiseCalibrationError) = (temperature, classwiseCalibrationError)
        self.notes = notes
    }

    /// What a model did on test images, to be kept.
    ///
    /// - Throws: When `counts` are of other classes.
    public init(_ result: TestResult, counts: ClassCounts? = nil, temperature: Double? = nil) throws(LongTailError) {
        guard counts?.names ?? result.predictions.classNames == result.predictions.classNames else {
            throw LongTailError(.data, "training counts and predictions of different classes")
        }
        self.init(
            model: result.name, predictions: result.predictions, counts: counts, temperature: temperature,
            classwiseCalibrationError: result.report.classwiseCalibrationError)
    }

    /// Hits per class and the calibration errors that are known.
    public func report() throws(LongTailError) -> ClassReport {
        try predictions.report(classwise: classwiseCalibrationError)
    }

    /// The result that tables are made of.
    ///
    /// - Parameter name: What to call a model of which the file says no name.
    public func result(named name: String) throws(LongTailError) -> TestResult {
        TestResult(name: model ?? name, report: try report(), predictions: predictions)
    }

    /// Reads a file of this program, CSV (plain or packed by gzip) or `.npz` of any other, told apart by its content.
    ///
    /// Nothing in a file is executed: arrays of Python objects are refused.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - counts: The training counts, whose names and order the classes then have; nil to take both from the file.
    /// - Throws: A failure that names file and line or row.
    public static func read(_ path: String, counts: ClassCounts? = nil) throws(LongTailError) -> PredictionFile {
        let file = try FileBytes(path: path)
        let head = try file.read(at: 0, count: min(file.size, 4096))
        if PredictionArchive.isArchive(head) { return try PredictionArchive(file).read(counts: counts) }
        return try PredictionRows(PredictionText.records(file, head), path: path).read(counts: counts)
    }

    /// Writes the program's own form, atomically; equal values give equal bytes.
    public func write(to path: String) throws(LongTailError) {
        try AtomicFile.write(try Gzip.packed(PredictionText.bytes(of: self)), to: path)
    }
}
