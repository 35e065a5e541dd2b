import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailPredictions
import LongTailTraining
import LongTailVision

extension Run {
    /// The models that a report compares: the start where it is a trained model, then every finished stage, with the
    /// members of BTM stages before their merge when they were kept.
    public func models(members: Bool = false) -> [String] {
        var names = recipe.network.checkpoint == nil ? [] : [ModelName.start]
        for stage in recipe.stages {
            if members, let btm = stage.btm, btm.keepMembers {
                names += (0..<btm.members).map { ModelName.member($0, of: stage.name) }
            }
            names.append(stage.name)
        }
        return names.filter { FileManager.default.fileExists(atPath: layout.checkpoint($0)) }
    }

    /// A model of this run: the last finished stage's unless `stage` names another.
    ///
    /// - Throws: When no stage is finished, and for a name that is no model's.
    public func model(_ stage: String?) throws(LongTailError) -> String {
        guard let stage else {
            guard let last = models().last else { throw isUnfinished }
            return last
        }
        let names = models(members: true)
        guard names.contains(stage) else {
            throw LongTailError(
                .usage, "\(path): has no model '\(stage)'", remedy: "It has: \(names.joined(separator: ", ")).")
        }
        return stage
    }

    /// The file of weights that a path means: itself, or where it is a run its last model's.
    public static func checkpoint(of path: String) throws(LongTailError) -> String {
        guard FileManager.default.fileExists(atPath: RunLayout(path).record) else { return path }
        let run = try open(at: path)
        return try run.layout.checkpoint(run.model(nil))
    }

    /// No stage is finished.
    public var isUnfinished: LongTailError {
        LongTailError(
            .checkpoint, "\(path): no stage is finished yet",
            remedy: "Go on with: \(Wording.command("train \(Wording.option("resume", path))"))")
    }

    /// What an earlier evaluation of a model found; nil if there was none, or its file is damaged or another's.
    public func savedResult(_ name: String) throws(LongTailError) -> TestResult? {
        guard let file = try? PredictionFile.read(layout.predictions(name)), file.model == name else { return nil }
        return try? file.result(named: name)
    }

    /// Evaluates models of this run on its test images, or those for validation, and keeps the predictions in the run.
    ///
    /// - Parameters:
    ///   - names: Checkpoints without their ending.
    ///   - test: What `TestSplit.open` gave, or the validation images.
    ///   - isValidation: Whether they are those for validation.
    ///   - layout: Where the predictions are kept, as those on the test split are in the run; nil for nowhere.
    ///   - crew: The processes that evaluate the test images with this one.
    ///   - tell: Hears the model and the number of images done.
    public func evaluate(
        _ names: [String], on test: any Dataset, isValidation: Bool = false, keeping layout: RunLayout?,
        with crew: Crew? = nil,
        tell: (String, Int) -> Void = { _, _ in }
    ) throws(LongTailError) -> [TestResult] {
        var evaluator = Evaluator(recipe)
        evaluator.team = crew?.team
        var results: [TestResult] = []
        var ensembles = recipe.stages.filter { $0.btm != nil }.map { stage in
            MemberEnsemble(
                of: stage.name, names.filter { ModelName.isMember($0, of: stage.name) }, all: stage.btm?.members ?? 0)
        }
        for name in names {
            let together = ensembles.firstIndex { $0.has(name) }
            if let together { ensembles[together].begin() }
            let path = self.layout.checkpoint(name)
            let checkpoint = try Checkpoint.read(path)
            try checkpoint.check(classNames: test.classNames, listHash: nil, path: path)
            if let crew {
                // Others get a member of adapters alone as the network that it is.
                let sent = try Checkpoint.readInfo(path).base == nil ? path : self.layout.candidate
                defer { if sent != path { unlink(sent) } }
                if sent != path { try checkpoint.write(to: sent) }
                let images: EvaluatedImages = isValidation ? .validation : .test
                try crew.give(.evaluation(images, asProbabilities: true, listHash: test.listHash), [sent])
            }
            let (report, predictions) = try evaluator(
                checkpoint.makeNetwork(recipe.words), on: test, tell: { tell(name, $0) },
                hear: { if let together { ensembles[together].add($0) } })
            let result = TestResult(name: name, report: report, predictions: predictions)
            let all = try together.map { (place) throws(LongTailError) in try ensembles[place].result(on: test) }
            for found in [result, all ?? nil].compactMap(\.self) {
                if let layout { try predictionFile(found).write(to: layout.predictions(found.name)) }
                results.append(found)
            }
        }
        return results
    }

    /// A result with what this run knows beside it.
    private func predictionFile(_ result: TestResult) throws(LongTailError) -> PredictionFile {
        let counts = try? record.counts(layout.record)
        return try PredictionFile(
            result, counts: counts?.names == result.predictions.classNames ? counts : nil,
            temperature: (try? calibration(of: result.name))?.temperature)
    }
}
