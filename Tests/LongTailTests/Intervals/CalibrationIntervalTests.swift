import LongTail
import Testing

@Suite struct CalibrationIntervalTests {
    @Test("With all confidences alike it is the binomial interval of the accuracy")
    func binomial() throws {
        // Class 0 is dead, class 1 has one hit of 2, class 2 30 of 100.
        let targets: [Int32] = [0, 0, 0, 1, 1] + Array(repeating: 2, count: 100)
        let predicted: [Int32] = [1, 1, 1, 1, 0] + (0..<100).map { $0 < 30 ? 2 : 0 }
        let table = try PredictionTable(
            classNames: ["a", "b", "c"], targets: targets, predicted: predicted,
            confidence: Array(repeating: 0.5, count: 105))
        let found = try #require(Bootstrap.calibrationError(table, seed: 3, replicates: 20_000))
        // One bin holds everything: ECE is 0.5 − accuracy, accuracy 31/105 ± 0.086.
        #expect(abs(found.lower - (0.5 - 31.0 / 105 - 0.086)) < 0.01)
        #expect(abs(found.upper - (0.5 - 31.0 / 105 + 0.086)) < 0.01)
    }

    @Test("Two bins do not balance each other's errors") func bins() throws {
        // Certain and always wrong, impossible and always right: the mean confidence is the accuracy, the ECE is not 0.
        let table = try PredictionTable(
            classNames: ["a", "b"], targets: [0, 0, 1, 1], predicted: [1, 1, 1, 1], confidence: [1, 1, 0, 0])
        #expect(
            Bootstrap.calibrationError(table, seed: 1, replicates: 50) == ConfidenceInterval(lower: 1, upper: 1))
    }
}
