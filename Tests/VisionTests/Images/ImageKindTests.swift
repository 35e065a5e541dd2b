import Foundation
import LongTail
import Testing

@testable import LongTailVision

@Suite struct ImageKindTests {
    private func kind(_ hex: String) -> ImageKind? {
        ImageKind(firstBytes: hex.split(separator: " ").compactMap { UInt8($0, radix: 16) })
    }

    /// A file type box with a main brand, a version and compatible brands.
    private func container(_ brands: String...) -> [UInt8] {
        [0, 0, 0, UInt8(12 + 4 * brands.count)] + Array("ftyp\(brands[0])".utf8) + [0, 0, 0, 0]
            + brands.dropFirst().flatMap { Array($0.utf8) }
    }

    @Test("The first bytes tell a picture's kind, as the formats' specifications give them")
    func signatures() {
        #expect(kind("FF D8 FF E0") == .jpeg)
        #expect(kind("89 50 4E 47 0D 0A 1A 0A") == .png)
        #expect(kind("52 49 46 46 00 00 00 00 57 45 42 50") == .webp)
        #expect(kind("49 49 2A 00 08 00 00 00") == .tiff && kind("4D 4D 00 2A 00 00 00 08") == .tiff)
        #expect(kind("49 49 2B 00 08 00 00 00") == .tiff, "BigTIFF")
        #expect(kind("49 49 2A 00 10 00 00 00 43 52 02 00") == .cameraRaw, "Canon's CR2")
        #expect(kind("47 49 46 38 39 61") == .gif && kind("47 49 46 38 37 61") == .gif)
        #expect(kind("42 4D 36 00 00 00 00 00 00 00 36 00") == .bmp)
        #expect(kind("00 00 00 0C 6A 50 20 20 0D 0A 87 0A") == .jpeg2000 && kind("FF 4F FF 51") == .jpeg2000)
        #expect(kind("FF 0A") == .jpegXL && kind("00 00 00 0C 4A 58 4C 20 0D 0A 87 0A") == .jpegXL)
        #expect(kind("38 42 50 53 00 01") == .photoshop)
    }

    @Test("What only resembles a picture is none")
    func others() {
        for text in ["", "hello", "BMW of 1998, a car", "II", "RIFF\0\0\0\0WAVEfmt ", "<html><svg></svg></html>"] {
            #expect(ImageKind(firstBytes: Array(text.utf8)) == nil, "\(text)")
        }
        #expect(ImageKind(firstBytes: container("isom", "mp42")) == nil, "a film")
    }

    @Test("A box of brands tells HEIC from AVIF from a camera's raw file, also by its compatible brands")
    func brands() {
        #expect(ImageKind(firstBytes: container("heic", "mif1", "heic")) == .heic)
        #expect(ImageKind(firstBytes: container("mif1", "mif1", "heic")) == .heic)
        #expect(ImageKind(firstBytes: container("mif1", "avif", "miaf")) == .avif)
        #expect(ImageKind(firstBytes: container("avif", "mif1")) == .avif)
        #expect(ImageKind(firstBytes: container("mif1")) == .heic)
        #expect(ImageKind(firstBytes: container("crx ", "isom")) == .cameraRaw)
        #expect(ImageKind(firstBytes: container("heic").prefix(12)) == .heic, "twelve bytes")
        for length in 0..<12 { #expect(ImageKind(firstBytes: container("heic").prefix(length)) == nil) }
    }

    @Test("An SVG is told with a preamble and without")
    func svg() {
        #expect(ImageKind(firstBytes: Array("<svg xmlns='http://www.w3.org/2000/svg'>".utf8)) == .svg)
        #expect(ImageKind(firstBytes: Array("\u{FEFF} <?xml version='1.0'?>\n<!-- a -->\n<svg>".utf8)) == .svg)
        #expect(ImageKind(firstBytes: Array("<?xml version='1.0'?><plist>".utf8)) == nil)
    }

    @Test("Every fixture is what its ending says, whatever a file is called")
    func endings() throws {
        let endings: [String: ImageKind] = ["heic": .heic, "avif": .avif, "tif": .tiff, "webp": .webp, "png": .png]
        let folder = fixtures.appending(path: "formats")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !name.hasSuffix("json") {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
            #expect(ImageKind(firstBytes: bytes) == endings[String(name.split(separator: ".")[1])], "\(name)")
        }
    }

    @Test("A picture of a kind that is never read is named, with what to do")
    func unread() throws {
        let error = try #require(failure { _ = try ImageCodec.decode(Array("GIF89a\0\0\0\0\0\0".utf8), name: "x.jpg") })
        #expect(error.problem == "x.jpg is a GIF picture, which is not read")
        #expect(error.remedy == "Convert it to JPEG or PNG, or take it out of the data set.")
        for kind in ImageKind.allCases where ![.jpeg, .png, .webp, .heic, .avif, .tiff].contains(kind) {
            #expect(!kind.isDecodable && kind.packageHint == nil && ImageCodec.functions(of: kind) == nil)
        }
    }

    @Test("Where a library is not, the message names it and the package that brings it")
    func missing() {
        let error = ImageCodec.unread("x.heic", .heic, missing: ("libheif", "libheif1"))
        #expect(error.problem == "x.heic is an HEIC picture, which is not read without the package libheif1")
        #expect(error.remedy?.hasPrefix("Install libheif1 (outside Debian and Ubuntu: libheif), convert") == true)
        for library in OptionalLibrary.allCases where library.version == nil {
            #expect(library.state.hasPrefix("not found: package \(library.package(for: .tiff))"))
        }
        for kind in ImageKind.allCases { #expect(kind.isDecodable || kind.packageHint != nil || kind.library == nil) }
    }
}
