import LongTail
import Testing

@Suite struct MetricsFixtureTests {
    private struct Fixture: Decodable {
        let targets: [Int32]
        let probabilities: [[Float]]
        let predicted: [[Int32]]
        let hits: [[Int]]
        let totals: [Int]
        let figures: [[Double]]
        let powers: [[Double]]
        let ece: [Double]
        let classwise: [Double]
    }

    private let fixture: Fixture
    private let models: [(report: ClassReport, predictions: PredictionTable)]

    init() throws {
        let fixture = try classesFixture("metrics", as: Fixture.self)
        self.fixture = fixture
        models = try fixture.probabilities.map { probabilities in
            var builder = try ReportBuilder(classNames: (0..<6).map { "c\($0)" })
            for start in stride(from: 0, to: 240, by: 50) {
                let end = min(240, start + 50)
                try builder.add(
                    probabilities: Array(probabilities[start * 6..<end * 6]),
                    targets: Array(fixture.targets[start..<end]))
            }
            return try builder.finish()
        }
    }

    @Test("Hits, figures, generalised means and calibration are numpy's")
    func numbers() throws {
        for (index, model) in models.enumerated() {
            #expect(model.report.hits == fixture.hits[index])
            #expect(model.report.totals == fixture.totals)
            #expect(model.predictions.predicted == fixture.predicted[index])
            for (own, numpy) in zip(
                [
                    model.report.accuracy, model.report.harmonicMean, model.report.geometricMean,
                    model.report.lowestRecall,
                ],
                fixture.figures[index])
            {
                #expect(abs(own - numpy) < 1e-12)
            }
            // float32 probabilities, summed in float64 by both.
            #expect(abs(try #require(model.report.calibrationError) - fixture.ece[index]) < 1e-7)
            #expect(abs(try #require(model.report.classwiseCalibrationError) - fixture.classwise[index]) < 1e-7)
        }
        for pair in fixture.powers { #expect(abs(models[0].report.generalisedMean(pair[0]) - pair[1]) < 1e-12) }
    }
}
