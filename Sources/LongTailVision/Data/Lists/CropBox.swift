import LongTailBasics

/// A part of a picture's file as an annotation gives it: from the upper left corner of the upright picture, in pixels
/// (COCO) or in shares of its sides (MegaDetector).
///
/// A box of which nothing lies outside 0 to 1 is in shares: in pixels it would be less than one.
package struct CropBox: Sendable, Equatable {
    private let x, y, width, height: Double
    /// The sides of the picture that the pixels are counted in, where the annotations say them; 0 where not.
    ///
    /// A picture that was shrunk since has its boxes shrunk with it.
    private let sides: (width: Int32, height: Int32)

    /// A box of four numbers, x, y, width and height.
    ///
    /// - Returns: nil when they are not four finite numbers of an area.
    init?(_ numbers: [Double], in sides: (width: Int32, height: Int32) = (0, 0)) {
        guard numbers.count == 4, numbers.allSatisfy(\.isFinite), numbers[2] > 0, numbers[3] > 0 else { return nil }
        (x, y, width, height) = (numbers[0], numbers[1], numbers[2], numbers[3])
        self.sides = sides
    }

    /// The same box in a picture whose sides are known.
    func of(_ sides: (width: Int32, height: Int32)) -> CropBox { CropBox([x, y, width, height], in: sides) ?? self }

    /// What stands behind a path for it: `#x,y,width,height`, as the annotations have the numbers.
    package var suffix: String { "#" + [x, y, width, height].map(Self.text).joined(separator: ",") }

    /// The pixels that it takes in, those cut by its edges among them, as far as the picture goes.
    ///
    /// - Throws: A data failure that names the file when none lies in the picture.
    func pixels(in size: ImageSize, of path: String) throws(LongTailError) -> Box {
        let isShare = x >= 0 && y >= 0 && x + width <= 1.000001 && y + height <= 1.000001
        func range(_ start: Double, _ length: Double, _ side: Int, _ counted: Int32) -> (first: Int, end: Int) {
            let scale = isShare ? Double(side) : counted > 0 ? Double(side) / Double(counted) : 1
            // A hair's breadth, so that what is whole by the annotations stays whole after the division.
            let (low, high) = ((start * scale + 1e-4).rounded(.down), ((start + length) * scale - 1e-4).rounded(.up))
            return (Int(min(max(low, 0), Double(side))), Int(min(max(high, 0), Double(side))))
        }
        let across = range(x, width, size.width, sides.width)
        let down = range(y, height, size.height, sides.height)
        guard across.end > across.first, down.end > down.first else {
            throw LongTailError(
                .data, "\(path): the box \(suffix.dropFirst()) lies outside its \(size.width) × \(size.height) pixels",
                remedy: "Are the annotations of this picture? Take the box out of them otherwise.")
        }
        return Box(
            top: down.first, left: across.first, height: down.end - down.first, width: across.end - across.first)
    }

    private static func text(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The same numbers.
    package static func == (a: CropBox, b: CropBox) -> Bool { a.suffix == b.suffix && a.sides == b.sides }
}
