import CLongTailCodecs
import LongTailBasics

// Why a picture is not read, and what to do.
extension ImageCodec {
    /// The kind of a file's bytes.
    ///
    /// - Throws: A data failure when they are no picture.
    static func kind(of bytes: [UInt8], name: String) throws(LongTailError) -> ImageKind {
        if let kind = ImageKind(firstBytes: bytes) { return kind }
        throw LongTailError(
            .data, bytes.isEmpty ? "\(name) is empty" : "\(name) is neither a JPEG, a PNG nor a WebP",
            remedy: (bytes.isEmpty ? "Fetch it again" : "Convert it to one of them")
                + ", or take it out of the data set.")
    }

    /// A picture of a kind that is not read here.
    static func unread(_ name: String, _ kind: ImageKind) -> LongTailError {
        let missing = kind.library.flatMap { library in kind.packageHint.map { (library.rawValue, $0) } }
        return unread(name, kind, missing: missing)
    }

    /// A picture of a kind that is not read.
    ///
    /// - Parameter missing: The library that would read it, and the package that brings that; nil when none does.
    static func unread(_ name: String, _ kind: ImageKind, missing: (library: String, package: String)?) -> LongTailError
    {
        guard let missing else {
            return LongTailError(
                .data, "\(name) is \(kind.article) \(kind.name) picture, which is not read",
                remedy: "Convert it to JPEG or PNG, or take it out of the data set.")
        }
        return LongTailError(
            .data,
            "\(name) is \(kind.article) \(kind.name) picture, which is not read without the package \(missing.package)",
            remedy:
                "Install \(missing.package) (outside Debian and Ubuntu: \(missing.library)), convert the picture to JPEG or PNG, "
                + "or take it out of the data set.")
    }

    /// A picture that its decoder does not take: a damaged one (0), or a sound one of a form that is not read (-1).
    static func failure(
        _ name: String, _ kind: ImageKind, _ status: Int32, _ message: longtail_message
    ) -> LongTailError {
        status == 0
            ? LongTailError(
                .data, "\(name): broken \(kind.name): \(message.words)",
                remedy: "Fetch the file again, or take it out of the data set.")
            : LongTailError(
                .data, "\(name) is \(kind.article) \(kind.name) of a form that is not read: \(message.words)",
                remedy: "Convert it to JPEG or PNG, or take it out of the data set.")
    }

    /// A picture of more pixels than are allowed.
    static func tooLarge(_ name: String, _ size: ImageSize, _ reading: ImageReading) -> LongTailError {
        LongTailError(
            .data, "\(name): \(size) pixels are more than the limit of \(reading.maxMegapixels) megapixels",
            remedy:
                "Raise data.max-megapixels (\(Wording.command("predict")) \(Wording.option("max-megapixels"))), save the picture smaller, or take it out of the data set."
        )
    }
}

extension ImageKind {
    fileprivate var article: String { ["A", "H", "S"].contains(name.prefix(1)) ? "an" : "a" }
}

extension longtail_message {
    /// The sentence.
    var words: String {
        withUnsafeBytes(of: text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
