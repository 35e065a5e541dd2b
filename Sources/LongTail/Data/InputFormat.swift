import Basics
import Vision

/// What a network's input looks like: the size of pictures and what they are normalised by.
public struct InputFormat: Sendable, Equatable {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// Mean and standard deviation.
    public let normalization: Normalization

    /// A picture file as the network wants it: the shorter side resized, the middle cut out, as a folder data set does.
    public func prepare(path: String) throws(Failure) -> PixelImage {
        let picture = try ImageCodec.decode(path: path)
        do throws(Failure) {
            return try picture.resized(shorterSide: max(height, width)).centerCropped(height: height, width: width)
        } catch { throw error.at(path) }
    }
}

extension DataRecipe {
    /// What a network that is trained on these data takes.
    public var input: InputFormat {
        switch name {
        case .cifar10, .cifar100: InputFormat(height: 32, width: 32, normalization: .cifar)
        case .glyphs: InputFormat(height: 32, width: 32, normalization: .glyphs)
        case .folder: InputFormat(height: imageSize, width: imageSize, normalization: .imageNet)
        }
    }
}
