import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting
import LongTailTraining
import LongTailVision

/// What models on the straight line from one to another do on the test images (the paper's figures 1 and 2).
public struct InterpolationCurve {
    /// The stage that ended with the model at 0.
    public let from: String
    /// The stage that ended with the model at 1.
    public let to: String
    /// The line, both ends included.
    public let points: [(lambda: Double, report: ClassReport)]
    /// A third model beside it.
    public let reference: ClassReport?

    /// A row for each point.
    public var table: ReportTable {
        let rows =
            points.map { (String(format: "%.2f", $0.lambda), $0.report) }
            + (reference.map { [("reference", $0)] } ?? [])
        return ReportTable(
            columns: [.init("λ"), .init("accuracy"), .init("H-mean"), .init("G-mean"), .init("lowest recall")],
            rows: rows.map { label, report in
                [
                    .text(label), .share(report.accuracy), .share(report.harmonicMean), .share(report.geometricMean),
                    .share(report.lowestRecall),
                ]
            },
            notes: ["H and G: recalls floored at 0.1 %. Measured on the test images, to report."])
    }

    /// The curves, with the third model as levels.
    public func figure() throws(LongTailError) -> CurveFigure {
        var figure = try CurveFigure.interpolation(title: "From \(from) to \(to)", from: from, to: to, points: points)
        if let reference {
            figure.series += [
                ("G-mean of reference", points.map { _ in 100 * reference.geometricMean }),
                ("H-mean of reference", points.map { _ in 100 * reference.harmonicMean }),
            ]
        }
        return figure
    }
}

extension Session {
    /// Measures models on the line from one checkpoint to another.
    ///
    /// - Parameters:
    ///   - from: The model at 0, whose recipe names the data.
    ///   - to: The model at 1.
    ///   - reference: A third model to show beside the curve.
    ///   - points: Points on the line, both ends included; at least 2.
    ///   - root: The folder of the data set.
    public func interpolate(
        from: String, to: String, reference: String? = nil, points: Int = 11, root: String?
    ) throws(LongTailError) -> InterpolationCurve {
        // LoRA's weights lie on the line, and its factors do not.
        let (a, b) = (try Checkpoint.read(from).folded(), try Checkpoint.read(to).folded())
        func check(_ other: Checkpoint, _ path: String) throws(LongTailError) {
            try other.check(classNames: a.info.classNames, listHash: a.info.listHash, path: path)
        }
        try check(b, to)
        guard let text = a.info.recipe else {
            throw LongTailError(.checkpoint, "\(from): names no recipe, so its data are not known")
        }
        let recipe = try Recipe.parse(text, file: "\(from) (its recipe)", registry: registry)
        let test = try TestSplit.open(recipe.data, root: root)
        let evaluator = Evaluator(recipe)
        let progress = ProgressReporter("interpolating", total: points * test.count, unit: "images", sink: sink)
        var curve: [(lambda: Double, report: ClassReport)] = []
        for point in 0..<points {
            let lambda = Double(point) / Double(points - 1)
            // λ = 1 is the second model, as in the paper's λ f_D + (1 − λ) f.
            let weights = try b.weights.interpolated(with: a.weights, lambda: lambda)
            let network = try Checkpoint(info: a.info, weights: weights).makeNetwork(registry)
            let report = try evaluator(network, on: test) { progress.advance(to: point * test.count + $0) }.report
            curve.append((lambda, report))
        }
        progress.finish()
        let third = try reference.map { (path) throws(LongTailError) in
            let checkpoint = try Checkpoint.read(path)
            try check(checkpoint, path)
            return try evaluator(checkpoint.makeNetwork(registry), on: test).report
        }
        return InterpolationCurve(from: a.info.stage, to: b.info.stage, points: curve, reference: third)
    }
}
