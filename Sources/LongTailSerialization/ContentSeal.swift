import Foundation

/// The checksum of a safetensors file of this program, which stands in its metadata: what was changed since is told.
///
/// XXH64 over the header, the checksum's own digits taken as zeros, and the data. It finds damage and edits by accident, not
/// forgery.
enum ContentSeal {
    /// The metadata's key.
    static let key = "longtail-digest"
    private static let kind = "xxh64:"
    /// What stands there while the checksum is not known.
    static let blank = kind + String(repeating: "0", count: 16)

    /// A header whose blank is replaced by the checksum of it and the data, piece by piece.
    static func sealed(_ header: Data, _ data: some Sequence<Data>) -> Data {
        guard let place = place(in: header) else { return header }
        var sealed = header
        sealed.replaceSubrange(place, with: Data(sum(header, data).utf8))
        return sealed
    }

    /// Where the digits stand in a header; nil where there are none.
    private static func place(in header: Data) -> Range<Data.Index>? {
        let sign = Data("\"\(key)\":\"\(kind)".utf8)
        guard let found = header.range(of: sign), header.endIndex - found.upperBound > 16 else { return nil }
        return found.upperBound..<found.upperBound + 16
    }

    /// Whether a file that has a checksum is what was written.
    ///
    /// - Parameters:
    ///   - header: The header as it stands in the file.
    ///   - data: The data, piece by piece.
    static func holds(_ header: Data, _ data: some Sequence<Data>) -> Bool {
        guard let place = place(in: header) else { return false }
        var blank = header
        blank.replaceSubrange(place, with: Data(repeating: UInt8(ascii: "0"), count: 16))
        return Data(sum(blank, data).utf8) == header[place]
    }

    private static func sum(_ header: Data, _ data: some Sequence<Data>) -> String {
        var sum = XXH64()
        header.withUnsafeBytes { sum.update($0) }
        for piece in data { piece.withUnsafeBytes { sum.update($0) } }
        return sum.text
    }
}
