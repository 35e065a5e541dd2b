import Foundation
import LongTailBasics
import LongTailImbalance

/// The paper's figure 3: recall per class, classes sorted by training frequency, with the frequencies above.
package struct RecallFigure {
    /// Beyond this many classes, neighbours by frequency are averaged into one point.
    private static let mostPoints = 200

    private let models: [ComparedModel]
    private let counts: ClassCounts
    private let groups: [ShotGroup]

    /// A figure of models on the same classes.
    package init(_ models: [ComparedModel], counts: ClassCounts, rule: ShotGroupRule = .threshold) throws(LongTailError)
    {
        try ComparedModel.check(models, counts)
        self.models = models
        self.counts = counts
        groups = try counts.groups(rule)
    }

    /// The figure as an SVG document of 960 by about 560 pixels.
    package func svg() -> String {
        let tested = counts.order.filter { models[0].report.totals[$0] > 0 }
        let chunk = (tested.count + Self.mostPoints - 1) / Self.mostPoints
        let points = stride(from: 0, to: tested.count, by: chunk).map {
            Array(tested[$0..<min($0 + chunk, tested.count)])
        }
        var svg = SVGDocument(width: 960, height: 590)
        svg.text("Recall per class", x: 64, y: 32, size: 18, bold: true)
        let names = models.map { model in
            let zero = model.report.zeroClasses
            return zero == 0 ? model.name : "\(model.name) (\(zero) \(zero == 1 ? "class" : "classes") at zero)"
        }
        let legend = PlotLegend.draw(names, in: &svg, x: 64, y: 60, right: 936)
        let xRange = -0.5...Double(points.count) - 0.5
        let top = 60 + legend + 6
        let upper = PlotFrame(
            left: 64, top: top, right: 936, bottom: top + 84, xRange: xRange, yRange: countRange, isLogarithmic: true)
        let lower = PlotFrame(left: 64, top: top + 108, right: 936, bottom: 532, xRange: xRange, yRange: 0...100)
        drawBands(points, upper, lower, in: &svg)
        drawCounts(points, upper, in: &svg)
        lower.drawRows([0, 20, 40, 60, 80, 100], in: &svg) { String(Int($0)) }
        drawAxis(points, chunk, lower, in: &svg)
        for series in models.indices where chunk == 1 { drawIntervals(points, series, lower, in: &svg) }
        for series in models.indices { drawRecalls(points, series, lower, in: &svg) }
        svg.text(
            "Images", x: 20, y: (upper.top + upper.bottom) / 2, fill: PlotStyle.quiet, anchor: .middle, turned: true)
        svg.text(
            "Recall, %", x: 20, y: (lower.top + lower.bottom) / 2, fill: PlotStyle.quiet, anchor: .middle, turned: true)
        return svg.render(title: "Recall per class of \(models.map(\.name).joined(separator: ", "))")
    }

    /// From a decade below the smallest class, so that it can be seen, up to the largest.
    private var countRange: ClosedRange<Double> {
        let low = log10(Double(max(1, counts.minimum))).rounded(.down)
        return low...max(low + 1, log10(Double(max(1, counts.maximum))) + 0.05)
    }

    private func drawBands(_ points: [[Int]], _ upper: PlotFrame, _ lower: PlotFrame, in svg: inout SVGDocument) {
        for (index, group) in ShotGroup.allCases.enumerated() {
            let members = points.indices.filter { groups[points[$0][0]] == group }
            guard let first = members.first, let last = members.last else { continue }
            let (from, to) = (lower.x(Double(first) - 0.5), lower.x(Double(last) + 0.5))
            if index == 1 {
                svg.rectangle(
                    x: from, y: upper.top, width: to - from, height: lower.bottom - upper.top, fill: PlotStyle.band)
            }
            guard to - from > 44 else { continue }
            svg.text(
                group.rawValue, x: (from + to) / 2, y: upper.bottom + 17, size: 12, fill: PlotStyle.quiet,
                anchor: .middle)
        }
    }

    private func drawCounts(_ points: [[Int]], _ frame: PlotFrame, in svg: inout SVGDocument) {
        var outline: [(Double, Double)] = [(frame.left, frame.bottom)]
        for (index, classes) in points.enumerated() {
            let mean = Double(classes.reduce(0) { $0 + counts.counts[$1] }) / Double(classes.count)
            outline.append((frame.x(Double(index) - 0.5), frame.y(mean)))
            outline.append((frame.x(Double(index) + 0.5), frame.y(mean)))
        }
        svg.area(outline + [(frame.right, frame.bottom)], fill: PlotStyle.counts)
        let decades = stride(from: frame.yRange.lowerBound, through: frame.yRange.upperBound, by: 1).map { pow(10, $0) }
        frame.drawRows(decades, in: &svg) { String(Int($0)) }
    }

    /// Each class's own interval (`ClassReport.recallInterval`), models side by side.
    private func drawIntervals(_ points: [[Int]], _ series: Int, _ frame: PlotFrame, in svg: inout SVGDocument) {
        let gap = min(5, (frame.right - frame.left) / Double(points.count * models.count + 1))
        let shift = gap * (Double(series) - Double(models.count - 1) / 2)
        for (index, classes) in points.enumerated() {
            guard let interval = models[series].report.recallInterval(classes[0]) else { continue }
            let (top, bottom) = (frame.y(100 * interval.upper), frame.y(100 * interval.lower))
            svg.rectangle(
                x: frame.x(Double(index)) + shift - 0.7, y: top, width: 1.4, height: bottom - top,
                fill: PlotStyle.colour(series), opacity: 0.35)
        }
    }

    private func drawRecalls(_ points: [[Int]], _ series: Int, _ frame: PlotFrame, in svg: inout SVGDocument) {
        let report = models[series].report
        let means = points.map { classes in
            100 * classes.reduce(0) { $0 + (report.recall($1) ?? 0) } / Double(classes.count)
        }
        let colour = PlotStyle.colour(series)
        // Single classes scatter widely; the line is their moving mean, and up to a dozen classes need none.
        let reach = points.count > 12 ? max(1, points.count / 25) : 0
        let smooth = means.indices.map { index in
            let window = means[max(0, index - reach)...min(means.count - 1, index + reach)]
            return window.reduce(0, +) / Double(window.count)
        }
        let line = smooth.enumerated().map { (frame.x(Double($0)), frame.y($1)) }
        if reach == 0 { svg.line(line, stroke: colour, width: 2.5, dash: PlotStyle.dash(series)) }
        for (index, mean) in means.enumerated() {
            svg.marker(
                PlotStyle.marker(series), x: frame.x(Double(index)), y: frame.y(mean), radius: reach > 0 ? 3.4 : 5,
                fill: colour, opacity: reach > 0 ? 0.5 : 1)
        }
        guard reach > 0 else { return }
        svg.line(line, stroke: "#ffffff", width: 5)
        svg.line(line, stroke: colour, width: 2.5, dash: PlotStyle.dash(series))
    }

    private func drawAxis(_ points: [[Int]], _ chunk: Int, _ frame: PlotFrame, in svg: inout SVGDocument) {
        let ranks = PlotFrame.ticks(0...Double(points.count - 1), count: 10).filter { $0 == $0.rounded() }
        frame.drawColumns(ranks, in: &svg) { String(Int($0) * chunk + 1) }
        var label = "Classes by falling number of training images"
        label += chunk > 1 ? "; a point is the mean of \(chunk) classes" : "; bars: 95 % of a class's recall"
        if points.count > 12 { label += "; lines: moving means" }
        svg.text(label, x: (frame.left + frame.right) / 2, y: frame.bottom + 44, fill: PlotStyle.quiet, anchor: .middle)
    }
}
