import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting
import Testing

@Suite struct ReportTableTests {
    private let table = ReportTable(
        title: "Two models", columns: [.init("figure", isNumeric: false), .init("H"), .init("change")],
        rows: [
            [
                .text("a|b_<i>"), .share(0.298, ConfidenceInterval(lower: 0.281, upper: 0.312)),
                .change(0.021, ConfidenceInterval(lower: 0.008, upper: 0.034)),
            ],
            [.text("50 % & more"), .share(0.05), .change(-0.5)],
            [.text("short"), .count(7), .changeInterval(ConfidenceInterval(lower: 0.008, upper: 0.034))],
            [.text("shorter")],
        ], notes: ["A note."])

    @Test("Plain text is aligned, numbers to the right")
    func plain() {
        #expect(
            table.plain() == """
                Two models

                figure                        H              change
                -----------  ------------------  ------------------
                a|b_<i>      29.80 [28.1, 31.2]  +2.10 [+0.8, +3.4]
                50 % & more                5.00              -50.00
                short                         7      [+0.8, +3.4] *
                shorter                       -                   -

                A note.

                """)
    }

    @Test("Markdown escapes what would be markup")
    func markdown() {
        #expect(
            table.markdown() == """
                **Two models**

                | figure | H | change |
                | :--- | ---: | ---: |
                | a\\|b\\_&lt;i&gt; | 29.80 \\[28.1, 31.2\\] | +2.10 \\[+0.8, +3.4\\] |
                | 50 % &amp; more | 5.00 | -50.00 |
                | short | 7 | \\[+0.8, +3.4\\] \\* |
                | shorter | - | - |

                A note.

                """)
    }

    @Test("LaTeX escapes its special characters")
    func latex() {
        #expect(
            table.latex() == """
                % Two models
                % A note.
                \\begin{tabular}{lrr}
                \\toprule
                figure & H & change \\\\
                \\midrule
                a|b\\_<i> & 29.80 {[}28.1, 31.2{]} & +2.10 {[}+0.8, +3.4{]} \\\\
                50 \\% \\& more & 5.00 & -50.00 \\\\
                short & 7 & {[}+0.8, +3.4{]} * \\\\
                shorter & - & - \\\\
                \\bottomrule
                \\end{tabular}

                """)
    }

    @Test("JSON keeps shares as numbers, intervals as objects, and nothing as null")
    func json() throws {
        let parsed = try JSONSerialization.jsonObject(with: Data(try table.json().utf8))
        let object = try #require(parsed as? [String: Any])
        let rows = try #require(object["rows"] as? [[Any]])
        #expect(object["columns"] as? [String] == ["figure", "H", "change"])
        #expect(rows[0][1] as? [String: Double] == ["value": 0.298, "lower": 0.281, "upper": 0.312])
        #expect(rows[1][2] as? Double == -0.5)
        #expect(rows[2][1] as? Int == 7)
        #expect(rows[2][2] as? [String: Double] == ["lower": 0.008, "upper": 0.034])
        #expect(rows[3][2] is NSNull)
    }

    @Test("A share that is no number prints a dash and null")
    func notANumber() throws {
        let table = ReportTable(columns: [.init("a")], rows: [[.share(.nan)]])
        #expect(table.plain() == "a\n-\n-\n")
        #expect(try table.json().contains("null"))
    }

    @Test(
        "Numbers are printed alike everywhere",
        arguments: [
            (Cell.share(1), "100.00"), (.share(0.123456), "12.35"), (.change(-0.000001), "0.00"),
            (.change(0.000001), "0.00"),
            (.change(0), "0.00"), (.countChange(3), "+3"), (.countChange(-3), "-3"), (.missing, "-"),
            (.share(0.006, ConfidenceInterval(lower: 0.0058, upper: 0.0061)), "0.60 [0.58, 0.61]"),
            (.change(0, ConfidenceInterval(lower: 0, upper: 0)), "0.00 [0.0, 0.0]"),
            (.change(-0.1, ConfidenceInterval(lower: -0.2, upper: -0.05)), "-10.00 [-20.0, -5.0]"),
            (.changeInterval(ConfidenceInterval(lower: -0.2, upper: -0.05)), "[-20.0, -5.0] *"),
            (.interval(ConfidenceInterval(lower: 0.2, upper: 0.3)), "[20.0, 30.0]"), (.marked(3), "3 †"),
            (.countChange(3, ConfidenceInterval(lower: -1, upper: 7)), "+3 [-1, +7]"),
        ])
    func numbers(cell: Cell, text: String) { #expect(cell.line == text) }

    @Test("Control characters in a name do not reach the terminal")
    func control() {
        let table = ReportTable(columns: [.init("a\u{1B}[2J", isNumeric: false)], rows: [[.text("x\ny")]])
        #expect(table.plain() == "a\\u001B[2J\n----------\nx\\u000Ay\n")
    }
}
