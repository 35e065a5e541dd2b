/// A format as a row of pieces, so that a mutation can change one and leave the others, lengths and checksums right.
package protocol PieceFormat: Sendable {
    /// The pieces of a file; nil for bytes that are not of this format.
    func split(_ bytes: [UInt8]) -> [[UInt8]]?

    /// The file of pieces, lengths and checksums written anew.
    func join(_ pieces: [[UInt8]]) -> [UInt8]

    /// Pieces that may be put in anywhere.
    var vocabulary: [[UInt8]] { get }

    /// Another piece in the place of one.
    func change(_ piece: [UInt8], _ mutation: inout Mutation) -> [UInt8]
}

extension PieceFormat {
    package func change(_ piece: [UInt8], _ mutation: inout Mutation) -> [UInt8] { mutation.bytes(of: piece) }
}
