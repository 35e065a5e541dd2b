import LongTailBasics

/// A picture on its way through a transform.
///
/// Crops and resizes are noted first and done together when pixels are needed, so that a file is decoded, and a
/// resampler runs, only where the outcome depends on it.
public struct Canvas: Sendable {
    private var base: ImageSource
    private let decoding: Transform.Decoding
    /// The part of `base` that is resized, in its pixels.
    private var part: Box
    /// What `part` is resized to.
    private var scaled: ImageSize
    /// The part of the resized picture that is left.
    private var window: Box
    /// How it is resized.
    private var interpolation = Interpolation.bilinear

    /// Starts with a whole picture.
    public init(_ source: ImageSource, decoding: Transform.Decoding = .exact) {
        (base, self.decoding) = (source, decoding)
        (part, scaled, window) = (Box(source.size), source.size, Box(source.size))
    }

    /// The sides of the picture as it is now.
    public var size: ImageSize { window.size }

    /// Keeps a part, given in the picture's present pixels.
    ///
    /// - Throws: A data failure when it does not lie in the picture.
    public mutating func crop(to box: Box) throws(LongTailError) {
        guard box.fits(size) else {
            throw LongTailError(.data, "\(box.size) pixels cannot be cut from \(size) at \(box.left), \(box.top)")
        }
        window = Box(top: window.top + box.top, left: window.left + box.left, height: box.height, width: box.width)
    }

    /// Resizes to `newSize`, with the support widened by the scale when shrinking, as Pillow does.
    ///
    /// - Throws: A data failure when a side is not positive or the result would exceed `ImageCodec.pixelLimit`.
    public mutating func resize(
        to newSize: ImageSize, _ interpolation: Interpolation = .bilinear
    ) throws(LongTailError) {
        guard newSize.height > 0, newSize.width > 0, newSize.width <= ImageCodec.pixelLimit / newSize.height else {
            throw LongTailError(
                .data, "a picture of \(size) pixels cannot be resized to \(newSize)",
                remedy: "Take this narrow picture out of the data set, or crop it.")
        }
        guard newSize != size else { return }
        if scaled != part.size { self = Canvas(.pixels(try pixels())) }
        self.interpolation = interpolation
        part = Box(
            top: part.top + window.top, left: part.left + window.left, height: window.height, width: window.width)
        (scaled, window) = (newSize, Box(newSize))
    }

    /// Changes the pixels.
    ///
    /// - Throws: A data failure when the file is damaged, or what `change` throws.
    public mutating func change(_ change: (inout PixelImage) throws(LongTailError) -> Void) throws(LongTailError) {
        var image = try pixels()
        base = .pixels(PixelImage(trusted: [], height: 0, width: 0))  // so that `image` is the only holder of its bytes
        try change(&image)
        self = Canvas(.pixels(image))
    }

    /// The picture as it is now.
    ///
    /// - Throws: A data failure when the file is damaged.
    public func pixels() throws(LongTailError) -> PixelImage {
        let across = Resampling(
            from: part.left, part.width, to: scaled.width, keeping: window.left, window.width, interpolation)
        let down = Resampling(
            from: part.top, part.height, to: scaled.height, keeping: window.top, window.height, interpolation)
        switch base {
        case .pixels(let image):
            if across.isWhole(of: image.width), down.isWhole(of: image.height) { return image }
            return image.resampled(across: across, down: down)
        case .encoded(let picture):
            if decoding == .fast, picture.kind == .jpeg { return try fast(picture) }
            let needed = Box(
                top: down.source.lowerBound, left: across.source.lowerBound, height: down.source.count,
                width: across.source.count)
            let image = try picture.decoded(needed)
            return image.resampled(across: across.moved(-needed.left), down: down.moved(-needed.top))
        }
    }

    /// From a JPEG decoded the quickest way, at the smallest fraction of its size that has three quarters of the pixels a
    /// side of what is made.
    private func fast(_ picture: EncodedImage) throws(LongTailError) -> PixelImage {
        let enough = [1, 2, 4].first {
            part.height * $0 >= 6 * scaled.height && part.width * $0 >= 6 * scaled.width
        }
        let eighths = enough ?? 8
        let size = picture.scaledSize(eighths: eighths)
        func resampling(_ start: Int, _ length: Int, of all: Int, to new: Int, _ from: Int, _ count: Int) -> Resampling
        {
            guard eighths < 8 else {
                return Resampling(from: start, length, to: new, keeping: from, count, interpolation, fine: false)
            }
            let factor = Double(eighths) / 8
            return Resampling(
                interval: Double(start) * factor, min(Double(all), Double(start + length) * factor), of: all, to: new,
                keeping: from, count, interpolation, fine: false)
        }
        let across = resampling(part.left, part.width, of: size.width, to: scaled.width, window.left, window.width)
        let down = resampling(part.top, part.height, of: size.height, to: scaled.height, window.top, window.height)
        // From where blocks begin (with chroma halved at most) rows are decoded in place, not copied from a wider window.
        let (top, left) = (down.source.lowerBound & ~15, across.source.lowerBound & ~15)
        let needed = Box(
            top: top, left: left, height: down.source.upperBound - top, width: across.source.upperBound - left)
        let image = try picture.decodeJPEG(needed, eighths: eighths, fast: true)
        return image.resampled(across: across.moved(-needed.left), down: down.moved(-needed.top))
    }
}
