import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// Runs a network over a data set without randomness and reports on every class.
public struct Evaluator {
    /// Images of a forward pass.
    public var batchSize: Int
    /// What each picture goes through.
    public var transform: Transform
    /// Arithmetic of the forward pass.
    public var precision: ComputePrecision
    /// What becomes of an image that cannot be decoded: `skip` puts the next one of its class in its place, which is for
    /// training images alone.
    public var broken = BrokenImages.stop

    /// An evaluator; results depend on neither the batch size nor the threads beyond rounding.
    public init(batchSize: Int = 500, transform: Transform = Transform(), precision: ComputePrecision = .auto) {
        (self.batchSize, self.transform, self.precision) = (batchSize, transform, precision)
    }

    /// The report and each image's prediction, in the data set's order.
    ///
    /// - Parameters:
    ///   - network: The network.
    ///   - dataset: The images.
    ///   - positions: Which of them, in which order; nil for all.
    ///   - tell: Hears the number of images done.
    ///   - passed: Hears which images were passed over, by position, with the reason of each.
    public func callAsFunction(
        _ network: Network, on dataset: any Dataset, at positions: [Int]? = nil, tell: (Int) -> Void = { _ in },
        passed: ([Int: String]) -> Void = { _ in }
    ) throws(LongTailError) -> (report: ClassReport, predictions: PredictionTable) {
        var builder = try ReportBuilder(classNames: dataset.classNames)
        try visit(network, dataset, at: positions, tell: tell, passed: passed) {
            (batch, logits) throws(LongTailError) in
            let probabilities = try logits.softmax().array(of: Float.self)
            try builder.add(probabilities: probabilities, targets: batch.targets.map(Int32.init))
        }
        return try builder.finish(images: (positions ?? Array(0..<dataset.count)).map(dataset.identity))
    }

    /// Every image's logits in the data set's order: N×K, row-major.
    public func logits(
        _ network: Network, on dataset: any Dataset, tell: (Int) -> Void = { _ in }
    ) throws(LongTailError) -> [Float] {
        var found: [Float] = []
        try visit(network, dataset, tell: tell) { (_, logits) throws(LongTailError) in
            found += try logits.array(of: Float.self)
        }
        return found
    }

    /// The only loop of inference: hands over every batch with what `forward`, the network's logits unless it is another,
    /// makes of its images under the evaluator's arithmetic, as float32.
    package func visit(
        _ network: Network, _ dataset: any Dataset, at positions: [Int]? = nil, crew: LoaderCrew? = nil,
        tell: (Int) -> Void = { _ in }, passed: ([Int: String]) -> Void = { _ in },
        forward: ((Tensor) throws(LongTailError) -> Tensor)? = nil,
        _ body: (Batch, Tensor) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        let forward = forward ?? network.predict
        let input = try DeviceBatches(dataset.normalization)
        try network.setTraining(false)
        let loader = try Loader(
            dataset: dataset, order: positions ?? Array(0..<dataset.count), batchSize: batchSize, views: [transform],
            broken: broken, crew: crew ?? LoaderCrew(for: dataset))
        let dtype = precision.dtype
        var done = 0
        try network.folded(in: dtype) { () throws(LongTailError) in
            while let batch = try loader.next() {
                try withInferenceMode { () throws(LongTailError) in
                    let images = try input(batch, dtype: dtype)
                    let found = try autocast(dtype) { () throws(LongTailError) in try forward(images) }
                    try body(batch, found.to(.float32))
                }
                done += batch.count
                tell(done)
            }
        }
        passed(loader.broken)
    }
}
