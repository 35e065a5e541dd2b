import Foundation
import LongTail
import Testing

@Suite struct TestResultTests {
    private static let whole = """
        {"name": "x",
         "report": {"classNames": ["a", "b"], "hits": [1, 0], "totals": [1, 1], "calibrationError": 0,
           "classwiseCalibrationError": 0},
         "predictions": {"classNames": ["a", "b"], "targets": [0, 1], "predicted": [0, 0], "confidence": [0.5, 1]}}
        """

    private func read(_ text: String) -> TestResult? { RunJSON.decode(TestResult.self, Data(text.utf8)) }

    @Test("A saved result is read back") func saved() { #expect(read(Self.whole)?.report.hits == [1, 0]) }

    @Test(
        "Predictions that would end the process in a table are no saved result",
        arguments: [
            ("[0.5, 1]", "[0.5, 1e30]"), ("[0.5, 1]", "[\"nan\", 1]"), ("[0.5, 1]", "[-1, 1]"),
            ("\"targets\": [0, 1]", "\"targets\": [0, 2]"),
            ("{\"classNames\": [\"a\", \"b\"], \"targets\"", "{\"classNames\": [\"a\", \"c\"], \"targets\""),
        ])
    func hostile(part: String, other: String) {
        let text = Self.whole.replacingOccurrences(of: part, with: other)
        #expect(text != Self.whole && read(text) == nil)
    }
}
