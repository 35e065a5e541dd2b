import Foundation
import LongTailBasics
import LongTailSerialization

extension Run {
    /// Every line of the metrics; a last line that a kill cut short does not count.
    public func metricLines() throws(LongTailError) -> [MetricLine] {
        var lines: [MetricLine] = []
        for (number, data) in wholeLines().enumerated() {
            guard let line = RunJSON.decode(MetricLine.self, data) else {
                throw LongTailError(
                    .file, "\(layout.metrics):\(number + 1): not a line of metrics",
                    remedy: "Remove that line; training does not need it.")
            }
            lines.append(line)
        }
        return lines
    }

    /// Drops what was written after a point, so that a resumed run writes it again and nothing stands twice.
    package func dropMetrics(after position: RunPosition) throws(LongTailError) {
        guard FileManager.default.fileExists(atPath: layout.metrics) else { return }
        let lines = wholeLines().filter { data in
            RunJSON.decode(MetricLine.self, data).map { $0.position <= position } ?? false
        }
        closeMetrics()
        try AtomicFile.write(
            Data(lines.map { $0 + Data("\n".utf8) }.joined()), to: layout.metrics)
    }

    private func wholeLines() -> [Data] {
        guard let data = FileBytes.contents(of: layout.metrics) else { return [] }
        let newline = UInt8(ascii: "\n")
        guard let end = data.lastIndex(of: newline) else { return [] }
        return data[...end].split(separator: newline).map { Data($0) }
    }
}
