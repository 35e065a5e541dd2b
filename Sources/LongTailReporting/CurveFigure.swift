import LongTailBasics
import LongTailImbalance

/// Curves over one variable, as the paper's figures 1 and 2 draw the way from one model to another.
public struct CurveFigure: Sendable {
    /// What stands above.
    public var title: String
    /// The horizontal axis's label.
    public var xLabel: String
    /// The vertical axis's label.
    public var yLabel: String
    /// Positions, rising.
    public var x: [Double]
    /// Named values at each position.
    public var series: [(name: String, values: [Double])]

    /// A figure from its parts.
    ///
    /// - Throws: When there are no two positions, they do not rise, or a series is not as long as they are.
    public init(
        title: String, xLabel: String, yLabel: String, x: [Double], series: [(name: String, values: [Double])]
    ) throws(LongTailError) {
        guard x.count > 1, zip(x, x.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw LongTailError(.usage, "a curve needs at least two positions that rise")
        }
        for (name, values) in series where values.count != x.count || values.contains(where: { !$0.isFinite }) {
            throw LongTailError(
                .usage, "the curve \"\(name)\" has not one finite value for each of \(x.count) positions")
        }
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.x = x
        self.series = series
    }

    /// Accuracy, G-mean and H-mean along (1 - λ)·A + λ·B.
    public static func interpolation(
        title: String, from a: String, to b: String, points: [(lambda: Double, report: ClassReport)]
    ) throws(LongTailError) -> CurveFigure {
        let reports = points.map(\.report)
        return try CurveFigure(
            title: title, xLabel: "λ from \(a) (0) to \(b) (1)",
            yLabel: "% (H, G: recalls floored at \(percent(ClassReport.recallFloor, decimals: 1)) %)",
            x: points.map(\.lambda),
            series: [
                ("Accuracy", reports.map { 100 * $0.accuracy }), ("G-mean", reports.map { 100 * $0.geometricMean }),
                ("H-mean", reports.map { 100 * $0.harmonicMean }),
            ])
    }

    /// The figure as an SVG document of 760 by 480 pixels; the best point of each curve is larger and named in the legend.
    public func svg() -> String {
        var svg = SVGDocument(width: 760, height: 480)
        svg.text(title, x: 68, y: 32, size: 18, bold: true)
        let names = series.map { curve in
            let best = bestIndex(curve.values)
            let value = percent(curve.values[best] / 100)
            // A level (a reference model) has no best place.
            if curve.values.allSatisfy({ $0 == curve.values[best] }) { return "\(curve.name), \(value)" }
            return "\(curve.name), best \(value) at \(decimal(x[best], step: 0.01))"
        }
        let legend = PlotLegend.draw(names, in: &svg, x: 68, y: 60, right: 736)
        let values = series.flatMap(\.values)
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        let margin = max((high - low) * 0.1, 0.5)
        let frame = PlotFrame(
            left: 68, top: 60 + legend, right: 728, bottom: 416, xRange: x[0]...x[x.count - 1],
            yRange: max(min(0, low), low - margin)...high + margin)
        let rows = PlotFrame.ticks(frame.yRange, count: 6)
        let step = rows.count > 1 ? rows[1] - rows[0] : 1
        frame.drawRows(rows, in: &svg) { decimal($0, step: step) }
        let columns = x.count <= 11 ? x : PlotFrame.ticks(frame.xRange, count: 10)
        frame.drawColumns(columns, in: &svg) { decimal($0, step: 0.1) }
        for (index, curve) in series.enumerated() {
            let points = zip(x, curve.values).map { (frame.x($0), frame.y($1)) }
            svg.line(points, stroke: PlotStyle.colour(index), width: 2.5, dash: PlotStyle.dash(index))
            let best = bestIndex(curve.values)
            for (position, point) in points.enumerated() {
                svg.marker(
                    PlotStyle.marker(index), x: point.0, y: point.1, radius: position == best ? 7.5 : 4,
                    fill: PlotStyle.colour(index))
            }
        }
        svg.text(xLabel, x: (frame.left + frame.right) / 2, y: 460, fill: PlotStyle.quiet, anchor: .middle)
        svg.text(
            yLabel, x: 22, y: (frame.top + frame.bottom) / 2, fill: PlotStyle.quiet, anchor: .middle, turned: true)
        return svg.render(title: title)
    }

    /// Where a curve is highest, the first of equals.
    private func bestIndex(_ values: [Double]) -> Int {
        values.indices.max { (values[$0], -$0) < (values[$1], -$1) } ?? 0
    }

    private func decimal(_ value: Double, step: Double) -> String {
        percent(value / 100, decimals: step >= 0.999 ? 0 : step >= 0.0999 ? 1 : 2)
    }
}
