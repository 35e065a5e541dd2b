import Foundation
import LongTail
import Testing

/// A report with given hits and no calibration error.
func hitReport(_ hits: [Int], of totals: [Int]) throws -> ClassReport {
    try ClassReport(
        classNames: hits.indices.map { "c\($0)" }, hits: hits, totals: totals, calibrationError: 0,
        classwiseCalibrationError: 0)
}

@Suite struct ClassReportTests {
    @Test("Means, lowest recall and worst classes worked out by hand")
    func byHand() throws {
        let report = try hitReport([5, 1, 0, 0], of: [10, 4, 2, 0])
        #expect(report.untested == [3])
        #expect(report.accuracy == 6.0 / 16)
        #expect(report.arithmeticMean == 0.25)
        // 3 / (1/0.5 + 1/0.25 + 1/0.001) and (0.5 · 0.25 · 0.001)^(1/3) = 0.05.
        #expect(abs(report.harmonicMean - 3.0 / 1006) < 1e-15)
        #expect(abs(report.geometricMean - 0.05) < 1e-15)
        #expect(report.lowestRecall == 0)
        #expect(report.zeroClasses == 1)
        #expect(report.worstFirst == [2, 1, 0])
        #expect(report.worstMean(2) == 0.125)
        #expect(report.worstMean(99) == 0.25)
        #expect(report.groupMeans([.many, .many, .few, .medium]) == [.many: 0.375, .few: 0])
    }

    @Test("Generalised means rise with p and meet H, G, the extremes")
    func generalised() throws {
        let report = try hitReport([9, 5, 1], of: [10, 10, 10])
        let powers = [-Double.infinity, -400, -1, -1e-9, 0, 1e-9, 1, 3, 400, .infinity]
        let means = powers.map(report.generalisedMean)
        #expect(means == means.sorted())
        #expect(abs(means[0] - 0.1) < 1e-15)
        #expect(abs(means[9] - 0.9) < 1e-15)
        #expect(abs(report.generalisedMean(1) - 0.5) < 1e-15)
        #expect(abs(report.generalisedMean(1e-7) - report.geometricMean) < 1e-7)
        #expect(report.generalisedMean(.nan).isNaN)
    }

    @Test("One class is enough, and iNaturalist's 8,142 classes of 3 images are not too many")
    func sizes() throws {
        let one = try hitReport([3], of: [4])
        #expect(
            [one.accuracy, one.harmonicMean, one.geometricMean, one.lowestRecall].allSatisfy { abs($0 - 0.75) < 1e-15 })
        let many = try hitReport((0..<8142).map { $0 % 4 }, of: Array(repeating: 3, count: 8142))
        #expect(many.zeroClasses == 2036)
        // A share d of dead classes brings H near 0.1 % / d.
        #expect(abs(many.harmonicMean - 0.001 / (2036.0 / 8142)) < 1e-4)
    }

    @Test(
        "The largest change of one image is that of trying every flip",
        arguments: [[5, 1, 0, 0], [1, 1, 2, 0], [4, 4, 2, 0]])
    func flips(hits: [Int]) throws {
        let totals = [10, 4, 2, 0]
        let report = try hitReport(hits, of: totals)
        var expected: [Figure: Double] = [.accuracy: 1.0 / 16]
        for label in 0..<3 {
            for step in [-1, 1] where (0...totals[label]).contains(hits[label] + step) {
                var flipped = hits
                flipped[label] += step
                let other = try hitReport(flipped, of: totals).figures(groups: nil, seed: 0)
                for (figure, value) in report.figures(groups: nil, seed: 0) {
                    expected[figure] = max(expected[figure] ?? 0, abs((other[figure] ?? 0) - value))
                }
            }
        }
        for (figure, change) in report.largestChangeOfOneImage {
            #expect(abs(change - (expected[figure] ?? -1)) < 1e-12, "\(figure)")
        }
    }

    @Test("The largest change works with one class of one image")
    func smallest() throws {
        #expect(abs(try hitReport([0], of: [1]).largestChangeOfOneImage[.harmonicMean, default: 0] - 0.999) < 1e-12)
        #expect(try hitReport([1], of: [1]).largestChangeOfOneImage[.lowestRecall] == 1)
    }

    @Test(
        "Impossible reports are refused",
        arguments: [
            ([Int](), [Int]()), ([0], [0]), ([2], [1]), ([-1], [1]), ([0], [-1]), ([0, 0], [1]), ([0], [.max]),
        ])
    func impossible(hits: [Int], totals: [Int]) {
        #expect(throws: LongTailError.self) { try hitReport(hits, of: totals) }
    }

    @Test("A report survives JSON")
    func json() throws {
        let report = try hitReport([5, 1], of: [10, 4])
        #expect(try JSONDecoder().decode(ClassReport.self, from: JSONEncoder().encode(report)) == report)
        let bad = #"{"classNames":["a"],"hits":[3],"totals":[2],"calibrationError":0,"classwiseCalibrationError":0}"#
        #expect(throws: LongTailError.self) { try JSONDecoder().decode(ClassReport.self, from: Data(bad.utf8)) }
    }
}
