import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting
import LongTailTraining
import LongTailVision

/// What became of a run's models on the images that they are reported on.
public struct Evaluation {
    /// The report, as it stands in the run's folder.
    public let report: RunReport
    /// Every model's hits and predictions, in the report's order.
    public let results: [TestResult]
    /// The last model with its experts weighted, where that was asked for.
    public fileprivate(set) var aggregated: Aggregated?

    /// A model whose experts were weighted on the test images, without their labels.
    public struct Aggregated {
        /// What it predicts.
        public let result: TestResult
        /// The weights, one per expert, of sum 1.
        public let weights: [Double]
    }
}

extension Session {
    /// Which images a run is measured on.
    public enum Part: Sendable {
        /// The test split.
        case test
        /// The validation images of its recipe; nothing is written then.
        case validation
    }

    /// Evaluates the models of a run that this session has prepared, and writes its report.
    public func report(_ run: Run, _ preparation: Preparation) throws(LongTailError) -> RunReport {
        try evaluate(run, on: preparation.test, root: preparation.root, in: run.layout).report
    }

    /// Evaluates a run's models and writes the report; the training images are not needed.
    ///
    /// - Parameters:
    ///   - path: The run.
    ///   - root: Where its data set is now; where the run found it when nil.
    ///   - part: Which images.
    ///   - members: Whether every member that was kept is a model of its own.
    ///   - aggregating: Whether the last model's experts are weighted on the test images, too.
    ///   - output: A folder in which predictions and report are kept; nil for the run's.
    public func evaluate(
        _ path: String, root: String? = nil, on part: Part = .test, members: Bool = false, aggregating: Bool = false,
        output: String? = nil
    ) throws(LongTailError) -> Evaluation {
        let run = try Run.open(at: path, registry: registry)
        if aggregating {
            // Before anything is evaluated or written.
            let info = try Checkpoint.readInfo(run.layout.checkpoint(run.model(nil)))
            try TestTimeAggregation.requireExperts(info.design.branches.experts)
        }
        let images = try run.images(part, root: root)
        let place = output.map { RunLayout($0) } ?? kept(run)
        if place == run.layout { run.sweep() }
        var found = try evaluate(run, on: images, part, members: members, root: root, in: part == .test ? place : nil)
        guard aggregating, let last = found.results.last else { return found }
        let network = try Checkpoint.read(run.layout.checkpoint(last.name)).makeNetwork(registry)
        found.aggregated = try aggregated(network, last.name, on: images, run.recipe)
        return found
    }

    private func aggregated(
        _ network: Network, _ name: String, on images: any Dataset, _ recipe: Recipe
    ) throws(LongTailError) -> Evaluation.Aggregated {
        let training = TestTimeAggregation()
        let aggregation = try training.weights(of: network, on: images, recipe)
        let found = try training.evaluate(network, aggregation, on: images, recipe)
        return Evaluation.Aggregated(
            result: TestResult(name: "\(name), aggregated", report: found.report, predictions: found.predictions),
            weights: try aggregation.weights())
    }

    func evaluate(
        _ run: Run, on images: any Dataset, _ part: Part = .test, members: Bool = false, root: String? = nil,
        in layout: RunLayout?
    ) throws(LongTailError) -> Evaluation {
        let names = run.models(members: members)
        guard !names.isEmpty else { throw run.isUnfinished }
        let counts = try run.record.counts(run.layout.record)
        let notes = run.recipe.precisionNotes
        for note in notes + [try run.recipe.evaluation.precision.warning()].compactMap(\.self) { sink.say(note) }
        let progress = ProgressReporter("testing", total: names.count * images.count, unit: "images", sink: sink)
        // Who has opened a run elsewhere is told of it first.
        try crew?.begin(recipe: run.layout.recipe, root: root ?? run.record.data)
        let results = try run.evaluate(
            names, on: images, isValidation: part == .validation, keeping: layout, with: crew
        ) { name, done in
            progress.advance(to: (names.firstIndex(of: name) ?? 0) * images.count + done, note: name)
        }
        progress.finish()
        let report = try RunReport(
            title: Path(run.path).name, command: run.record.command.map(shellQuoted).joined(separator: " "),
            recipe: run.recipe.yaml, facts: run.facts(testImages: images.count),
            models: results.map { ComparedModel(name: $0.name, report: $0.report, predictions: $0.predictions) },
            counts: counts, rule: run.recipe.evaluation.rule, worst: run.recipe.evaluation.worst,
            notes: (part == .validation ? ["Measured on validation images, not on the test split."] : [])
                + notes + run.record.notes,
            seed: run.recipe.seed)
        if let layout { try write(report, layout) }
        return Evaluation(report: report, results: results)
    }

    /// The run's own folder, where it can be written; on a disk that is read alone nothing is kept, which is said.
    private func kept(_ run: Run) -> RunLayout? {
        let folders = [run.path, Path(run.layout.predictions("x")).folder, run.layout.reports]
        guard let closed = folders.first(where: { FileManager.default.fileExists(atPath: $0) && access($0, W_OK) != 0 })
        else { return run.layout }
        sink.say(
            "\(closed) cannot be written: nothing of this evaluation is kept there, and no folder was named for it")
        return nil
    }

    func write(_ report: RunReport, _ layout: RunLayout) throws(LongTailError) {
        try AtomicFile.write(report.figure, to: "\(layout.reports)/recall.svg")
        try AtomicFile.write(try report.markdown(figurePath: "recall.svg"), to: "\(layout.reports)/report.md")
        try AtomicFile.write(try report.html(), to: "\(layout.reports)/report.html")
    }
}

extension Run {
    /// The images of a part of the run's data.
    fileprivate func images(_ part: Session.Part, root: String?) throws(LongTailError) -> any Dataset {
        let root = root ?? record.data
        guard part == .validation else {
            let names = try record.counts(layout.record).names
            return try TestSplit.open(recipe.data, root: root, classNames: names)
        }
        let images = try TrainingData(recipe.data, root: root, seed: recipe.seed).validation
        guard images.count > 0 else {
            throw LongTailError(
                .usage, "\(path): its recipe keeps no validation images apart",
                remedy: "Train with data.validation set to a number of images a class.")
        }
        return images
    }

    fileprivate func facts(testImages: Int) -> [(name: String, value: String)] {
        [
            ("run", path), ("seed", "\(recipe.seed)"), ("machine", record.machine.processor),
            ("instructions", record.machine.instructions ?? "unknown"),
            ("precision", recipe.precision.rawValue), ("threads", "\(record.threads)"),
            ("device", record.device ?? "cpu"), ("libtorch", record.libtorch),
            ("longtail", record.version), ("started", record.started),
            ("training images", record.listHash.map { "list \($0.prefix(16))" } ?? "unknown"),
            ("test images", "\(testImages)"),
        ]
    }
}

extension Recipe {
    /// Says when a model is evaluated in another arithmetic than it was trained in.
    fileprivate var precisionNotes: [String] {
        let (training, evaluation) = (precision.resolved, self.evaluation.precision.resolved)
        guard training != evaluation else { return [] }
        return [
            "Trained in \(training.rawValue), evaluated in \(evaluation.rawValue) "
                + "(evaluation.precision: \(self.evaluation.precision.rawValue))."
        ]
    }
}
