import Foundation
import LongTail
import Testing

/// Which class was taken for which, and the figures that follow from it.
@Suite struct ConfusionsTests {
    private struct Fixture: Decodable {
        let targets: [Int32]
        let predicted: [Int32]
        let precision: [Double]
        let f1: [Double]
        let macroPrecision: Double
        let macroF1: Double
        let matrix: [[Int]]
    }

    private func confusions(_ targets: [Int32], _ predicted: [Int32], classes: Int) throws -> Confusions {
        Confusions(
            try PredictionTable(
                classNames: (0..<classes).map { "c\($0)" }, targets: targets, predicted: predicted,
                confidence: Array(repeating: 0.5, count: targets.count)))
    }

    @Test("Precision, F1, their means and the matrix are scikit-learn's") func scikit() throws {
        let fixture = try classesFixture("confusions", as: Fixture.self)
        let found = try confusions(fixture.targets, fixture.predicted, classes: 7)
        for label in 0..<7 {
            // scikit-learn puts 0 where there is nothing to divide by.
            #expect(abs((found.precision(label) ?? 0) - fixture.precision[label]) < 1e-12)
            #expect(abs((found.f1(label) ?? 0) - fixture.f1[label]) < 1e-12)
        }
        #expect(abs(found.macroPrecision - fixture.macroPrecision) < 1e-12)
        #expect(abs(found.macroF1 - fixture.macroF1) < 1e-12)
        var matrix = [[Int]](repeating: [Int](repeating: 0, count: 7), count: 7)
        for entry in found.entries { matrix[entry.target][entry.predicted] = entry.count }
        #expect(matrix == fixture.matrix)
        #expect(found.entries.count == fixture.matrix.joined().count { $0 > 0 })
        #expect(found.precision(2) == nil && found.precision(5) == 0 && found.f1(6) == nil && found.f1(7) == nil)
    }

    @Test("By hand: two of three right, one of a class that is never named; ties go to the larger class") func hand()
        throws
    {
        // Class 0: a a b; class 1: a; class 2: a a (never named).
        let found = try confusions([0, 0, 0, 1, 2, 2], [0, 0, 1, 0, 0, 0], classes: 4)
        #expect(
            found.entries.map { [$0.target, $0.predicted, $0.count] } == [
                [0, 0, 2], [0, 1, 1], [1, 0, 1], [2, 0, 2],
            ])
        #expect(found.precision(0) == 2.0 / 5 && found.precision(1) == 0 && found.precision(2) == nil)
        #expect(found.f1(0) == 4.0 / 8 && found.f1(1) == 0 && found.f1(2) == 0 && found.f1(3) == nil)
        #expect(abs(found.macroPrecision - 0.4 / 3) < 1e-15 && abs(found.macroF1 - 0.5 / 3) < 1e-15)
        // Both images of class 2 before the one of class 1, then a third of class 0.
        #expect(found.worst(10).map { [$0.target, $0.predicted] } == [[2, 0], [1, 0], [0, 1]])
        #expect(found.worst(1).count == 1 && found.worst(0).isEmpty)
    }

    @Test("8,142 classes take as many entries as there are images") func many() throws {
        let classes = 8142
        let targets = (0..<24_426).map { Int32($0 % classes) }
        let predicted = targets.map { Int32((Int($0) * 7 + 3) % classes) }
        let found = try confusions(targets, predicted, classes: classes)
        #expect(found.entries.count == classes && found.entries.allSatisfy { $0.count == 3 })
        #expect(found.worst(10).count == 10)
    }
}
