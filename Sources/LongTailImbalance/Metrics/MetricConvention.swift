import Foundation
import LongTailBasics

/// How another program's evaluator reckons and prints its figures, so that its numbers can stand beside these.
public enum MetricConvention: String, Sendable, CaseIterable {
    /// `eval.py` of github.com/yuhao318/BTM at 4ed61ba.
    ///
    /// Recalls are float32; those of zero become 0.001 before every figure, the lowest recall and group means too; classes without
    /// test images make every figure nan.
    case btm
    /// `utils/evaluator.py` of github.com/shijxcs/LIFT at ce15c60.
    ///
    /// H floors recalls at 0.001 %, G floors nothing and multiplies all recalls before it takes the root, so that it is 0
    /// for one dead class and for very many classes; classes without test images take no part.
    case lift

    /// The figures as the evaluator prints them, in its order.
    ///
    /// - Parameters:
    ///   - report: Hits and totals per class.
    ///   - predictions: What the report was made of.
    ///   - groups: The group of each class in label order, in the place of the evaluator's own lists of classes; nil where
    ///     training counts are not known.
    public func lines(
        _ report: ClassReport, _ predictions: PredictionTable, groups: [ShotGroup]?
    ) -> [(name: String, value: String)] {
        switch self {
        case .btm: Self.btm(report, groups)
        case .lift: Self.lift(report, predictions, groups)
        }
    }

    private static func btm(_ report: ClassReport, _ groups: [ShotGroup]?) -> [(name: String, value: String)] {
        let recalls = report.totals.indices.map { label -> Double in
            let recall = Float(report.hits[label]) / Float(report.totals[label])
            return Double(recall == 0 ? 1e-3 : recall)
        }
        let count = Double(recalls.count)
        let inverses = recalls.reduce(0) { $0 + 1 / $1 }
        let logs = recalls.reduce(0) { $0 + log($1) }
        let lowest = recalls.contains(where: \.isNaN) ? Double.nan : recalls.min() ?? .nan
        var lines = [
            ("Hmean", number(100 * count / inverses, 2)), ("Gmean", number(100 * exp(logs / count), 2)),
            ("min(acc_classes)", number(lowest, 4)), ("Acc@1", number(100 * report.accuracy, 3)),
        ]
        for (group, name) in [(ShotGroup.many, "HAcc"), (.medium, "MAcc"), (.few, "TAcc")] {
            guard let groups else { continue }
            let own = recalls.indices.filter { groups[$0] == group }.map { recalls[$0] }
            lines.append((name, number(100 * own.reduce(0, +) / Double(own.count), 3)))
        }
        return lines
    }

    private static func lift(
        _ report: ClassReport, _ predictions: PredictionTable, _ groups: [ShotGroup]?
    ) -> [(name: String, value: String)] {
        let tested = report.tested
        let recalls = tested.map { 100 * Double(report.hits[$0]) / Double(report.totals[$0]) }
        let count = Double(recalls.count)
        let accuracy = 100 * report.accuracy
        let harmonic = 100 / (recalls.reduce(0) { $0 + 1 / (max($1, 0.001) / 100) } / count)
        let geometric = 100 * pow(recalls.reduce(1) { $0 * ($1 / 100) }, 1 / count)
        var lines = [
            ("accuracy", number(accuracy, 1)), ("error", number(100 - accuracy, 1)),
            ("macro_f1", number(100 * Confusions(predictions).macroF1, 1)),
            ("worst_case_acc", number(recalls.min() ?? .nan, 1)), ("hmean_acc", number(harmonic, 1)),
            ("gmean_acc", number(geometric, 1)),
        ]
        for (group, name) in [(ShotGroup.many, "many"), (.medium, "med"), (.few, "few")] {
            guard let groups else { continue }
            let own = tested.indices.filter { groups[tested[$0]] == group }.map { recalls[$0] }
            lines.append((name, number(own.reduce(0, +) / Double(own.count), 1)))
        }
        return lines + [("average", number(recalls.reduce(0, +) / count, 1))]
    }

    private static func number(_ value: Double, _ decimals: Int) -> String {
        value.isNaN ? "nan" : String(format: "%.\(decimals)f", value)
    }
}
