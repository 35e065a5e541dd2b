import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// How fast this program trains and evaluates here: what `longtail bench` prints and `make bench` compares.
///
/// Training goes through the trainer (loader, augmentation, mixing, optimiser and all), evaluation through the
/// evaluator, on 32×32 pictures in memory.
package struct SpeedTest {
    package var precision = ComputePrecision.auto
    /// Batch of 128, 100 classes, ResNet-32.
    private let images: Glyphs

    /// Renders the pictures.
    package init(_ precision: ComputePrecision = .auto) throws(LongTailError) {
        self.precision = precision
        images = try Glyphs(classes: 100, imagesPerClass: 20, split: .train)
        for index in 0..<images.count { _ = try images.source(at: index) }
    }

    /// Training images a second: epochs of whole batches until `seconds` are over, the first not counted.
    package func training(seconds: Double, method: any TrainedMethod = CrossEntropy(), part: TrainablePart = .all)
        throws(LongTailError) -> Double
    {
        let measured = try epochs(of: method, part: part, seconds: seconds)
        return measured.reduce(0) { $0 + $1.images } / measured.reduce(0) { $0 + $1.images / $1.event.imagesPerSecond }
    }

    /// Seconds of one step of a method, forward, backward and update, on 128 images; waiting for them is not counted.
    package func step(of method: any TrainedMethod, seconds: Double) throws(LongTailError) -> Double {
        let measured = try epochs(of: method, part: .all, seconds: seconds)
        let spent = measured.reduce(0) { $0 + $1.event.time.network + $1.event.time.update }
        return spent / measured.reduce(0) { $0 + $1.images / Double(TrainingRecipe().batchSize) }
    }

    /// Epochs of ten whole batches until `seconds` are over, without the first.
    private func epochs(
        of method: any TrainedMethod, part: TrainablePart, seconds: Double
    ) throws(LongTailError) -> [(event: TrainingEvent.Epoch, images: Double)] {
        let trainer = try trainer(of: method, part: part)
        var (measured, spent, isFirst): ([(event: TrainingEvent.Epoch, images: Double)], Double, Bool) = ([], 0, true)
        while spent < seconds {
            try trainer.run(from: 0) { (event) throws(LongTailError) in
                guard case .epoch(let epoch) = event else { return .continue }
                if !isFirst {
                    measured.append((epoch, epoch.imagesPerSecond * epoch.seconds))
                    spent += epoch.seconds
                }
                isFirst = false
                return .continue
            }
        }
        return measured
    }

    /// Two epochs of so many steps of ResNet-32.
    private func trainer(of method: any TrainedMethod, part: TrainablePart) throws(LongTailError) -> Trainer {
        var network = try Network(.resnet32, classifier: .linear, classes: 100, seed: 0)
        var draw = WeightInitializer(seed: 0)
        try method.passedPrepare(&network, &draw)
        let start = network
        var training = TrainingRecipe()
        training.rate = RateRecipe(0.01, .constant)
        training.trains = part
        training.epochs = 2
        let data = try SubsetDataset(images, indices: Array(0..<(Self.steps * training.batchSize)))
        let task = Trainer.Task(
            stage: "bench", member: nil, training: training, method: method, dataset: data,
            counts: try ClassCounts(names: images.classNames, labels: images.labels),
            pictures: ImageTreatment(transform: .cropAndFlip()), precision: precision, seed: 0,
            earlier: { (_) throws(LongTailError) in try start.copy() })
        return try Trainer(task, network)
    }

    /// Steps of an epoch here.
    private static let steps = 10

    /// Where the time of a training step (128 images) and of an evaluation step (500) goes, by operator.
    package func profile() throws(LongTailError) -> (training: Profile, evaluation: Profile) {
        let trainer = try trainer(of: CrossEntropy(), part: .all)
        func train() throws(LongTailError) {
            try trainer.run(from: 0) { (_) throws(LongTailError) in .continue }
        }
        try train()
        let training = try Profile.measure(steps: 2 * Self.steps, train)
        let network = try Network(.resnet32, classifier: .linear, classes: 100, seed: 0)
        let evaluator = Evaluator(batchSize: 500, precision: precision)
        _ = try evaluator(network, on: images)
        let evaluation = try Profile.measure(steps: images.count / 500) { () throws(LongTailError) in
            _ = try evaluator(network, on: images)
        }
        return (training, evaluation)
    }

    /// Evaluated images a second over at least `seconds`.
    package func evaluation(seconds: Double, batchSize: Int = 500) throws(LongTailError) -> Double {
        let network = try Network(.resnet32, classifier: .linear, classes: 100, seed: 0)
        let evaluator = Evaluator(batchSize: batchSize, precision: precision)
        _ = try evaluator(network, on: SubsetDataset(images, indices: Array(0..<batchSize)))
        // As many as CIFAR has for testing.
        let tests = try SubsetDataset(images, indices: (0..<10_000).map { $0 % images.count })
        var done = 0
        let start = ContinuousClock.now
        while (ContinuousClock.now - start).seconds < seconds {
            _ = try evaluator(network, on: tests)
            done += tests.count
        }
        return Double(done) / (ContinuousClock.now - start).seconds
    }

    /// Operations a second (10⁹; a multiplication and an addition are two) of a product of two matrices of 2048×2048 in
    /// this arithmetic: the limit of what convolutions can reach.
    package func matrixProduct(seconds: Double = 1) throws(LongTailError) -> Double {
        let side = 2048
        let matrix = try Tensor.ones([side, side]).to(precision.dtype)
        return try withInferenceMode { () throws(LongTailError) in
            _ = try matrix.matmul(matrix)
            var done = 0
            let start = ContinuousClock.now
            while (ContinuousClock.now - start).seconds < seconds {
                _ = try matrix.matmul(matrix)
                done += 1
            }
            return 2 * Double(side * side * side) * Double(done) / (ContinuousClock.now - start).seconds * 1e-9
        }
    }

    /// Mean microseconds of one operator through the C door: the sum of two one-element tensors.
    package static func operatorCall(_ calls: Int = 50_000) throws(LongTailError) -> Double {
        let (a, b) = (try Tensor([Float(1)]), try Tensor([Float(1)]))
        let start = ContinuousClock.now
        try withInferenceMode { () throws(LongTailError) in for _ in 0..<calls { _ = try a.add(b) } }
        return (ContinuousClock.now - start).seconds / Double(calls) * 1e6
    }

    /// One BTM member on CIFAR-100-LT as a run trains it (949 images, with resume points and the final checkpoint):
    /// seconds, in all and by part.
    package static func member(root: String, epochs: Int) throws(LongTailError) -> (
        total: Double, parts: [String: Double]
    ) {
        var recipe = Recipe()
        (recipe.data.name, recipe.data.imbalance) = (.cifar100, 100)
        var stage = StageRecipe(.btm)
        stage.btm?.members = 1
        stage.training.epochs = epochs
        recipe.stages = [stage]
        let folder = NSTemporaryDirectory() + "longtail-bench-\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let record = RunRecord(version: longtailVersion, libtorch: Engine.version, threads: Engine.threads, command: [])
        let preparation = try Preparation(recipe, root: root)
        var time = TrainingEvent.Time()
        let experiment = try Experiment(Run.create(at: folder, recipe: recipe, record: record), preparation) { event in
            guard case .epoch(let epoch) = event else { return .continue }
            time.input += epoch.time.input + epoch.time.waiting
            time.network += epoch.time.network
            time.update += epoch.time.update
            return .continue
        }
        let start = ContinuousClock.now
        try experiment()
        let total = (ContinuousClock.now - start).seconds
        let parts = [
            "input": time.input, "forward and backward": time.network, "update": time.update,
            "checkpoints and the rest": total - time.input - time.network - time.update,
        ]
        return (total, parts)
    }
}
