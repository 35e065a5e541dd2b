/// What kind of picture a file is, by its first bytes, whatever it is called.
public enum ImageKind: String, Sendable, CaseIterable {
    case jpeg = "JPEG"
    case png = "PNG"
    case webp = "WebP"
    case heic = "HEIC"
    case avif = "AVIF"
    case tiff = "TIFF"
    case gif = "GIF"
    case bmp = "BMP"
    case jpeg2000 = "JPEG 2000"
    case jpegXL = "JPEG XL"
    case photoshop = "Photoshop"
    case svg = "SVG"
    /// A camera's raw file whose beginning tells it from a TIFF.
    case cameraRaw = "camera raw"

    /// How many bytes are enough to tell every kind.
    public static let prefixLength = 512

    /// The kind of a file that begins with `firstBytes`; nil when it begins like none of them.
    ///
    /// Twelve bytes are enough for all kinds but an SVG with a preamble and an AVIF that calls itself HEIF first, which
    /// counts as HEIC then; `prefixLength` are enough for all.
    public init?(firstBytes: some Collection<UInt8>) {
        let start = Array(firstBytes.prefix(Self.prefixLength))
        guard let kind = Self.signatures.first(where: { $0.matches(start) })?.kind ?? Self.container(start) else {
            guard Self.isSVG(start) else { return nil }
            self = .svg
            return
        }
        self = kind
    }

    /// As people write it.
    public var name: String { rawValue }

    /// Whether pictures of this kind are read on this machine.
    public var isDecodable: Bool {
        switch self {
        case .jpeg, .png, .webp: true
        case .heic, .avif, .tiff: library?.kinds.contains(self) == true
        default: false
        }
    }

    /// The Debian or Ubuntu package with which this kind would be read here; nil where it is read, or never is.
    public var packageHint: String? { isDecodable ? nil : library?.package(for: self) }

    /// The library that reads it where the machine has it.
    var library: OptionalLibrary? {
        switch self {
        case .heic, .avif: .heif
        case .tiff: .tiff
        default: nil
        }
    }

    /// Bytes that a file begins with.
    private struct Signature {
        let kind: ImageKind
        let bytes: [UInt8]
        /// Others that stand elsewhere.
        var then: (place: Int, bytes: [UInt8])?

        func matches(_ start: [UInt8]) -> Bool {
            start.starts(with: bytes)
                && (then.map { start.dropFirst($0.place).starts(with: $0.bytes) } ?? true)
        }
    }

    private static let signatures: [Signature] = [
        Signature(kind: .jpeg, bytes: [0xFF, 0xD8, 0xFF]),
        Signature(kind: .png, bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        Signature(kind: .webp, bytes: Array("RIFF".utf8), then: (8, Array("WEBP".utf8))),
        // Canon's raw files are TIFFs with a mark of their own; Olympus, Panasonic and Fujifilm changed the beginning.
        Signature(kind: .cameraRaw, bytes: Array("II*\0".utf8), then: (8, Array("CR".utf8))),
        Signature(kind: .cameraRaw, bytes: Array("IIRO".utf8)), Signature(kind: .cameraRaw, bytes: Array("IIU\0".utf8)),
        Signature(kind: .cameraRaw, bytes: Array("FUJIFILM".utf8)),
        Signature(kind: .tiff, bytes: Array("II*\0".utf8)), Signature(kind: .tiff, bytes: Array("MM\0*".utf8)),
        Signature(kind: .tiff, bytes: Array("II+\0".utf8)), Signature(kind: .tiff, bytes: Array("MM\0+".utf8)),
        Signature(kind: .gif, bytes: Array("GIF87a".utf8)), Signature(kind: .gif, bytes: Array("GIF89a".utf8)),
        // Two letters alone begin many texts; the four reserved bytes are zero.
        Signature(kind: .bmp, bytes: Array("BM".utf8), then: (6, [0, 0, 0, 0])),
        Signature(kind: .jpeg2000, bytes: [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20]),
        Signature(kind: .jpeg2000, bytes: [0xFF, 0x4F, 0xFF, 0x51]),
        Signature(kind: .jpegXL, bytes: [0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20]),
        Signature(kind: .jpegXL, bytes: [0xFF, 0x0A]),
        Signature(kind: .photoshop, bytes: Array("8BPS\0".utf8)),
    ]

    /// The kind of an ISO base media file (ISO/IEC 14496-12): its main brand, or where that names no codec the first
    /// compatible one that does.
    private static func container(_ start: [UInt8]) -> ImageKind? {
        guard start.count >= 12, start[4..<8].elementsEqual("ftyp".utf8) else { return nil }
        let length = start[..<4].reduce(0) { $0 << 8 | Int($1) }
        let end = min(start.count, max(12, length))
        let places = [8] + Array(stride(from: 16, to: max(16, end - 3), by: 4))
        let brands = places.map { String(decoding: start[$0..<$0 + 4], as: UTF8.self) }
        for brand in brands {
            switch brand {
            case "avif", "avis": return .avif
            case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs": return .heic
            case "crx ": return .cameraRaw
            default: continue
            }
        }
        // HEIF that does not say what its pictures are compressed by.
        return ["mif1", "mif2", "msf1"].contains(brands[0]) ? .heic : nil
    }

    private static func isSVG(_ start: [UInt8]) -> Bool {
        let text = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        return text.hasPrefix("<svg") || (text.hasPrefix("<?xml") || text.hasPrefix("<!")) && text.contains("<svg")
    }
}
