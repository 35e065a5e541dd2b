import LongTailFiles
import LongTailVision

/// The hash of a list of images: SHA-256 of one line "identity label" per image, in the list's order.
///
/// It stands in every checkpoint, so that a later stage refuses to go on with other images.
package func listHash(_ images: some Sequence<(String, Int)>) -> String {
    ContentHash.sha256(ofAll: images.lazy.map { "\($0.0) \($0.1)\n" })
}

extension Dataset {
    /// The hash of the list of all its images.
    package var listHash: String { LongTailTraining.listHash(zip(0..., labels).lazy.map { (identity(of: $0), $1) }) }
}
