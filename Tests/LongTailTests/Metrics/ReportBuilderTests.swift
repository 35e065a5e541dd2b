import LongTail
import Testing

@Suite struct ReportBuilderTests {
    @Test("Batches add up, ties go to the lowest label, and classes without images are known")
    func batches() throws {
        var builder = try ReportBuilder(classNames: ["a", "b", "c"])
        try builder.add(probabilities: [0.5, 0.5, 0, 0.1, 0.2, 0.7], targets: [0, 1])
        try builder.add(probabilities: [0.25, 0.5, 0.25], targets: [1])
        try builder.add(probabilities: [], targets: [])
        let (report, predictions) = try builder.finish()
        #expect(predictions.predicted == [0, 2, 1])
        #expect(predictions.targets == [0, 1, 1])
        #expect(predictions.confidence == [0.5, 0.7, 0.5])
        #expect(predictions.further?.labels == [1, 2, 1, 0, 0, 2])
        #expect(predictions.further?.scores == [0.5, 0, 0.2, 0.1, 0.25, 0.25])
        #expect(report.hits == [1, 1, 0])
        #expect(report.totals == [1, 2, 0])
        // Bin of 0.5 holds two hits, bin of 0.7 one miss: (|2 - 1| + |0 - 0.7|) / 3.
        #expect(abs(try #require(report.calibrationError) - 1.7 / 3) < 1e-7)
    }

    @Test("Calibration bins are right-closed, take 0 and rounded-up 1, and do not leak", arguments: 1...15)
    func borders(bin: Int) throws {
        // Two images of one class: at a border both are in one bin with that border's left neighbour.
        let border = Float(bin) / 15
        func error(_ confidences: [Float], hits: [Bool]) throws -> Double {
            var builder = try ReportBuilder(classNames: ["a", "b"])
            for (confidence, hit) in zip(confidences, hits) {
                try builder.add(probabilities: [confidence, 0], targets: [hit ? 0 : 1])
            }
            return try #require(builder.finish().report.calibrationError)
        }
        let inside = border - 0.03
        let together = abs(1 - Double(border) - Double(inside)) / 2
        #expect(abs(try error([border, inside], hits: [true, false]) - together) < 1e-7)
        let above = min(border + 0.001, 1.001)
        let apart = (abs(1 - Double(above)) + Double(inside)) / 2
        let expected = bin == 15 ? abs(1 - Double(above) - Double(inside)) / 2 : apart
        #expect(abs(try error([above, inside], hits: [true, false]) - expected) < 1e-7)
    }

    @Test("Numbers that are no probabilities are refused with the image", arguments: [Float.nan, .infinity, -0.1, 1.5])
    func notProbabilities(value: Float) throws {
        var builder = try ReportBuilder(classNames: ["a", "b"])
        try builder.add(probabilities: [0.5, 0.5], targets: [0])
        let failure = #expect(throws: LongTailError.self) {
            try builder.add(probabilities: [0.5, value], targets: [0])
        }
        #expect(failure?.problem.hasPrefix("the network's output for test image 1 is no probability") == true)
    }

    @Test("Shapes and labels that do not fit, and no images at all, are refused")
    func misfits() throws {
        var builder = try ReportBuilder(classNames: ["a", "b"])
        #expect(throws: LongTailError.self) { try builder.finish() }
        #expect(throws: LongTailError.self) { try builder.add(probabilities: [0.5], targets: [0]) }
        #expect(throws: LongTailError.self) { try builder.add(probabilities: [0.5, 0.5], targets: [2]) }
        #expect(throws: LongTailError.self) { try builder.add(probabilities: [0.5, 0.5], targets: [-1]) }
        #expect(throws: LongTailError.self) { try ReportBuilder(classNames: []) }
        #expect(throws: LongTailError.self) {
            try PredictionTable(classNames: ["a"], targets: [0], predicted: [1], confidence: [1])
        }
        #expect(throws: LongTailError.self) {
            try PredictionTable(classNames: ["a"], targets: [0], predicted: [0], confidence: [])
        }
    }
}
