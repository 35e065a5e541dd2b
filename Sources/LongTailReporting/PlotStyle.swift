/// The one look of all figures.
///
/// Series differ in colour (Okabe and Ito's palette, told apart by colour-blind eyes), in marker and in dashes, so
/// that a figure survives a grey printer.
enum PlotStyle {
    enum Marker { case circle, square, diamond, triangle }

    static let ink = "#1f2933"
    static let quiet = "#52606d"
    static let grid = "#e4e7eb"
    static let band = "#f5f7fa"
    static let counts = "#cbd2d9"

    private static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"]
    private static let markers: [Marker] = [.circle, .square, .diamond, .triangle]
    private static let dashes = ["", "7 4", "2 4", "9 4 2 4"]

    static func colour(_ series: Int) -> String { colours[series % colours.count] }
    static func marker(_ series: Int) -> Marker { markers[series % markers.count] }
    static func dash(_ series: Int) -> String { dashes[series % dashes.count] }

    /// A text's width in pixels, roughly: no font is at hand to measure with.
    static func width(of text: String, size: Double) -> Double { Double(text.count) * size * 0.58 }
}
