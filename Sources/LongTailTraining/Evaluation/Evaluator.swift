import Foundation
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
    /// The processes that share the batches; nil for this one alone.
    ///
    /// Rank 0 asks, and all others `serve` it, for the same images. Batch b goes to rank b mod W whole, so that the numbers are those
    /// of one process, and no image is counted twice; every row of numbers travels once, to rank 0.
    public var team: Team?

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
    ///   - hear: Hears the probabilities, batch by batch: N×K, row-major.
    public func callAsFunction(
        _ network: Network, on dataset: any Dataset, at positions: [Int]? = nil, tell: (Int) -> Void = { _ in },
        passed: ([Int: String]) -> Void = { _ in }, hear: ([Float]) -> Void = { _ in }
    ) throws(LongTailError) -> (report: ClassReport, predictions: PredictionTable) {
        var builder = try ReportBuilder(classNames: dataset.classNames)
        let (labels, places) = (dataset.labels, positions)
        try rows(
            network, dataset, at: positions, tell: tell, passed: passed,
            row: { (logits) throws(LongTailError) in try logits.softmax() }
        ) { (probabilities, range) throws(LongTailError) in
            let targets = range.map { Int32(labels[places?[$0] ?? $0]) }
            try builder.add(probabilities: probabilities, targets: targets)
            hear(probabilities)
        }
        return try builder.finish(images: (positions ?? Array(0..<dataset.count)).map(dataset.identity))
    }

    /// Every image's logits in the data set's order: N×K, row-major.
    public func logits(
        _ network: Network, on dataset: any Dataset, tell: (Int) -> Void = { _ in }
    ) throws(LongTailError) -> [Float] {
        var found: [Float] = []
        try rows(network, dataset, tell: tell, row: { $0 }) { (logits, _) throws(LongTailError) in found += logits }
        return found
    }

    /// Does this process's part of an evaluation that rank 0 of its team asks for.
    ///
    /// - Parameters:
    ///   - network: The network.
    ///   - dataset: The images.
    ///   - asProbabilities: Whether rank 0 asks for probabilities, and not for logits.
    ///   - positions: Which of them, in which order; nil for all.
    public func serve(
        _ network: Network, on dataset: any Dataset, asProbabilities: Bool, at positions: [Int]? = nil
    ) throws(LongTailError) {
        try shares(
            network, dataset, at: positions,
            row: { (logits) throws(LongTailError) in
                asProbabilities ? try logits.softmax() : logits
            }
        ) { (_, _) in }
    }

    /// A row of numbers for every image, batch by batch in their order, computed by whichever process a batch falls to.
    ///
    /// - Parameters:
    ///   - row: What is made of logits.
    ///   - body: Takes a batch's rows, and the range of the images among all.
    /// - Throws: `.usage` on a rank that is to serve.
    private func rows(
        _ network: Network, _ dataset: any Dataset, at positions: [Int]? = nil, tell: (Int) -> Void = { _ in },
        passed: ([Int: String]) -> Void = { _ in }, row: (Tensor) throws(LongTailError) -> Tensor,
        _ body: ([Float], Range<Int>) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        guard team?.world.rank ?? 0 == 0 else {
            throw LongTailError(.usage, "the results of an evaluation by several processes are rank 0's alone")
        }
        try shares(network, dataset, at: positions, tell: tell, passed: passed, row: row, body)
    }

    /// This process's share of the rows; on rank 0 `body` takes those of all.
    private func shares(
        _ network: Network, _ dataset: any Dataset, at positions: [Int]? = nil, tell: (Int) -> Void = { _ in },
        passed: ([Int: String]) -> Void = { _ in }, row: (Tensor) throws(LongTailError) -> Tensor,
        _ body: ([Float], Range<Int>) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        guard let team else {
            var done = 0
            return try visit(network, dataset, at: positions, tell: tell, passed: passed) {
                (batch, logits) throws(LongTailError) in
                try body(row(logits).array(of: Float.self), done..<done + batch.count)
                done += batch.count
            }
        }
        let all = positions ?? Array(0..<dataset.count)
        let batches = (all.count + batchSize - 1) / batchSize
        func range(_ batch: Int) -> Range<Int> { batch * batchSize..<min(all.count, (batch + 1) * batchSize) }
        let (rank, ranks) = (team.world.rank, team.world.size)
        let own = stride(from: rank, to: batches, by: ranks).flatMap { all[range($0)] }
        // One batch of each rank at a time.
        func exchange(_ round: Int, _ rows: [Float]) throws(LongTailError) {
            try team.check()
            let parts = try team.collect(rows.withUnsafeBytes { Data($0) })
            for (place, part) in parts.enumerated() where round * ranks + place < batches {
                let range = range(round * ranks + place)
                let rows = part.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
                guard !rows.isEmpty, rows.count % range.count == 0 else {
                    throw LongTailError(.network, "rank \(place) sent other images' results than were asked for")
                }
                try body(rows, range)
                tell(range.upperBound)
            }
        }
        var round = 0
        try visit(network, dataset, at: own, passed: passed) { (_, logits) throws(LongTailError) in
            try exchange(round, row(logits).array(of: Float.self))
            round += 1
        }
        while round * ranks < batches {
            try exchange(round, [])
            round += 1
        }
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
