import LongTailBasics
import LongTailImbalance
import LongTailReporting
import Testing

@Suite struct ComparisonTests {
    private func text(_ table: ReportTable, _ row: String, _ column: Int) throws -> String {
        let cells = try #require(table.rows.first { $0.first?.text == row }, "no row \(row)")
        return cells[column].text
    }

    @Test("Every figure stands in the table, with its interval, its floor and what one image can change")
    func rows() throws {
        let example = try Example()
        let table = try ReportTable.comparison(example.models, counts: example.counts, seed: 0)
        #expect(
            table.rows.compactMap(\.first?.text) == [
                "Accuracy", "  of the true recalls", "H-mean (recalls floored at 0.1 %)", "  of the true recalls",
                "  changed by one image at most", "  of an even classifier", "G-mean (recalls floored at 0.1 %)",
                "  of the true recalls", "  changed by one image at most", "Ten worst (b10)", "  of the true recalls",
                "Lowest recall", "  changed by one image at most", "Classes at zero", "  of an even classifier",
                "Mean of the 10 lowest", "Many (35 classes)", "Medium (35 classes)", "Few (30 classes)",
                "ECE (15 bins)",
                "Class-wise ECE (15 bins)",
            ])
        #expect(table.columns.map(\.name) == ["in %", "Stage 1", "BTM + post-train", "change"])
        let report = example.models[1].report
        let accuracy = try #require(Double(try text(table, "Accuracy", 2)))
        #expect(abs(accuracy - 100 * report.accuracy) <= 0.005)
        #expect(try text(table, "Classes at zero", 1) == "\(example.models[0].report.zeroClasses)")
        for row in table.rows
        where ["Accuracy", "Lowest recall"].contains(row[0].text) || row[0].text.contains("-mean") {
            #expect(row.dropFirst().allSatisfy { !$0.detail.isEmpty })
            guard case .share(let value, let interval?) = row[2] else { Issue.record("no interval"); continue }
            #expect(interval.lower < value + 0.01 && interval.upper > value - 0.01)
        }
        #expect(table.rows[1][3].isStarred && table.rows[3][3].isStarred)
        #expect(table.rows.allSatisfy { row in row[0].text == "  of the true recalls" || !row[3].isStarred })
        #expect(
            table.notes.last
                == "Change: BTM + post-train minus Stage 1, paired by image; * where the true recalls' interval excludes zero."
        )
    }

    @Test("One model has no change; without predictions the change has no interval")
    func fewer() throws {
        let example = try Example(classes: 5, tests: 20)
        let single = try ReportTable.comparison([example.models[0]], counts: example.counts, seed: 0)
        #expect(single.columns.count == 2)
        var models = example.models
        models[0].predictions = nil
        let unpaired = try ReportTable.comparison(models, counts: example.counts, seed: 0)
        #expect(unpaired.rows.allSatisfy { $0[3].detail.isEmpty })
        #expect(unpaired.notes.last == "Change: BTM + post-train minus Stage 1.")
    }

    @Test("Rows that count classes count those with test images") func counted() throws {
        let names = ["a", "b", "c", "d", "e"]
        let counts = try ClassCounts(names: names, counts: [200, 150, 9, 3, 1])
        func labels(_ totals: [Int]) throws -> [String] {
            let report = try ClassReport(
                classNames: names, hits: [0, 0, 0, 0, 0], totals: totals, calibrationError: 0,
                classwiseCalibrationError: 0)
            return try ReportTable.comparison([ComparedModel(name: "m", report: report)], counts: counts, seed: 0).rows
                .compactMap { $0.first?.text }
        }
        let whole = try labels([4, 4, 4, 4, 4])
        for label in ["Mean of the 5 lowest", "Many (2 classes)", "Medium (0 classes)", "Few (3 classes)"] {
            #expect(whole.contains(label), "\(whole)")
        }
        let some = try labels([4, 0, 4, 2, 0])
        for label in ["Mean of the 3 lowest", "Many (1 class)", "Few (2 classes)"] {
            #expect(some.contains(label), "\(some)")
        }
        #expect(try labels([4, 0, 0, 0, 0]).contains("Few (0 classes)"))
    }

    @Test("Calibration errors that are not known are a dash") func unknown() throws {
        let report = try ClassReport(classNames: ["ant", "bee"], hits: [1, 0], totals: [2, 1])
        let counts = try ClassCounts(names: ["ant", "bee"], counts: [200, 3])
        let table = try ReportTable.comparison([ComparedModel(name: "m", report: report)], counts: counts, seed: 0)
        let cells = table.rows.filter { $0.first?.text.contains("ECE") == true }.map { $0.dropFirst().map(\.text) }
        #expect(cells == [["-"], ["-"]])
    }

    @Test("Classes without test images are named below the table")
    func untested() throws {
        let counts = try ClassCounts(names: ["ant", "bee"], counts: [9, 3])
        let report = try ClassReport(
            classNames: ["ant", "bee"], hits: [1, 0], totals: [2, 0], calibrationError: 0, classwiseCalibrationError: 0)
        let table = try ReportTable.comparison([ComparedModel(name: "m", report: report)], counts: counts, seed: 0)
        #expect(table.notes.last == "Classes without test images, left out of every figure: bee.")
        let classes = try ReportTable.perClass([ComparedModel(name: "m", report: report)], counts: counts)
        // 1 of 2: 9.5 to 90.5 % by Wilson, and too few images to say anything.
        #expect(
            classes.rows.map { $0.map(\.line) } == [
                ["ant", "few", "9", "2 †", "50.00 [9.5, 90.5]"], ["bee", "few", "3", "0", "-"],
            ])
        #expect(classes.notes.count == 2)
    }

    @Test("The worst classes come from the last model, lowest first")
    func worst() throws {
        let example = try Example()
        let table = try ReportTable.worstClasses(example.models, counts: example.counts, count: 3)
        let report = example.models[1].report
        #expect(table.rows.map { $0[0].text } == report.worstFirst.prefix(3).map { report.classNames[$0] })
        #expect(
            table.rows.first?[5].text == table.rows.map { $0[5].text }.min { (Double($0) ?? 0) < (Double($1) ?? 0) })
    }

    @Test("Models of other classes, or none at all, are refused")
    func misfits() throws {
        let example = try Example(classes: 5, tests: 2)
        let counts = try ClassCounts(names: ["a"], counts: [1])
        #expect(throws: LongTailError.self) { try ReportTable.comparison(example.models, counts: counts, seed: 0) }
        #expect(throws: LongTailError.self) { try ReportTable.comparison([], counts: counts, seed: 0) }
        #expect(throws: LongTailError.self) { try RecallFigure(example.models, counts: counts) }
    }
}
