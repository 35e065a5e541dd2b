/// A rectangle of pixels in a picture.
public struct Box: Sendable, Equatable {
    /// First row.
    public var top: Int
    /// First column.
    public var left: Int
    public var height: Int
    public var width: Int

    /// `height` rows from `top` on, `width` columns from `left` on.
    public init(top: Int, left: Int, height: Int, width: Int) {
        (self.top, self.left, self.height, self.width) = (top, left, height, width)
    }

    /// All of a picture.
    init(_ size: ImageSize) { self.init(top: 0, left: 0, height: size.height, width: size.width) }

    /// The middle of a picture: offsets are half the difference, rounded half to even, as torchvision rounds them.
    init(centre size: ImageSize, of whole: ImageSize, rounding: CropRounding = .even) {
        func offset(_ difference: Int) -> Int { rounding.offset(difference) }
        self.init(
            top: offset(whole.height - size.height), left: offset(whole.width - size.width), height: size.height,
            width: size.width)
    }

    var size: ImageSize { ImageSize(height: height, width: width) }

    /// Whether it lies in a picture and is not empty.
    func fits(_ size: ImageSize) -> Bool {
        height > 0 && width > 0 && top >= 0 && left >= 0 && height <= size.height && width <= size.width
            && top <= size.height - height && left <= size.width - width
    }
}
