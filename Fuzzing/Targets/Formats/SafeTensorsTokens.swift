/// A safetensors file as the words and signs of its header, and the tensors' bytes as the last piece.
struct SafeTensorsTokens: PieceFormat {
    let vocabulary = [
        "{", "}", "[", "]", ":", ",", " ", "0", "1", "4", "-1", "1.0", "4294967296", "9223372036854775807", "\"\"",
        "\"a\"",
        "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "\"F32\"", "\"F16\"", "\"BF16\"", "\"BOOL\"",
        "\"U8\"", "\"I64\"", "\"\\ud83d\\ude00\"", "\"longtail\"", "\"resume\"",
    ].map { Array($0.utf8) }

    func split(_ bytes: [UInt8]) -> [[UInt8]]? {
        guard let length = bytes.number(at: 0, width: 8), length <= bytes.count - 8 else { return nil }
        let header = bytes[8..<8 + length]
        var (pieces, place): ([[UInt8]], Int) = ([], header.startIndex)
        while place < header.endIndex {
            var end = place + 1
            if header[place] == UInt8(ascii: "\"") {
                while end < header.endIndex, header[end] != UInt8(ascii: "\"") {
                    end += header[end] == UInt8(ascii: "\\") ? 2 : 1
                }
                end = min(end + 1, header.endIndex)
            } else if Self.isDigit(header[place]) {
                while end < header.endIndex, Self.isDigit(header[end]) { end += 1 }
            }
            pieces.append(Array(header[place..<end]))
            place = end
        }
        return pieces + [Array(bytes[(8 + length)...])]
    }

    func join(_ pieces: [[UInt8]]) -> [UInt8] {
        let header = pieces.dropLast().flatMap(\.self)
        var file: [UInt8] = []
        file.append(header.count, width: 8)
        return file + header + (pieces.last ?? [])
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
