import LongTail
import Testing

@Suite struct PairedTablesTests {
    private func table(
        _ targets: [Int32], _ predicted: [Int32], images: [String]? = nil, names: [String] = ["a", "b"]
    ) throws -> PredictionTable {
        try PredictionTable(
            classNames: names, targets: targets, predicted: predicted,
            confidence: targets.indices.map { Float($0) / 10 },
            further: FurtherClasses(width: 1, labels: predicted.map { 1 - $0 }), images: images,
            groups: targets.indices.map { "g\($0)" })
    }

    private func failure(_ first: PredictionTable, _ second: PredictionTable) -> String {
        do throws(LongTailError) {
            _ = try first.paired(with: second)
            return "no failure"
        } catch { return error.problem }
    }

    @Test("Images in another order are put into the first's, with all that is known of them") func order() throws {
        let first = try table([0, 1, 1], [0, 0, 1], images: ["x", "y", "z"])
        let second = try table([1, 0, 1], [1, 1, 0], images: ["z", "x", "y"])
        let paired = try first.paired(with: second)
        #expect(paired.images == first.images && paired.targets == first.targets)
        #expect(paired.predicted == [1, 0, 1] && paired.groups == ["g1", "g2", "g0"])
        #expect(paired.confidence == [0.1, 0.2, 0] && paired.further?.labels == [0, 1, 0])
    }

    @Test("Classes in another order are counted as the first counts them") func classes() throws {
        let first = try table([0, 1], [0, 0])
        let second = try table([1, 0], [1, 0], names: ["b", "a"])
        let paired = try first.paired(with: second)
        #expect(paired.classNames == ["a", "b"] && paired.targets == [0, 1] && paired.predicted == [0, 1])
        #expect(paired.further?.labels == [1, 0])
    }

    @Test("Other images, classes or true classes are refused, with how many differ and the first") func other() throws {
        let first = try table([0, 1], [0, 0], images: ["x", "y"])
        #expect(failure(first, try table([0], [0])).contains("there are 2 images and 1"))
        #expect(
            failure(first, try table([0, 1, 1], [0, 0, 0], images: ["x", "w", "v"])).contains(
                "2 images and 3, and 1 of them are not in the second, the first of which is y"))
        #expect(
            failure(first, try table([0, 1, 1], [0, 0, 0], images: ["x", "y", "v"])).contains(
                "1 of them are not in the first, the first of which is v"))
        #expect(
            failure(first, try table([0, 0], [0, 0], images: ["x", "y"])).contains(
                "the true classes of 1 of 2 images differ, of the first, y: \"b\" and \"a\""))
        // Names that stand twice say nothing: places count.
        #expect(
            failure(try table([0, 1], [0, 0], images: ["x", "x"]), try table([0, 0], [0, 0])).contains("row 1"))
        #expect(
            failure(first, try table([0, 1], [0, 0], names: ["a", "c"])).contains(
                "1 of the second's are not among the 2 of the first, the first of which is \"c\""))
    }
}
