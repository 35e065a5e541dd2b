import LongTailBasics

/// One mutation of a file by its pieces.
package struct Mutation {
    package var random: CounterRandom
    private let limit: Int
    private let bytes: (_ bytes: [UInt8], _ limit: Int) -> [UInt8]

    /// - Parameters:
    ///   - seed: Decides about everything but what `bytes` does.
    ///   - limit: The most bytes that come out.
    ///   - bytes: Changes bytes that have no form, up to a number of bytes.
    package init(seed: UInt64, limit: Int, bytes: @escaping (_ bytes: [UInt8], _ limit: Int) -> [UInt8]) {
        (random, self.limit, self.bytes) = (CounterRandom(seed: seed, purpose: .test), limit, bytes)
    }

    /// The file with one to four changes; nil when it is not of the format, and once in eight times, so that the form
    /// is damaged, too.
    package mutating func changed(_ file: [UInt8], _ format: some PieceFormat) -> [UInt8]? {
        guard random.below(8) > 0, var pieces = format.split(file), !pieces.isEmpty else { return nil }
        for _ in 0...random.below(4) { change(&pieces, format) }
        return format.join(pieces)
    }

    /// Bytes changed without regard to a form; somewhat longer ones may come out.
    package mutating func bytes(of piece: [UInt8]) -> [UInt8] {
        bytes(piece, min(limit, piece.count + 1 + random.below(64)))
    }

    private mutating func change(_ pieces: inout [[UInt8]], _ format: some PieceFormat) {
        guard !pieces.isEmpty else { return }
        let (here, there) = (random.below(pieces.count), random.below(pieces.count))
        switch random.below(8) {
        case 0: pieces.remove(at: here)
        case 1: pieces.insert(pieces[there], at: here)
        case 2: pieces.swapAt(here, there)
        case 3: pieces[here] = pieces[there]
        case 4 where !format.vocabulary.isEmpty:
            pieces.insert(format.vocabulary[random.below(format.vocabulary.count)], at: here)
        case 5 where !format.vocabulary.isEmpty:
            pieces[here] = format.vocabulary[random.below(format.vocabulary.count)]
        default: pieces[here] = format.change(pieces[here], &self)
        }
    }
}
