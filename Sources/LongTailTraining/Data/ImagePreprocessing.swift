import LongTailBasics
import LongTailVision

/// What a network's input looks like: what pictures go through, the size they come out in, what they are normalised by.
public struct ImagePreprocessing: Sendable {
    /// Sides of the network's input.
    public let size: ImageSize
    /// Mean and standard deviation.
    public let normalization: Normalization
    /// What a picture goes through before it is normalised.
    public let preparation: Transform
    /// What becomes of a file's orientation, and how large it may be.
    public let reading: ImageReading
    /// The sides of the data set's own pictures, where all have the same.
    private let nativeSize: ImageSize?

    /// An input of a size, of pictures as they are.
    public init(
        size: ImageSize, normalization: Normalization, preparation: Transform = Transform(),
        reading: ImageReading = ImageReading(), nativeSize: ImageSize? = nil
    ) {
        (self.size, self.normalization, self.preparation) = (size, normalization, preparation)
        (self.reading, self.nativeSize) = (reading, nativeSize)
    }

    /// A picture file as the network wants it: what test images go through.
    ///
    /// Where all pictures of the data set have one size, one of another size is brought to it first: the shorter side
    /// resized, the middle cut out.
    ///
    /// - Throws: A data failure that names the file when it cannot be read, is damaged or does not fit.
    public func prepare(path: String) throws(LongTailError) -> PixelImage {
        let picture = try EncodedImage(path: path, reading: reading)
        var transform = preparation
        if let nativeSize, picture.size != nativeSize {
            let side = max(nativeSize.height, nativeSize.width)
            transform.steps = [Resize(side), CenterCrop(side)] + transform.steps
        }
        var random = CounterRandom(seed: 0, purpose: .augmentation)
        do throws(LongTailError) { return try transform.apply(to: .encoded(picture), random: &random) } catch {
            throw error.problem.contains(path) ? error : error.at(path)
        }
    }
}

extension DataRecipe {
    /// What a network that is trained on these data takes.
    ///
    /// - Throws: A usage failure when its preparation gives pictures of different sizes.
    public func input() throws(LongTailError) -> ImagePreprocessing {
        ImagePreprocessing(
            size: try evaluationTransform.outputSize(of: name.rawValue, from: nativeSize),
            normalization: normalization, preparation: evaluationTransform, reading: reading, nativeSize: nativeSize)
    }
}
