import CLongTailCodecs
import Foundation
import LongTailBasics

/// How a pixel between pixels is made.
enum PixelFilter: Int32, Sendable {
    case nearest, bilinear, bicubic
}

// Pillow's affine transforms, to its bytes.
extension PixelImage {
    /// Output (x, y) is input (m0 x + m1 y + m2, m3 x + m4 y + m5).
    func affine(_ matrix: [Double], _ filter: PixelFilter, fill: [UInt8]) -> PixelImage {
        PixelImage(height: height, width: width) { output in
            bytes.withUnsafeBufferPointer { input in
                // Pillow has a way of its own for the nearest pixel of a picture that is turned or sheared.
                if filter == .nearest, matrix[1] != 0 || matrix[3] != 0 {
                    longtail_rotate_nearest(input.baseAddress, height, width, output.baseAddress, matrix, fill)
                } else {
                    longtail_affine(
                        input.baseAddress, height, width, output.baseAddress, matrix, filter.rawValue, fill)
                }
            }
        }
    }

    /// Turned about its middle by degrees, counter-clockwise.
    func rotated(_ degrees: Double, _ filter: PixelFilter, fill: [UInt8]) -> PixelImage {
        let angle = -degrees * .pi / 180
        func rounded(_ value: Double) -> Double { (value * 1e15).rounded() / 1e15 }
        let (cosine, sine) = (rounded(cos(angle)), rounded(sin(angle)))
        let (x, y) = (Double(width) / 2, Double(height) / 2)
        let matrix = [cosine, sine, cosine * -x + sine * -y + x, -sine, cosine, -sine * -x + cosine * -y + y]
        return affine(matrix, filter, fill: fill)
    }
}
