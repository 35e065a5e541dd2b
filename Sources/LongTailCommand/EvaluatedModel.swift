import LongTail

/// A model's figures, as JSON gives them.
struct EvaluatedModel: Encodable {
    struct Class: Encodable {
        let name: String
        let training: Int?
        let test: Int
        let recall: Double?
        let precision: Double?
        let f1: Double?
    }

    /// Images of a class that were called one, itself or another.
    struct Confusion: Encodable {
        let target: String
        let predicted: String
        let count: Int

        private enum CodingKeys: String, CodingKey {
            case predicted, count
            case target = "true"
        }
    }

    /// A figure with its intervals (`FigureIntervals`).
    struct Estimate: Encodable {
        let value: Double
        let replication: ConfidenceInterval
        let population: ConfidenceInterval?
    }

    /// What became of the first model's figures, on the same images (`PairedComparison`).
    struct Change: Encodable {
        struct Difference: Encodable {
            let value: Double
            let replication: ConfidenceInterval
            let population: ConfidenceInterval?
            let isSignificant: Bool

            private enum CodingKeys: String, CodingKey {
                case value, replication, population
                case isSignificant = "significant"
            }
        }

        let from: String
        let figures: [String: Difference]
    }

    let name: String
    let accuracy: Double
    let macroPrecision: Double
    let macroF1: Double
    let harmonicMean: Double
    let geometricMean: Double
    let lowestRecall: Double
    let zeroClasses: Int
    let recallFloor: Double
    let calibrationError: Double?
    let classwiseCalibrationError: Double?
    let generalisedMeans: [String: Double]
    let figures: [String: Estimate]
    let change: Change?
    let classes: [Class]
    let confusions: [Confusion]

    /// All models, those after the first with the change from it.
    static func all(
        _ results: [TestResult], _ counts: ClassCounts?, _ groups: [ShotGroup]?, powers: [Double], seed: UInt64
    ) throws(LongTailError) -> [EvaluatedModel] {
        var models: [EvaluatedModel] = []
        for (place, result) in results.enumerated() {
            let change = try place == 0 ? nil : Change(results[0], result, groups, seed: seed)
            models.append(EvaluatedModel(result, counts, groups, powers, change, seed: seed))
        }
        return models
    }

    private init(
        _ result: TestResult, _ counts: ClassCounts?, _ groups: [ShotGroup]?, _ powers: [Double], _ change: Change?,
        seed: UInt64
    ) {
        let report = result.report
        let names = report.classNames
        let intervals = FigureIntervals(report, groups: groups, seed: seed)
        var figures: [String: Estimate] = [:]
        for (figure, value) in report.figures(groups: groups, seed: seed) {
            guard let replication = intervals.replication[figure] else { continue }
            figures[figure.name] = Estimate(
                value: value, replication: replication, population: intervals.population[figure])
        }
        (self.figures, self.change) = (figures, change)
        let found = Confusions(result.predictions)
        (macroPrecision, macroF1) = (found.macroPrecision, found.macroF1)
        name = result.name
        accuracy = report.accuracy
        harmonicMean = report.harmonicMean
        geometricMean = report.geometricMean
        lowestRecall = report.lowestRecall
        zeroClasses = report.zeroClasses
        recallFloor = ClassReport.recallFloor
        generalisedMeans = Dictionary(
            powers.map { ("\($0)", report.generalisedMean($0)) }, uniquingKeysWith: { first, _ in first })
        calibrationError = report.calibrationError
        classwiseCalibrationError = report.classwiseCalibrationError
        classes = names.indices.map {
            Class(
                name: names[$0], training: counts?.counts[$0], test: report.totals[$0], recall: report.recall($0),
                precision: found.precision($0), f1: found.f1($0))
        }
        confusions = found.entries.map {
            Confusion(target: names[$0.target], predicted: names[$0.predicted], count: $0.count)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case name, accuracy, figures, change, classes, confusions
        case macroPrecision = "macro-precision"
        case macroF1 = "macro-f1"
        case harmonicMean = "h-mean"
        case geometricMean = "g-mean"
        case lowestRecall = "lowest-recall"
        case zeroClasses = "zero-classes"
        case recallFloor = "recall-floor"
        case generalisedMeans = "generalised-means"
        case calibrationError = "ece"
        case classwiseCalibrationError = "classwise-ece"
    }
}

extension EvaluatedModel.Change {
    init(_ first: TestResult, _ second: TestResult, _ groups: [ShotGroup]?, seed: UInt64) throws(LongTailError) {
        let found = try PairedComparison(first.predictions, second.predictions, groups: groups, seed: seed)
        from = first.name
        figures = Dictionary(
            uniqueKeysWithValues: found.differences.map { figure, difference in
                (
                    figure.name,
                    Difference(
                        value: difference.value, replication: difference.replication,
                        population: difference.population, isSignificant: difference.isSignificant)
                )
            })
    }
}
