import LongTailBasics
import LongTailVision

/// Pictures to report on or to choose by, looked at before anything is trained: the end of a run may be days away.
package enum TestPictures {
    /// Refuses pictures that cannot be read; sets without files have none.
    ///
    /// - Parameters:
    ///   - images: The pictures.
    ///   - what: What they are called, as in "test".
    ///   - whole: Whether each is decoded; else its header is read, which finds what is missing, empty, no picture or cut
    ///     off, and not what is damaged within.
    ///   - advance: Told of every picture that was looked at.
    /// - Throws: A data failure that names the first few.
    package static func require(
        _ images: any Dataset, _ what: String, whole: Bool = false, advance: (Int) -> Void = { _ in }
    ) throws(LongTailError) {
        let found = FileList(images).unreadable(whole: whole, advance)
        guard !found.isEmpty else { return }
        let problems = found.sorted { $0.key < $1.key }.map(\.value)
        throw LongTailError(
            .data,
            "\(problems.count) of \(images.count) \(what) pictures cannot be read: "
                + firstOf(problems, limit: FileList.named),
            remedy:
                "Fetch \(problems.count == 1 ? "it" : "them") again, or take \(problems.count == 1 ? "it" : "them") "
                + "out of the data set: a picture to report on is never passed over. "
                + "\(Wording.command("data check")) lists everything that is wrong.")
    }
}
