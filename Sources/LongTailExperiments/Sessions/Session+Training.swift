import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

extension Session {
    /// Trains a prepared recipe in a new run, and calibrates its last model where the recipe keeps validation images.
    ///
    /// - Parameters:
    ///   - preparation: The recipe and what it stands on.
    ///   - path: The folder of the run; `runs/RECIPE-seedN` by default.
    ///   - members: A folder of BTM members that runs share.
    ///   - watch: A callback for every event; its answer says whether training goes on.
    public func train(
        _ preparation: Preparation, at path: String? = nil, members: String? = nil,
        watch: @escaping (TrainingEvent) -> TrainingAnswer = { _ in .continue }
    ) throws(LongTailError) -> Run {
        let run = try begin(preparation, at: path)
        try train(run, preparation, members: members, watch: watch)
        return run
    }

    /// Makes a new run, in which nothing is trained yet; a process of a launcher goes on with one of the same values that is
    /// there, because it may be started again with the same words.
    ///
    /// - Parameters:
    ///   - preparation: The recipe and what it stands on.
    ///   - path: The folder of the run; `runs/RECIPE-seedN` by default.
    ///   - output: A file that the final model is written to beside the run, by whichever process trains its end.
    public func begin(
        _ preparation: Preparation, at path: String? = nil, output: String? = nil
    ) throws(LongTailError) -> Run {
        try Shards.require(preparation.recipe, crew)
        if isLaunched, let path, FileManager.default.fileExists(atPath: RunLayout(path).record) {
            try requireSame(preparation.recipe, asRunAt: path)
            return try takeUp(path, root: preparation.root, like: preparation).run
        }
        return try Run.create(
            at: path ?? Run.freshPath(recipe: preparation.recipe), recipe: preparation.recipe,
            record: record(preparation, output: output), images: preparation.stamps.text)
    }

    /// Goes on with a run that was stopped or killed.
    ///
    /// - Parameters:
    ///   - path: The folder of the run.
    ///   - root: Where its data set is now; where the run found it when nil.
    ///   - members: A folder of BTM members that runs share.
    ///   - known: Another preparation, whose images serve where they would be the same.
    ///   - watch: A callback for every event; its answer says whether training goes on.
    public func resume(
        _ path: String, root: String? = nil, members: String? = nil, like known: Preparation? = nil,
        watch: @escaping (TrainingEvent) -> TrainingAnswer = { _ in .continue }
    ) throws(LongTailError) -> (run: Run, preparation: Preparation) {
        let (run, preparation) = try takeUp(path, root: root, like: known)
        try train(run, preparation, members: members, watch: watch)
        return (run, preparation)
    }

    /// Opens a run that was stopped or killed, and what it stands on, to train it further.
    ///
    /// - Parameters:
    ///   - path: The folder of the run.
    ///   - root: Where its data set is now; where the run found it when nil.
    ///   - known: Another preparation, whose images serve where they would be the same.
    ///   - acceptsChanges: Whether pictures may be others than those that the run began with.
    public func takeUp(
        _ path: String, root: String? = nil, like known: Preparation? = nil, acceptsChanges: Bool = false
    ) throws(LongTailError) -> (run: Run, preparation: Preparation) {
        let run = try Run.resume(at: path, registry: registry)
        // The bits depend on threads: a run keeps its own, whatever the machine has now.
        if compute.threads == nil, (1...1_024).contains(run.record.threads) {
            try Engine.setThreads(run.record.threads)
        }
        let preparation = try Preparation(resuming: run, root: root, like: known)
        try compareImages(run, preparation, acceptsChanges: acceptsChanges)
        for line in try record(preparation).differences(from: run.record) {
            sink.say("the weights will differ in their bits from those of an unbroken run: \(line)")
            try run.log("resumed with another \(line)")
        }
        return (run, preparation)
    }

    /// Refuses pictures that are not those that a run began with, as far as number and sizes tell; other times are told.
    private func compareImages(
        _ run: Run, _ preparation: Preparation, acceptsChanges: Bool
    ) throws(LongTailError) {
        guard
            let known = FileBytes.contents(of: run.layout.images)
                .flatMap({ ImageStamps(String(decoding: $0, as: UTF8.self)) })
        else { return }
        // Another list altogether is told in its own words.
        guard run.record.listHash ?? preparation.data.listHash == preparation.data.listHash else { return }
        let stamps = preparation.stamps
        let changes = stamps.changes(since: known)
        if let problem = changes.problem(of: run.path), !acceptsChanges {
            throw LongTailError(
                .data, problem,
                remedy:
                    "Put them back as they were, or begin a new run: this one would end with other weights under the "
                    + "same name. Where they were mended on purpose, go on with "
                    + "\(Wording.option("changed-images")); the report says so.")
        }
        guard let note = changes.problem(of: run.path) ?? changes.note else { return }
        sink.say(note)
        try run.log(note)
        try run.update { $0.notes.append(note) }
        try AtomicFile.write(stamps.text, to: run.layout.images)
    }

    /// Trains, or takes up the run of the same recipe that is there, finished or not.
    ///
    /// - Throws: `.usage` when the folder holds a run of other values.
    func continued(_ preparation: Preparation, at path: String, members: String) throws(LongTailError) -> Run {
        guard FileManager.default.fileExists(atPath: RunLayout(path).record) else {
            return try train(preparation, at: path, members: members)
        }
        try requireSame(preparation.recipe, asRunAt: path)
        return try resume(path, root: preparation.root, members: members, like: preparation).run
    }

    /// - Throws: `.usage` when a folder holds a run of other values.
    private func requireSame(_ recipe: Recipe, asRunAt path: String) throws(LongTailError) {
        guard try Run.open(at: path, registry: registry).recipe == recipe.resolved else {
            throw LongTailError(
                .usage, "\(path): holds a run with other values than this recipe's",
                remedy: "Name another folder, or remove that run.")
        }
    }

    /// Trains a run from where it stands, calibrates its last model where the recipe keeps validation images, and writes
    /// that model where it was asked for.
    ///
    /// - Parameters:
    ///   - run: A run that this process has begun or taken up.
    ///   - preparation: What it stands on.
    ///   - members: A folder of BTM members that runs share.
    ///   - watch: A callback for every event; its answer says whether training goes on.
    public func train(
        _ run: Run, _ preparation: Preparation, members: String? = nil,
        watch: @escaping (TrainingEvent) -> TrainingAnswer = { _ in .continue }
    ) throws(LongTailError) {
        if let warning = try run.recipe.precision.warning() {
            sink.say(warning)
            try run.log(warning)
        }
        let progress = TrainingProgress(sink)
        try crew?.begin(recipe: run.layout.recipe, root: preparation.root, lists: preparation.lists)
        let experiment = try Experiment(run, preparation, members: members, crew: crew) {
            progress.show($0)
            return watch($0)
        }
        Compute.bindThreads()
        try experiment()
        progress.finish()
        guard experiment.isFinished else { return }
        try calibrateLast(of: run, preparation)
        if let output = try run.writePendingOutput() { sink.say("final model written to \(output)") }
    }

    /// Fits the temperature of a trained run's last model, if its recipe keeps validation images.
    private func calibrateLast(of run: Run, _ preparation: Preparation) throws(LongTailError) {
        guard preparation.data.validation.count > 0, let name = run.models().last else { return }
        do throws(LongTailError) { _ = try run.calibrate(name, on: preparation.data, with: crew) } catch {
            // Too few images for a temperature are no reason to lose the report; the scores stay uncalibrated.
            guard error.kind == .data else { throw error }
            sink.say("not calibrated: \(error)")
            try run.log("not calibrated: \(error.problem)")
        }
    }

    /// Fits the temperature of one of a run's models, the last unless a stage is named, on its validation images.
    ///
    /// - Parameters:
    ///   - path: The run.
    ///   - stage: A stage of the run.
    ///   - root: Where its data set is now; where the run found it when nil.
    public func calibrate(
        _ path: String, stage: String? = nil, root: String? = nil
    ) throws(LongTailError) -> (model: String, calibration: Calibration) {
        let run = try Run.open(at: path, registry: registry)
        let name = try run.model(stage)
        let root = root ?? run.record.data
        let data = try TrainingData(run.recipe.data, root: root, seed: run.recipe.seed)
        try crew?.begin(recipe: run.layout.recipe, root: root)
        return (name, try run.calibrate(name, on: data, with: crew))
    }
}
