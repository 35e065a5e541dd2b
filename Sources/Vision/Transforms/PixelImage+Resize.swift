import Basics

extension PixelImage {
    /// Resized so that the shorter side is `side`, the longer `Int(side × longer / shorter)`.
    ///
    /// - Throws: A data failure when `side` is not positive or the result would exceed `ImageCodec.pixelLimit`.
    public func resized(shorterSide side: Int) throws(Failure) -> PixelImage {
        guard side > 0 else { throw Failure(.data, "a picture cannot be resized to \(side) pixels") }
        let (shorter, longer) = (min(height, width), max(height, width))
        guard shorter != side else { return self }
        let (product, overflow) = side.multipliedReportingOverflow(by: longer)
        let long = product / shorter
        guard !overflow, long <= ImageCodec.pixelLimit / side else {
            throw Failure(
                .data, "a picture of \(width) × \(height) resized to \(side) would exceed the limit of pixels",
                remedy: "Take this narrow picture out of the data set, or crop it.")
        }
        return resized(height: height <= width ? side : long, width: height <= width ? long : side)
    }

    /// Bilinear resampling with the support widened by the scale when shrinking, to the bits of Pillow's:
    /// columns first, then rows, coefficients in fixed point with 22 bits, rounded to bytes in between.
    func resized(height newHeight: Int, width newWidth: Int) -> PixelImage {
        var (planes, columns) = (bytes, width)
        if newWidth != width {
            planes = Self.resampleColumns(planes, rows: 3 * height, from: width, to: newWidth)
            columns = newWidth
        }
        if newHeight != height {
            planes = Self.resampleRows(planes, columns: columns, from: height, to: newHeight)
        }
        return PixelImage(trusted: planes, height: newHeight, width: newWidth)
    }

    /// The middle `height` × `width` pixels; offsets are half the difference, rounded half to even.
    ///
    /// - Throws: A data failure when the picture is smaller.
    public func centerCropped(height newHeight: Int, width newWidth: Int) throws(Failure) -> PixelImage {
        guard newHeight > 0, newWidth > 0, newHeight <= height, newWidth <= width else {
            throw Failure(.data, "\(newWidth) × \(newHeight) pixels cannot be cut from \(width) × \(height)")
        }
        let top = Int((Double(height - newHeight) / 2).rounded(.toNearestOrEven))
        let left = Int((Double(width - newWidth) / 2).rounded(.toNearestOrEven))
        var result: [UInt8] = []
        result.reserveCapacity(3 * newHeight * newWidth)
        for plane in 0..<3 {
            for y in top..<top + newHeight {
                let start = (plane * height + y) * width + left
                result.append(contentsOf: bytes[start..<start + newWidth])
            }
        }
        return PixelImage(trusted: result, height: newHeight, width: newWidth)
    }
}

/// For each output pixel, the first input pixel it is made of and the weights from there on.
private struct Weights {
    static let one = 1 << 22
    var first: [Int] = []
    var count: [Int] = []
    var stride: Int
    var values: [Int32]

    init(from size: Int, to newSize: Int) {
        let scale = Double(size) / Double(newSize)
        let support = max(scale, 1)
        stride = Int(support.rounded(.up)) * 2 + 1
        values = Array(repeating: 0, count: stride * newSize)
        for target in 0..<newSize {
            let center = (Double(target) + 0.5) * scale
            let start = max(0, Int(center - support + 0.5))
            let end = min(size, Int(center + support + 0.5))
            let triangle = (start..<end).map { max(0, 1 - abs((Double($0) - center + 0.5) / support)) }
            let sum = triangle.reduce(0, +)
            for (offset, value) in triangle.enumerated() {
                values[target * stride + offset] = Int32(0.5 + value / sum * Double(Self.one))
            }
            first.append(start)
            count.append(end - start)
        }
    }

    static func byte(_ sum: Int) -> UInt8 { UInt8(clamping: (sum + one / 2) >> 22) }
}

extension PixelImage {
    fileprivate static func resampleColumns(_ input: [UInt8], rows: Int, from width: Int, to newWidth: Int) -> [UInt8] {
        let weights = Weights(from: width, to: newWidth)
        return [UInt8](unsafeUninitializedCapacity: rows * newWidth) { output, initialized in
            input.withUnsafeBufferPointer { input in
                weights.values.withUnsafeBufferPointer { values in
                    for row in 0..<rows {
                        for target in 0..<newWidth {
                            let source = row * width + weights.first[target]
                            let weight = target * weights.stride
                            var sum = 0
                            for i in 0..<weights.count[target] {
                                sum &+= Int(input[source &+ i]) &* Int(values[weight &+ i])
                            }
                            output[row * newWidth + target] = Weights.byte(sum)
                        }
                    }
                }
            }
            initialized = rows * newWidth
        }
    }

    fileprivate static func resampleRows(_ input: [UInt8], columns: Int, from height: Int, to newHeight: Int) -> [UInt8]
    {
        let weights = Weights(from: height, to: newHeight)
        let count = 3 * newHeight * columns
        return [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            input.withUnsafeBufferPointer { input in
                var sums = [Int](repeating: 0, count: columns)
                for row in 0..<3 * newHeight {
                    let (plane, target) = row.quotientAndRemainder(dividingBy: newHeight)
                    for x in 0..<columns { sums[x] = 0 }
                    for i in 0..<weights.count[target] {
                        let weight = Int(weights.values[target * weights.stride + i])
                        let source = (plane * height + weights.first[target] + i) * columns
                        for x in 0..<columns { sums[x] &+= weight &* Int(input[source &+ x]) }
                    }
                    for x in 0..<columns { output[row * columns + x] = Weights.byte(sums[x]) }
                }
            }
            initialized = count
        }
    }
}
