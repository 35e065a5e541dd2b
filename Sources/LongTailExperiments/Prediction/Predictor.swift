import LongTailBasics
import LongTailImbalance
import LongTailTorch
import LongTailTraining
import LongTailVision
import Synchronization

/// What a model says about a picture file.
public struct Prediction: Sendable {
    public let path: String
    /// A score for every class, in label order, or why the picture could not be read.
    public let scores: Result<[Float], LongTailError>
}

/// Puts picture files through a trained model.
public final class Predictor {
    public let model: TrainedModel
    private let format: ImagePreprocessing
    private let network: Network

    /// A model ready to predict.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - maxMegapixels: Larger pictures are refused, 1 to 1000; nil for the limit of the model's recipe.
    public init(_ model: TrainedModel, maxMegapixels: Int? = nil) throws(LongTailError) {
        self.model = model
        var data = model.recipe.data
        if let maxMegapixels {
            guard (1...1000).contains(maxMegapixels) else {
                throw LongTailError(
                    .usage, "\(Wording.option("max-megapixels")) must be from 1 to 1000, not \(maxMegapixels)")
            }
            data.maxMegapixels = maxMegapixels
        }
        format = try data.input()
        network = try model.checkpoint.makeNetwork(model.recipe.words)
    }

    /// Predicts files in batches, in their order; a broken one is reported in its place.
    ///
    /// Scores are softmax(z / T), with T = 1 for a model that is not calibrated.
    ///
    /// - Throws: What goes wrong with the network, not with a picture.
    public func callAsFunction(
        _ paths: [String], batchSize: Int = 64, tell: (Prediction) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        let temperature = model.calibration?.temperature ?? 1
        let classes = model.checkpoint.info.classNames.count
        let files = try UnlabelledFiles(paths, format)
        let evaluator = Evaluator(batchSize: batchSize, precision: model.recipe.evaluation.precision)
        try evaluator.visit(network, files, crew: LoaderCrew(forPhotographs: true)) {
            (batch, logits) throws(LongTailError) in
            let rows = try logits.array(of: Float.self)
            for (row, index) in batch.indices.enumerated() {
                let logits = rows[row * classes..<(row + 1) * classes]
                let scores: Result<[Float], LongTailError> =
                    files.failure(of: index).map { .failure($0) }
                    ?? .success(Temperature.softmax(logits, temperature: temperature))
                try tell(Prediction(path: paths[index], scores: scores))
            }
        }
    }
}

/// Picture files without labels, prepared for a network; one that cannot be read is blank, and its failure is kept.
private struct UnlabelledFiles: Dataset {
    let name = "pictures"
    let classNames = [""]
    let labels: [Int]
    let nativeSize: ImageSize?
    let normalization: Normalization
    private let paths: [String]
    private let format: ImagePreprocessing
    private let blank: PixelImage
    private let failures = Failures()

    init(_ paths: [String], _ format: ImagePreprocessing) throws(LongTailError) {
        (self.paths, self.format) = (paths, format)
        labels = [Int](repeating: 0, count: paths.count)
        (nativeSize, normalization) = (format.size, format.normalization)
        let bytes = [UInt8](repeating: 0, count: PixelImage.channels * format.size.height * format.size.width)
        blank = try PixelImage(height: format.size.height, width: format.size.width, bytes: bytes)
    }

    func source(at index: Int) -> ImageSource {
        do throws(LongTailError) {
            let picture = try format.prepare(path: paths[index])
            guard picture.size != format.size else { return .pixels(picture) }
            throw LongTailError(.data, "\(paths[index]): \(picture.size) pixels are not what the network takes")
        } catch {
            failures.kept.withLock { $0[index] = error }
            return .pixels(blank)
        }
    }

    func identity(of index: Int) -> String { paths[index] }

    func failure(of index: Int) -> LongTailError? { failures.kept.withLock { $0[index] } }

    private final class Failures: Sendable {
        let kept = Mutex<[Int: LongTailError]>([:])
    }
}
