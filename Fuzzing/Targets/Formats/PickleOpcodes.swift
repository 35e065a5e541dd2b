import LongTailBasics

@testable import LongTailFiles

/// A pickle as its opcodes, each with what follows it but without the length of that.
struct PickleOpcodes: PieceFormat {
    /// What follows an opcode.
    private enum Argument {
        case fixed(Int)
        case counted(Int)
        case lines(Int)
    }

    let vocabulary: [[UInt8]] =
        (0...UInt8.max).filter { PickleOpcode(rawValue: $0) != nil }.map { code in
            guard case .fixed(let width) = Self.argument(code) else { return [code] }
            return [code] + [UInt8](repeating: 1, count: width)
        }
        + [
            ("torch._utils", "_rebuild_tensor_v2"), ("torch", "FloatStorage"), ("torch.storage", "UntypedStorage"),
            ("collections", "OrderedDict"), ("numpy.core.multiarray", "scalar"), ("numpy", "dtype"),
            ("_codecs", "encode"), ("torch", "Size"), ("torch", "device"), ("os", "system"),
        ].map { [PickleOpcode.global.rawValue] + Array("\($0.0)\n\($0.1)\n".utf8) }
        + ["storage", "cpu", "little_endian", "latin1", "f8"].map {
            [PickleOpcode.binUnicode.rawValue] + Array($0.utf8)
        }

    func split(_ bytes: [UInt8]) -> [[UInt8]]? {
        var (pieces, place): ([[UInt8]], Int) = ([], 0)
        while place < bytes.count {
            let code = bytes[place]
            var (start, end) = (place + 1, place + 1)
            switch Self.argument(code) {
            case .fixed(let width): end += width
            case .counted(let width):
                start += width
                end = start + (bytes.number(at: place + 1, width: width) ?? bytes.count)
            case .lines(let lines):
                for _ in 0..<lines { end = (bytes[min(end, bytes.count)...].firstIndex(of: 0x0A) ?? bytes.count) + 1 }
            }
            end = min(end, bytes.count)
            pieces.append([code] + bytes[min(start, end)..<end])
            place = end
        }
        return pieces
    }

    func join(_ pieces: [[UInt8]]) -> [UInt8] {
        pieces.reduce(into: []) { file, piece in
            guard let code = piece.first else { return }
            file.append(code)
            guard case .counted(let width) = Self.argument(code) else { return file += piece.dropFirst() }
            let content = piece.dropFirst().prefix(width == 1 ? 255 : Int.max)
            file.append(content.count, width: width)
            file += content
        }
    }

    /// Another opcode, or something else behind it.
    func change(_ piece: [UInt8], _ mutation: inout Mutation) -> [UInt8] {
        guard piece.count > 1, mutation.random.below(4) > 0 else { return mutation.bytes(of: piece) }
        return [piece[0]] + mutation.bytes(of: Array(piece.dropFirst()))
    }

    private static func argument(_ code: UInt8) -> Argument {
        switch PickleOpcode(rawValue: code) {
        case .proto, .binInt1, .binGet, .binPut: .fixed(1)
        case .binInt2: .fixed(2)
        case .binInt, .longBinGet, .longBinPut: .fixed(4)
        case .frame, .binFloat: .fixed(8)
        case .long1, .shortBinString, .shortBinUnicode, .shortBinBytes: .counted(1)
        case .long4, .binString, .binUnicode, .binBytes: .counted(4)
        case .binUnicode8, .binBytes8, .byteArray8: .counted(8)
        case .global: .lines(2)
        default: .fixed(0)
        }
    }
}
