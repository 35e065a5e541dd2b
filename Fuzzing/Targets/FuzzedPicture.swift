import LongTailBasics
import LongTailVision

/// Reads a picture of a kind.
enum FuzzedPicture {
    /// The whole picture, a part of it, and a part of it at a fraction of the size.
    static func read(_ bytes: [UInt8], _ kinds: [ImageKind]) throws(LongTailError) {
        guard let kind = ImageKind(firstBytes: bytes), kinds.contains(kind) else { return }
        let picture = try EncodedImage(bytes, name: "fuzz")
        guard picture.size.height * picture.size.width <= 1 << 18 else { return }
        var random = CounterRandom(seed: UInt64(bytes.count), purpose: .test)
        let steps: [any TransformStep] = [RandomResizedCrop(9), RandomHorizontalFlip(), ColorJitter()]
        var failure: LongTailError?
        for transform in [Transform(), Transform(steps), Transform(steps, decoding: .fast)] {
            do throws(LongTailError) { _ = try transform.apply(to: .encoded(picture), random: &random) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
