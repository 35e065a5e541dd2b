import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct RunReportTests {
    private let hostile = "<script>alert(1)</script> & \"'|`\u{1B}"

    private func hostileReport() throws -> RunReport {
        let names = [hostile, "ok"]
        let report = try ClassReport(
            classNames: names, hits: [1, 2], totals: [4, 4], calibrationError: 0.1, classwiseCalibrationError: 0.1)
        return try RunReport(
            title: hostile, command: "longtail \(hostile)", recipe: "```\n\(hostile)", facts: [(hostile, hostile)],
            models: [ComparedModel(name: hostile, report: report), ComparedModel(name: "b", report: report)],
            counts: try ClassCounts(names: names, counts: [120, 3]), notes: [hostile], seed: 0)
    }

    private func isWellFormed(_ xml: String) -> Bool { XMLParser(data: Data(xml.utf8)).parse() }

    @Test("No text of a user becomes markup, in HTML, Markdown or SVG")
    func escaping() throws {
        let report = try hostileReport()
        let html = try report.html()
        #expect(!html.contains("<script"))
        // Title twice, model in table headings, legend and figure title, class in two tables, facts, note, and so on.
        #expect(html.components(separatedBy: "&lt;script&gt;").count > 10)
        #expect(!(report.figure).contains("<script"))
        let markdown = try report.markdown(figurePath: "recall.svg")
        let outsideCode = markdown.components(separatedBy: "\n").filter {
            !$0.hasPrefix("longtail ") && !$0.hasPrefix("<script>")
        }
        #expect(!outsideCode.contains { $0.contains("<script") })
        #expect(markdown.contains("````\n```\n"))
        #expect(markdown.contains("![Recall per class](<recall.svg>)"))
    }

    @Test("The HTML report is complete, self-contained and well-formed")
    func html() throws {
        let example = try Example()
        let curve = try CurveFigure(title: "c", xLabel: "x", yLabel: "y", x: [0, 1], series: [("s", [1, 2])]).svg()
        let report = try RunReport(
            title: "CIFAR-100-LT", command: "longtail train x.yaml", recipe: "data: cifar-100",
            facts: [("Seed", "7"), ("Machine", "two cores")], models: example.models, counts: example.counts,
            notes: ["chosen by test data"], figures: [("curve", curve)], seed: 0)
        let html = try report.html()
        for part in [
            "CIFAR-100-LT", "longtail train x.yaml", "two cores", "chosen by test data", "data: cifar-100",
            "10847 images; classes: 100, of 500 to 5 images (imbalance 100)", "H-mean (recalls floored at 0.1 %)",
            "Worst classes of BTM + post-train", "All 100 classes", "<b>*</b>", "class 99",
        ] {
            #expect(html.contains(part), "\(part)")
        }
        #expect(html.components(separatedBy: "<svg").count == 3)
        #expect(!html.contains("{{") && !html.contains("src=") && !html.contains("href="))
        let body = html.replacingOccurrences(of: "<!DOCTYPE html>", with: "")
            .replacingOccurrences(of: #"<meta [^>]*>"#, with: "", options: .regularExpression)
        #expect(isWellFormed(body))
    }

    @Test("The worst confusions of the last model stand in both reports, names escaped") func confusions() throws {
        let names = [hostile, "ok", "rare"]
        var builder = try ReportBuilder(classNames: names)
        // Two of three of the first are called rare, one of one of the last is called ok.
        for (target, label) in [(0, 2), (0, 2), (0, 0), (1, 1), (2, 1)] {
            var row: [Float] = [0.1, 0.1, 0.1]
            row[label] = 0.8
            try builder.add(probabilities: row, targets: [Int32(target)])
        }
        let (report, predictions) = try builder.finish()
        let whole = try RunReport(
            title: "t", models: [ComparedModel(name: "m", report: report, predictions: predictions)],
            counts: try ClassCounts(names: names, counts: [120, 30, 3]), seed: 0)
        let table = ReportTable.worstConfusions(Confusions(predictions), names: names, count: 10).rows
        #expect(
            table.map { $0.dropFirst(1).map(\.text) } == [["ok", "1", "1", "100.00"], ["rare", "2", "3", "66.67"]])
        #expect(table[1][0].text == hostile)
        let html = try whole.html()
        #expect(html.contains("What m takes for what") && html.contains("66.67") && !html.contains("<script"))
        #expect(try whole.markdown().contains("| rare | ok | 1 | 1 | 100.00 |"))
        let right = ReportTable.worstConfusions(
            Confusions(
                try PredictionTable(classNames: ["a"], targets: [0], predicted: [0], confidence: [1])), names: ["a"])
        #expect(right.rows.isEmpty && right.notes == ["No test image was taken for another class."])
    }

    @Test("Markdown without optional parts leaves them out")
    func markdown() throws {
        let example = try Example(classes: 3, tests: 10)
        let report = try RunReport(title: "t", models: example.models, counts: example.counts, seed: 0)
        let text = try report.markdown()
        #expect(!text.contains("```") && !text.contains("![") && !text.contains("Note:"))
        #expect(text.hasPrefix("# t\n\n| fact | value |"))
        #expect(text.components(separatedBy: "\n## ").count == 5)
        var blind = example.models
        blind[1].predictions = nil
        let without = try RunReport(title: "t", models: blind, counts: example.counts, seed: 0).markdown()
        #expect(without.components(separatedBy: "\n## ").count == 4 && !without.contains("taken for"))
    }

    @Test(
        "The recall plot is well-formed for one class, for ten and for many",
        arguments: [(1, 3), (2, 1), (10, 4), (100, 4), (450, 1)])
    func figure(classes: Int, tests: Int) throws {
        let example = try Example(classes: classes, tests: tests)
        let svg = try RecallFigure(example.models, counts: example.counts).svg()
        #expect(isWellFormed(svg))
        #expect(!svg.contains("nan") && !svg.contains("inf\""))
        #expect(svg.contains("a point is the mean of 3 classes") == (classes == 450))
    }

    @Test("Markers stand at the recalls")
    func markers() throws {
        let counts = try ClassCounts(names: ["few", "many"], counts: [5, 500])
        let report = try ClassReport(
            classNames: ["few", "many"], hits: [0, 5], totals: [5, 5], calibrationError: 0, classwiseCalibrationError: 0
        )
        let svg = try RecallFigure([ComparedModel(name: "m", report: report)], counts: counts).svg()
        // Largest class first: the left half's middle at the top (100 %), the right half's at the bottom (0 %).
        #expect(svg.contains("<circle cx=\"282\" cy=\"196\""))
        #expect(svg.contains("<circle cx=\"718\" cy=\"532\""))
        #expect(svg.contains("m (1 class at zero)"))
        // Wilson's interval of 0 of 5 reaches 43.4 %: a bar from there down to 0 % at the right half's middle.
        #expect(svg.contains("<rect x=\"717.3\" y=\"386.01\" width=\"1.4\" height=\"145.99\""))
    }

    @Test("A curve needs rising positions and a finite value at each")
    func curves() throws {
        for (x, values) in [([0.0], [1.0]), ([0, 0], [1, 1]), ([0, 1], [1]), ([0, 1], [1, .nan])] {
            #expect(throws: LongTailError.self) {
                try CurveFigure(title: "t", xLabel: "x", yLabel: "y", x: x, series: [("s", values)])
            }
        }
        let svg = try CurveFigure(
            title: hostile, xLabel: "x", yLabel: "y", x: [0, 0.5, 1], series: [("flat", [3, 3, 3]), ("s", [1, 9, 2])]
        ).svg()
        #expect(isWellFormed(svg))
        #expect(svg.contains("s, best 9.00 at 0.50"))
        #expect(svg.contains("flat, 3.00") && !svg.contains("flat, best"))
    }
}
