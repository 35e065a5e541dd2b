/// Numbers as most formats store them, their least byte first.
extension [UInt8] {
    mutating func append(_ value: Int, width: Int) {
        for shift in 0..<width { append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }

    /// The number of `width` bytes at a place; nil beyond the end, and for one that is larger than the whole.
    func number(at place: Int, width: Int) -> Int? {
        guard place >= 0, place + width <= count else { return nil }
        let value = self[place..<place + width].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return Int(exactly: value).flatMap { $0 <= count || width < 4 ? $0 : nil }
    }
}
