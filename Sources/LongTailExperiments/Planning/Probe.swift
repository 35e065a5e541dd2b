import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTorch
import LongTailTraining
import LongTailVision

/// Measures a few steps of a stage by the trainer itself, in memory and for a bounded time: nothing is written.
struct Probe {
    /// What was measured of a stage.
    struct Result {
        /// Training images a second.
        let imagesPerSecond: Double
        /// Bytes that a step takes beyond weights that are there; nil where the system does not tell.
        let peak: Int?
        /// Steps behind the figure.
        let steps: Int
        /// Images of a measured step; fewer than the stage's where those would not fit into memory.
        var batch: Int
    }

    let recipe: Recipe
    /// Steps to measure.
    let steps: Int
    /// Seconds after which the rest is left out; a step under way is waited for.
    let limit: Double
    /// Steps before the measured ones, in which memory is got and kernels are chosen.
    static let warmUp = 3

    /// Bytes that are free for a step; nil for no limit.
    var free: Int?

    /// Trains a prepared network on images of a stage, in batches that fit into memory.
    ///
    /// A plan is asked for before it is known what fits: a step that does not must not end the process.
    func training(
        _ stage: StageRecipe, _ network: Network, on images: any Dataset, counts: ClassCounts,
        _ pictures: ImageTreatment
    ) throws(LongTailError) -> Result {
        let whole = min(stage.training.batchSize, images.count)
        func measure(_ batch: Int, warmUp: Int = Self.warmUp, steps: Int? = nil) throws(LongTailError) -> Result {
            try self.measure(
                stage, network, on: images, counts: counts, pictures, batch: batch, warmUp: warmUp,
                steps: steps ?? self.steps)
        }
        let side = try recipe.data.pictures(stage.training).transform.outputSize(
            of: images.name, from: recipe.data.nativeSize)
        let isLarge = whole > Self.sample && whole * side.height * side.width > 1 << 21
        guard Device.current.kind == .cpu, isLarge, let free,
            let some = try measure(Self.sample, warmUp: 0, steps: 1).peak
        else { return try measure(whole) }
        let fixed = try TensorBytes(network, stage.training).memory(peak: nil).optimizer
        let image = max(1, (some - fixed) / Self.sample)
        let needed = fixed + image * whole
        guard needed > free / 10 * 9 else { return try measure(whole) }
        let part = try measure(max(1, min(whole, (free / 10 * 8 - fixed) / image)))
        return Result(imagesPerSecond: part.imagesPerSecond, peak: needed, steps: part.steps, batch: part.batch)
    }

    /// Images of the step that tells how much one takes.
    private static let sample = 16

    private func measure(
        _ stage: StageRecipe, _ network: Network, on images: any Dataset, counts: ClassCounts,
        _ pictures: ImageTreatment, batch: Int, warmUp: Int, steps: Int
    ) throws(LongTailError) -> Result {
        let memory = MemoryProbe()
        let trainer = try trainer(
            stage, network, on: images, counts: counts, pictures, batch: batch, steps: warmUp + steps)
        let begin = ContinuousClock.now
        var (start, done, measured) = (begin, 0, 0)
        try trainer.run(from: 0) { (event) throws(LongTailError) in
            guard case .step(let step) = event else { return .continue }
            let isLate = (ContinuousClock.now - begin).seconds > limit
            if step.step < warmUp, !isLate || step.step == 0 {
                // A GPU's queue is emptied, so that the clock starts with it.
                try Device.current.synchronize()
                start = .now
                return .continue
            }
            done += step.images
            measured += 1
            return isLate || measured >= steps ? .stop : .continue
        }
        try Device.current.synchronize()
        let seconds = max(1e-9, (ContinuousClock.now - start).seconds)
        return Result(imagesPerSecond: Double(done) / seconds, peak: memory.peak(), steps: measured, batch: batch)
    }

    /// A trainer of a prepared network that has so many steps ahead.
    private func trainer(
        _ stage: StageRecipe, _ network: Network, on images: any Dataset, counts: ClassCounts,
        _ pictures: ImageTreatment, batch: Int, steps: Int
    ) throws(LongTailError) -> Trainer {
        var training = stage.training
        training.epochs = 1
        training.batchSize = batch
        // Whatever the weights become, they are thrown away; but they must not diverge.
        training.rate = RateRecipe(1e-9, .constant)
        let subset = try SubsetDataset(images, indices: (0..<batch * steps).map { $0 % images.count })
        guard let method = stage.method as? any TrainedMethod else {
            throw LongTailError(.usage, "stage \(stage.name) trains nothing")
        }
        return try Trainer(
            .init(
                stage: stage.name, member: nil, training: training, method: method, dataset: subset,
                counts: counts, pictures: pictures, precision: recipe.precision, seed: recipe.seed,
                earlier: { (_) throws(LongTailError) in try network.copy() }),
            network)
    }

    /// Trains in turns with somebody else: after the warm-up it takes as many steps as `next` says, tells `report` how many
    /// seconds they took, and asks again, until `next` gives nil or `steps` are done.
    func turns(
        _ stage: StageRecipe, _ network: Network, on images: any Dataset, counts: ClassCounts,
        _ pictures: ImageTreatment, next: () throws(LongTailError) -> Int?,
        report: (Double) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        let trainer = try trainer(
            stage, network, on: images, counts: counts, pictures, batch: stage.training.batchSize,
            steps: Self.warmUp + steps)
        var (left, start) = (Self.warmUp, ContinuousClock.now)
        var isWarm = false
        try trainer.run(from: 0) { (event) throws(LongTailError) in
            guard case .step = event else { return .continue }
            left -= 1
            guard left <= 0 else { return .continue }
            try Device.current.synchronize()
            if isWarm { try report((ContinuousClock.now - start).seconds) }
            isWarm = true
            guard let count = try next() else { return .stop }
            (left, start) = (count, .now)
            return .continue
        }
    }

    /// Evaluated images a second, of as many as take about `limit` seconds at the rate of training.
    func evaluation(
        _ network: Network, on test: any Dataset, _ preparation: Transform, trainingRate: Double
    ) throws(LongTailError) -> Double {
        let evaluator = Evaluator(
            batchSize: recipe.evaluation.batchSize, transform: preparation, precision: recipe.evaluation.precision)
        func run(_ count: Int) throws(LongTailError) -> Double {
            let subset = try SubsetDataset(test, indices: Array(0..<min(count, test.count)))
            let start = ContinuousClock.now
            _ = try evaluator(network, on: subset)
            return Double(subset.count) / max(1e-9, (ContinuousClock.now - start).seconds)
        }
        _ = try run(8)
        // Evaluation is two to four times as quick as training.
        return try run(max(8, min(4 * recipe.evaluation.batchSize, Int(min(1e9, trainingRate * limit)))))
    }

    /// Images a second that are read, decoded and augmented, without a network; images from the end of the list, which
    /// no other probe has brought into memory.
    func reading(_ images: any Dataset, _ pictures: ImageTreatment, batchSize: Int) throws(LongTailError) -> Double {
        let loader = try Loader(
            dataset: images, order: (0..<min(images.count, 200 * batchSize)).map { images.count - 1 - $0 },
            batchSize: min(batchSize, images.count), views: [pictures.transform], broken: pictures.broken,
            crew: LoaderCrew(for: images))
        let start = ContinuousClock.now
        var done = 0
        while (ContinuousClock.now - start).seconds < min(3, limit), let batch = try loader.next() {
            done += batch.count
        }
        return Double(done) / max(1e-9, (ContinuousClock.now - start).seconds)
    }
}
