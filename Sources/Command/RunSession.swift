import Basics
import Foundation
import LongTail
import Reporting
import Torch
import Vision

/// One run from its recipe to its report: what `train`, `btm` and `ablate` share.
struct RunSession {
    let common: CommonOptions
    /// The folder given as --data.
    let root: String?
    /// A folder of shared BTM members.
    var members: String?

    /// Makes a run at `path`, or takes up the one that is there when `resuming`, and trains what is left.
    func train(_ recipe: Recipe, at path: String, resuming: Bool) throws(Failure) -> Run {
        try common.prepare()
        let record = RunRecord(
            version: longtailVersion, libtorch: Engine.version, threads: Engine.threads,
            device: try common.deviceName, command: commandLine, data: root.map { URL(fileURLWithPath: $0).path })
        let sink = common.sink
        let run: Run
        let data: TrainingData
        if resuming {
            run = try Run.resume(at: path)
            for line in record.differences(from: run.record) {
                sink.say("the weights will differ in their bits from those of an unbroken run: \(line)")
                try run.log("resumed with another \(line)")
            }
            data = try TrainingData(run.recipe.data, root: root ?? run.record.data, seed: run.recipe.seed)
        } else {
            // A folder is made only for a run that can begin: its images and weights are looked at first.
            data = try TrainingData(recipe.data, root: root, seed: recipe.seed)
            if recipe.network.checkpoint ?? recipe.network.weights != nil { _ = try StartingWeights.make(recipe, data) }
            try TestSplit.check(recipe.data, root: root, classNames: data.counts.names)
            run = try Run.create(at: path, recipe: recipe, record: record)
            for note in data.notes {
                sink.say(note)
                try run.log(note)
            }
        }
        if let warning = try run.recipe.precision.warning() {
            sink.say(warning)
            try run.log(warning)
        }
        let progress = TrainingProgress(sink)
        let experiment = try Experiment(run, data, members: members) { progress.show($0) }
        common.bindThreads()
        try experiment.go()
        progress.finish()
        try calibrate(run, data)
        return run
    }

    /// Trains, or takes up the run of the same recipe that is there, finished or not.
    ///
    /// - Throws: `.usage` when the folder holds a run of other values.
    func continued(_ recipe: Recipe, at path: String) throws(Failure) -> Run {
        let exists = FileManager.default.fileExists(atPath: "\(path)/run.json")
        if exists {
            let begun = try Run.open(at: path).recipe
            guard begun == recipe.resolved else {
                throw Failure(
                    .usage, "\(path): holds a run with other values than this recipe's",
                    remedy: "Give another --output, or remove that run.")
            }
        }
        return try train(recipe, at: path, resuming: exists)
    }

    /// Fits the temperature of a trained run's last model, if its recipe keeps validation images.
    private func calibrate(_ run: Run, _ data: TrainingData) throws(Failure) {
        guard data.validation.count > 0, let name = run.models().last else { return }
        do throws(Failure) { _ = try run.calibrate(name, on: data) } catch {
            // Too few images for a temperature are no reason to lose the report; the scores stay uncalibrated.
            guard error.kind == .data else { throw error }
            common.sink.say("not calibrated: \(error)")
            try run.log("not calibrated: \(error.problem)")
        }
    }

    /// Evaluates a run's models on the test split, writes the report and gives it; or on the validation images, where
    /// nothing is written.
    func report(
        _ run: Run, members: Bool = false, onValidation: Bool = false
    ) throws(Failure) -> (report: RunReport, results: [TestResult]) {
        try common.prepare()
        let root = root ?? run.record.data
        let data = try TrainingData(run.recipe.data, root: root, seed: run.recipe.seed)
        guard !onValidation || data.validation.count > 0 else {
            throw Failure(
                .usage, "\(run.path): its recipe keeps no validation images apart",
                remedy: "Train with data.validation set to a number of images a class.")
        }
        for note in Self.precisionNotes(run.recipe) { common.sink.say(note) }
        if let warning = try run.recipe.evaluation.precision.warning() { common.sink.say(warning) }
        let test = onValidation ? data.validation : try TestSplit.open(run.recipe.data, root: root)
        let names = run.models(members: members)
        guard !names.isEmpty else {
            throw Failure(
                .checkpoint, "\(run.path): no stage is finished yet",
                remedy: "Go on with: longtail train --resume \(run.path)")
        }
        let progress = ProgressReporter("testing", total: names.count * test.count, unit: "images", sink: common.sink)
        let results = try run.evaluate(names, on: test, keeping: !onValidation) { name, done in
            progress.advance(to: (names.firstIndex(of: name) ?? 0) * test.count + done, note: name)
        }
        progress.finish()
        let report = RunReport(
            title: URL(fileURLWithPath: run.path).lastPathComponent, command: run.record.command.joined(separator: " "),
            recipe: run.recipe.yaml, facts: facts(run, test.count),
            models: results.map { ComparedModel(name: $0.name, report: $0.report, predictions: $0.predictions) },
            counts: data.counts, rule: run.recipe.evaluation.rule, worst: run.recipe.evaluation.worst,
            notes: (onValidation ? ["Measured on validation images, not on the test split."] : [])
                + Self.precisionNotes(run.recipe) + data.notes,
            seed: run.recipe.seed)
        guard !onValidation else { return (report, results) }
        try AtomicFile.write(try report.figure(), to: "\(run.reports)/recall.svg")
        try AtomicFile.write(try report.markdown(figurePath: "recall.svg"), to: "\(run.reports)/report.md")
        try AtomicFile.write(try report.html(), to: "\(run.reports)/report.html")
        return (report, results)
    }

    /// Prints a report's table and where the rest is.
    func show(_ run: Run, _ report: RunReport) throws(Failure) {
        let table = try report.comparison()
        if common.json { return print(try table.json()) }
        print(table.plain())
        print("report: \(run.reports)/report.html")
    }

    /// Says when a model is evaluated in another arithmetic than it was trained in.
    private static func precisionNotes(_ recipe: Recipe) -> [String] {
        let (training, evaluation) = (recipe.precision.resolved, recipe.evaluation.precision.resolved)
        guard training != evaluation else { return [] }
        return [
            "Trained in \(training.rawValue), evaluated in \(evaluation.rawValue) "
                + "(evaluation.precision: \(recipe.evaluation.precision.rawValue))."
        ]
    }

    private func facts(_ run: Run, _ testImages: Int) -> [(name: String, value: String)] {
        let record = run.record
        return [
            ("run", run.path), ("seed", "\(run.recipe.seed)"), ("machine", record.machine.processor),
            ("instructions", record.machine.instructions ?? "unknown"),
            ("precision", run.recipe.precision.rawValue), ("threads", "\(record.threads)"),
            ("device", record.device ?? "cpu"), ("libtorch", record.libtorch),
            ("longtail", record.version),
            ("started", record.started),
            ("training images", record.listHash.map { "list \($0.prefix(16))" } ?? "unknown"),
            ("test images", "\(testImages)"),
        ]
    }
}

/// Training events as progress.
final class TrainingProgress {
    private let sink: any ProgressSink
    private var reporter: ProgressReporter?
    private var title = ""

    init(_ sink: any ProgressSink) { self.sink = sink }

    func show(_ event: TrainingEvent) {
        switch event {
        case .stage(let name, let trained, let frozen, _):
            finish()
            title = name
            sink.say("\(name): \(trained) parameters trained, \(frozen) frozen")
        case .member(let member, let of, _):
            finish()
            title = "\(title.split(separator: " ").first.map(String.init) ?? "btm") \(member + 1)/\(of)"
        case .step(let step):
            if reporter == nil {
                reporter = ProgressReporter(
                    title, total: step.epochs * step.epochImages, unit: "images",
                    from: step.epoch * step.epochImages, sink: sink)
            }
            reporter?.advance(by: step.images)
        case .epoch(let epoch):
            reporter?.advance(
                by: 0,
                note: "epoch \(epoch.epoch + 1)/\(epoch.epochs) loss \(String(format: "%.3f", epoch.loss))  "
                    + "waiting \(Int((100 * epoch.waitingShare).rounded())) %")
        case .note(let text): sink.say(text)
        }
    }

    func finish() {
        reporter?.finish()
        reporter = nil
    }
}
