/// Several files in one input, parted by lines of two percent signs.
struct TextParts {
    private let parts: [ArraySlice<UInt8>]

    init(_ bytes: [UInt8]) {
        var (parts, start): ([ArraySlice<UInt8>], Int) = ([], 0)
        let mark = Array("%%\n".utf8)
        while let found = bytes[start...].firstRange(of: mark) {
            parts.append(bytes[start..<found.lowerBound])
            start = found.upperBound
        }
        self.parts = parts + [bytes[start...]]
    }

    /// The bytes of a part, nil beyond the last.
    subscript(_ index: Int) -> ArraySlice<UInt8>? { index < parts.count ? parts[index] : nil }
}
