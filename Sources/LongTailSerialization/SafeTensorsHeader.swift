import LongTailBasics
import OrderedCollections

/// What a safetensors file says about itself: names, types, shapes and text, without any tensor's data.
public struct SafeTensorsHeader: Sendable, Equatable {
    /// One tensor's description.
    public struct Entry: Sendable, Equatable {
        /// Element type.
        public let dtype: DType
        /// Sizes, outermost first.
        public let shape: [Int]
        /// Where its bytes lie, counted from the end of the header.
        public let range: Range<Int>
    }

    /// Tensors by name, in the header's order.
    public internal(set) var entries: OrderedDictionary<String, Entry> = [:]
    /// The free text of `__metadata__`.
    public internal(set) var metadata: [String: String] = [:]

    /// More tensors, and longer names, are no network's: a mixture of a hundred billion parameters has some ten thousand.
    package static let limit = (tensors: 65_536, nameBytes: 4096)

    /// Checks that the tensors tile `dataSize` bytes: inside, no overlap, no gap, nothing left over.
    func checkTiling(dataSize: Int, path: String) throws(LongTailError) {
        var cursor = 0
        var previous = "the header"
        let order = entries.elements.sorted {
            ($0.value.range.lowerBound, $0.value.range.upperBound) < (
                $1.value.range.lowerBound, $1.value.range.upperBound
            )
        }
        for (name, entry) in order {
            let range = entry.range
            let tensor = "\(path): tensor \(excerpt(name))"
            guard range.upperBound <= dataSize else {
                throw LongTailError(
                    .checkpoint, "\(tensor): ends at byte \(range.upperBound) of the data, the file has \(dataSize)",
                    remedy: "The file is cut short: copy or download it again.")
            }
            guard range.lowerBound >= cursor else {
                throw LongTailError(.checkpoint, "\(tensor): overlaps \(excerpt(previous))", remedy: Self.rewrite)
            }
            guard range.lowerBound == cursor else {
                throw LongTailError(
                    .checkpoint, "\(tensor): a gap of \(range.lowerBound - cursor) bytes lies before it",
                    remedy: Self.rewrite)
            }
            (cursor, previous) = (range.upperBound, name)
        }
        guard cursor == dataSize else {
            throw LongTailError(
                .checkpoint, "\(path): \(dataSize - cursor) bytes follow the last tensor",
                remedy: "The file was appended to or damaged: copy or download it again.")
        }
    }

    static let rewrite = "The file was written wrongly or is damaged: write it again with a safetensors library."
}
