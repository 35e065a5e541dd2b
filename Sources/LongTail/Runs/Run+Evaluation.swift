import Basics
import Foundation
import Vision

extension Run {
    /// The models that a report compares: the start where it is a trained model, then every finished stage, with the
    /// members of BTM stages before their merge when they were kept.
    public func models(members: Bool = false) -> [String] {
        var names = recipe.network.checkpoint == nil ? [] : ["start"]
        for stage in recipe.stages {
            if members, let btm = stage.btm, btm.keepMembers {
                names += (1...btm.members).map { "\(stage.name)-member-\($0)" }
            }
            names.append(stage.name)
        }
        return names.filter { FileManager.default.fileExists(atPath: "\(checkpoints)/\($0).safetensors") }
    }

    /// What an earlier evaluation of a model found; nil if there was none.
    public func savedResult(_ name: String) throws(Failure) -> TestResult? {
        guard let data = FileManager.default.contents(atPath: "\(predictions)/\(name).json") else { return nil }
        return RunJSON.decode(TestResult.self, data)
    }

    /// Evaluates models of this run on test images and keeps the predictions in the run.
    ///
    /// - Parameters:
    ///   - names: Checkpoints without their ending.
    ///   - test: What `TestSplit.open` gave.
    ///   - keeping: Whether the results stay in the run, as those on the test split do.
    ///   - tell: Hears the model and the number of images done.
    public func evaluate(
        _ names: [String], on test: any Dataset, keeping: Bool = true, tell: (String, Int) -> Void = { _, _ in }
    ) throws(Failure) -> [TestResult] {
        let evaluator = Evaluator(recipe)
        var results: [TestResult] = []
        for name in names {
            let path = "\(checkpoints)/\(name).safetensors"
            let checkpoint = try Checkpoint.read(path)
            try checkpoint.check(classNames: test.classNames, listHash: nil, path: path)
            let (report, predictions) = try evaluator(checkpoint.makeNetwork(), on: test) { tell(name, $0) }
            let result = TestResult(name: name, report: report, predictions: predictions)
            if keeping { try AtomicFile.write(try RunJSON.encode(result), to: "\(self.predictions)/\(name).json") }
            results.append(result)
        }
        return results
    }
}
