import LongTailBasics

/// One step of a transform: a value that says what it does to a picture.
public protocol TransformStep: Sendable, Equatable {
    /// torchvision's name in kebab-case, as recipes write it.
    static var name: String { get }

    /// What it does with its defaults.
    init()

    /// The sides of what comes out, given those of what comes in; nil where they differ from picture to picture.
    ///
    /// - Throws: A usage failure when no such picture can go through.
    func size(after size: ImageSize?) throws -> ImageSize?

    /// Does it. All that is random is drawn from `random`, the same number of draws whatever the picture holds.
    ///
    /// - Throws: A data failure when this picture cannot go through.
    func apply(to canvas: inout Canvas, random: inout CounterRandom) throws
}

extension TransformStep {
    /// The sides stay.
    public func size(after size: ImageSize?) throws(LongTailError) -> ImageSize? { size }

    /// The sides of what comes out, whoever's step it is.
    func passedSize(after size: ImageSize?) throws(LongTailError) -> ImageSize? {
        try passing(Self.name) { try self.size(after: size) }
    }

    /// Does it, whoever's step it is.
    func passedApply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        do { try apply(to: &canvas, random: &random) } catch let failure as LongTailError { throw failure } catch {
            throw LongTailError(.data, "\(Self.name): \(error)", cause: error)
        }
    }

    /// Same step, same parameters.
    public func isSame(as other: any TransformStep) -> Bool { (other as? Self) == self }
}

/// What a picture goes through on its way to the network's bytes: steps in order.
public struct Transform: Sendable {
    public var steps: [any TransformStep]
    /// How files are decoded.
    public var decoding: Decoding

    /// How exactly files are decoded.
    public enum Decoding: String, Sendable, Codable, CaseIterable {
        /// To the bytes that a decoder of the whole picture gives.
        case exact
        /// JPEGs are decoded the quickest way, and at a half, a quarter or an eighth of the size when they will be shrunk to less.
        case fast
    }

    /// A transform of steps; none leave the picture as it is.
    public init(_ steps: [any TransformStep] = [], decoding: Decoding = .exact) {
        (self.steps, self.decoding) = (steps, decoding)
    }

    /// The usual augmentation of CIFAR: zero padding, a random crop of the same size, a flip half of the time.
    ///
    /// Lee et al. 2015, and all code of the field.
    public static func cropAndFlip(padding: Int = 4) -> Transform {
        Transform([RandomCrop(padding: padding), RandomHorizontalFlip()])
    }

    /// The sides of every picture that comes out for a data set of that name, given the sides of every picture of it, or
    /// nil for files of any size.
    ///
    /// - Throws: A usage failure when a step cannot work on the data set's pictures, or when they would come out in
    ///   different sizes.
    public func outputSize(of name: String, from nativeSize: ImageSize?) throws(LongTailError) -> ImageSize {
        var size = nativeSize
        for step in steps {
            do throws(LongTailError) { size = try step.passedSize(after: size) } catch {
                throw error.at("the step \(type(of: step).name)")
            }
        }
        if let size { return size }
        throw LongTailError(
            .usage, "the pictures of \(name) have different sizes and stay different through the transform",
            remedy: "End it with a step that gives one size, as in: [{ resize: 256 }, { center-crop: 224 }]")
    }

    /// Makes the picture that the last step leaves.
    ///
    /// - Throws: A data failure when the file is damaged or a step cannot work on it.
    public func apply(to source: ImageSource, random: inout CounterRandom) throws(LongTailError) -> PixelImage {
        var canvas = Canvas(source, decoding: decoding)
        for step in steps { try step.passedApply(to: &canvas, random: &random) }
        return try canvas.pixels()
    }
}

extension Transform: Equatable {
    /// Same steps with the same parameters, same decoding.
    public static func == (a: Transform, b: Transform) -> Bool {
        a.decoding == b.decoding && a.steps.count == b.steps.count
            && zip(a.steps, b.steps).allSatisfy { $0.isSame(as: $1) }
    }
}
