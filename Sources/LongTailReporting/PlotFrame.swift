import Foundation

/// A plot's rectangle and its two scales.
struct PlotFrame {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double
    var xRange: ClosedRange<Double>
    /// In the logarithm's domain when `isLogarithmic`.
    var yRange: ClosedRange<Double>
    var isLogarithmic = false

    func x(_ value: Double) -> Double { left + (right - left) * share(value, of: xRange) }

    func y(_ value: Double) -> Double {
        bottom - (bottom - top) * share(isLogarithmic ? log10(max(value, 1e-300)) : value, of: yRange)
    }

    private func share(_ value: Double, of range: ClosedRange<Double>) -> Double {
        let length = range.upperBound - range.lowerBound
        return length > 0 ? min(max((value - range.lowerBound) / length, 0), 1) : 0.5
    }

    /// Horizontal grid lines with their labels left of them.
    func drawRows(_ ticks: [Double], in svg: inout SVGDocument, label: (Double) -> String) {
        for tick in ticks {
            svg.line([(left, y(tick)), (right, y(tick))], stroke: PlotStyle.grid)
            svg.text(label(tick), x: left - 8, y: y(tick) + 4, size: 12, fill: PlotStyle.quiet, anchor: .end)
        }
    }

    /// Labels below the frame, with small ticks.
    func drawColumns(_ ticks: [Double], in svg: inout SVGDocument, label: (Double) -> String) {
        for tick in ticks {
            svg.line([(x(tick), bottom), (x(tick), bottom + 5)], stroke: PlotStyle.quiet)
            svg.text(label(tick), x: x(tick), y: bottom + 20, size: 12, fill: PlotStyle.quiet, anchor: .middle)
        }
        svg.line([(left, bottom), (right, bottom)], stroke: PlotStyle.quiet)
    }

    /// Round numbers inside a range, about `count` of them, in steps of 1, 2 or 5 times a power of ten.
    static func ticks(_ range: ClosedRange<Double>, count: Int = 5) -> [Double] {
        let length = range.upperBound - range.lowerBound
        guard length > 0, length.isFinite, count > 0 else { return [range.lowerBound] }
        let raw = length / Double(count)
        let power = pow(10, log10(raw).rounded(.down))
        let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= raw * 0.999 } ?? 10 * power
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        return last >= first ? stride(from: first, through: last, by: 1).map { $0 * step } : [range.lowerBound]
    }
}

/// A legend in one or more rows: marker, line and name of each series.
struct PlotLegend {
    /// Draws from (`x`, `y`) rightward, breaking before `right`; returns the height taken.
    @discardableResult
    static func draw(
        _ names: [String], in svg: inout SVGDocument, x left: Double, y top: Double, right: Double
    ) -> Double {
        var (x, y) = (left, top)
        for (series, name) in names.enumerated() {
            let width = 40 + PlotStyle.width(of: name, size: 13) + 22
            if x > left, x + width > right + 22 { (x, y) = (left, y + 22) }
            svg.line(
                [(x, y - 4), (x + 30, y - 4)], stroke: PlotStyle.colour(series), width: 2.5,
                dash: PlotStyle.dash(series))
            svg.marker(PlotStyle.marker(series), x: x + 15, y: y - 4, radius: 4.5, fill: PlotStyle.colour(series))
            svg.text(name, x: x + 38, y: y, size: 13)
            x += width
        }
        return y - top + 22
    }
}
