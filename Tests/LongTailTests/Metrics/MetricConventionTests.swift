import LongTail
import Testing

@Suite struct MetricConventionTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let classes: Int
        let targets: [Int32]
        let predicted: [Int32]
        let groups: [Int]
        let btm: [String]
        let lift: [String]

        var testDescription: String { name }
    }

    private static let cases = (try? classesFixture("conventions", as: [Case].self)) ?? []

    @Test("The fixture is there") func fixture() { #expect(Self.cases.count == 4) }

    @Test("Figures are those of the evaluators of BTM and LIFT, as printed", arguments: cases)
    func printed(_ found: Case) throws {
        let table = try PredictionTable(
            classNames: (0..<found.classes).map { "c\($0)" }, targets: found.targets, predicted: found.predicted)
        let (report, groups) = (try table.report(), found.groups.map { ShotGroup.allCases[$0] })
        #expect(MetricConvention.btm.lines(report, table, groups: groups).map(\.value) == found.btm)
        #expect(MetricConvention.lift.lines(report, table, groups: groups).map(\.value) == found.lift)
        #expect(MetricConvention.lift.lines(report, table, groups: nil).count == 7)
    }

    @Test("The worked example of docs/metrics.md") func byHand() throws {
        let dead = try hitReport([5, 1, 0], of: [10, 4, 2])
        #expect(dead.accuracy == 0.375)
        #expect(abs(dead.harmonicMean - 3 / 1006.0) < 1e-15)
        #expect(abs(dead.geometricMean - 0.05) < 1e-12)
        #expect(dead.lowestRecall == 0 && dead.zeroClasses == 1)
        let living = try hitReport([5, 1, 2], of: [10, 4, 2])
        #expect(abs(living.harmonicMean - 3 / 7.0) < 1e-15 && abs(living.geometricMean - 0.5) < 1e-12)
    }
}
