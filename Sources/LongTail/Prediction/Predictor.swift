import Basics
import Dispatch
import Synchronization
import Torch
import Vision

/// What a model says about a picture file.
public struct Prediction: Sendable {
    /// The file.
    public let path: String
    /// A score for every class, in label order, or why the picture could not be read.
    public let scores: Result<[Float], Failure>
}

/// Puts picture files through a trained model.
public final class Predictor {
    /// The model.
    public let model: TrainedModel
    private let format: InputFormat
    private let network: Network
    private let input: InputTensors
    private let evaluator: Evaluator

    /// A model ready to predict.
    public init(_ model: TrainedModel) throws(Failure) {
        self.model = model
        format = try model.recipe.data.input()
        network = try model.checkpoint.makeNetwork()
        try network.setTraining(false)
        input = try InputTensors(format.normalization)
        evaluator = Evaluator(model.recipe)
    }

    /// Predicts files in batches, in their order; a broken one is reported in its place.
    ///
    /// Scores are softmax(z / T), with T = 1 for a model that is not calibrated.
    ///
    /// - Throws: What goes wrong with the network, not with a picture.
    public func callAsFunction(
        _ paths: [String], batchSize: Int = 64, tell: (Prediction) throws(Failure) -> Void
    ) throws(Failure) {
        guard batchSize > 0 else { throw Failure(.usage, "a batch cannot hold \(batchSize) pictures") }
        try network.folded(in: evaluator.precision.dtype) { () throws(Failure) in
            try predict(paths, batchSize, tell)
        }
    }

    private func predict(
        _ paths: [String], _ batchSize: Int, _ tell: (Prediction) throws(Failure) -> Void
    ) throws(Failure) {
        let temperature = model.calibration?.temperature ?? 1
        for start in stride(from: 0, to: paths.count, by: batchSize) {
            let batch = Array(paths[start..<start + min(batchSize, paths.count - start)])
            let pictures = Self.prepare(batch, format)
            var logits = try self.logits(pictures.compactMap { try? $0.get() })[...]
            for (path, picture) in zip(batch, pictures) {
                try tell(
                    Prediction(
                        path: path,
                        scores: picture.map { _ in
                            Temperature.softmax(logits.removeFirst(), temperature: temperature)
                        }))
            }
        }
    }

    /// The logits of prepared pictures, K each.
    public func logits(_ pictures: [PixelImage]) throws(Failure) -> [[Float]] {
        guard let first = pictures.first else { return [] }
        guard pictures.allSatisfy({ $0.size == format.size }) else {
            throw Failure(.data, "pictures of \(first.size) pixels are not what the network takes")
        }
        let images = try input.images(
            pictures.flatMap(\.planes), count: pictures.count, height: format.size.height, width: format.size.width)
        let flat = try evaluator.forward(network, images).array(of: Float.self)
        let classes = model.checkpoint.info.classNames.count
        return stride(from: 0, to: flat.count, by: classes).map { Array(flat[$0..<$0 + classes]) }
    }

    /// Reads and prepares files on all cores.
    private static func prepare(_ paths: [String], _ format: InputFormat) -> [Result<PixelImage, Failure>] {
        let found = Mutex([Result<PixelImage, Failure>?](repeating: nil, count: paths.count))
        DispatchQueue.concurrentPerform(iterations: paths.count) { index in
            let picture = Result { () throws(Failure) in try format.prepare(path: paths[index]) }
            found.withLock { $0[index] = picture }
        }
        return found.withLock { $0.compactMap(\.self) }
    }
}
