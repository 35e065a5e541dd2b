import Foundation
import LongTailBasics

/// A small SVG being written: shapes in pixels from the top left, in the order they are laid down.
struct SVGDocument {
    let width: Double
    let height: Double
    private var elements: [String] = []

    /// No font is shipped; this asks for what every system has.
    private static let fonts =
        "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Helvetica, Arial, sans-serif"

    enum Anchor: String { case start, middle, end }

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    mutating func rectangle(x: Double, y: Double, width: Double, height: Double, fill: String, opacity: Double = 1) {
        elements.append(
            "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(max(0, width)))\" height=\"\(n(max(0, height)))\" "
                + "fill=\"\(fill)\"\(opacity < 1 ? " fill-opacity=\"\(n(opacity))\"" : "")/>")
    }

    mutating func line(_ points: [(Double, Double)], stroke: String, width: Double = 1, dash: String = "") {
        let path = points.map { "\(n($0.0)),\(n($0.1))" }.joined(separator: " ")
        elements.append(
            "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(n(width))\" "
                + "stroke-linejoin=\"round\" stroke-linecap=\"round\""
                + (dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\"") + "/>")
    }

    mutating func area(_ points: [(Double, Double)], fill: String) {
        let path = points.map { "\(n($0.0)),\(n($0.1))" }.joined(separator: " ")
        elements.append("<polygon points=\"\(path)\" fill=\"\(fill)\"/>")
    }

    mutating func marker(
        _ shape: PlotStyle.Marker, x: Double, y: Double, radius: Double, fill: String, opacity: Double = 1
    ) {
        let r = radius
        let paint = "fill=\"\(fill)\" fill-opacity=\"\(n(opacity))\" stroke=\"#ffffff\" stroke-width=\"0.8\""
        func polygon(_ points: [(Double, Double)]) -> String {
            "<polygon points=\"\(points.map { "\(n(x + $0.0)),\(n(y + $0.1))" }.joined(separator: " "))\" \(paint)/>"
        }
        switch shape {
        case .circle: elements.append("<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(r))\" \(paint)/>")
        case .square: elements.append(polygon([(-r, -r), (r, -r), (r, r), (-r, r)].map { ($0.0 * 0.88, $0.1 * 0.88) }))
        case .diamond: elements.append(polygon([(0, -r * 1.25), (r * 1.25, 0), (0, r * 1.25), (-r * 1.25, 0)]))
        case .triangle: elements.append(polygon([(0, -r * 1.2), (r * 1.1, r * 0.8), (-r * 1.1, r * 0.8)]))
        }
    }

    mutating func text(
        _ text: String, x: Double, y: Double, size: Double = 13, fill: String = PlotStyle.ink, anchor: Anchor = .start,
        bold: Bool = false, turned: Bool = false
    ) {
        elements.append(
            "<text x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(n(size))\" fill=\"\(fill)\""
                + (anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\"") + (bold ? " font-weight=\"600\"" : "")
                + (turned ? " transform=\"rotate(-90 \(n(x)) \(n(y)))\"" : "") + ">\(xmlEscaped(text))</text>")
    }

    /// The whole document; `title` is read aloud by screen readers.
    func render(title: String) -> String {
        let head =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(n(width)) \(n(height))\" width=\"\(n(width))\" "
            + "height=\"\(n(height))\" role=\"img\" font-family=\"\(Self.fonts)\">"
        let paper = "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
        return ([head, "<title>\(xmlEscaped(title))</title>", paper] + elements + ["</svg>"]).joined(separator: "\n")
            + "\n"
    }

    /// A coordinate with at most two decimals; one that is no number falls on the edge.
    private func n(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        var text = String(format: "%.2f", value)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}

/// Text for XML: markup escaped, and what XML does not allow at all shown as `?`.
func xmlEscaped(_ text: String) -> String {
    printable(text).unicodeScalars.map { scalar in
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        case "\u{FFFE}", "\u{FFFF}": "?"
        default: String(scalar)
        }
    }.joined()
}
