import Foundation
import LongTail
import Testing

@testable import LongTailVision

/// Formats and forms beside plain JPEG, PNG and WebP, against what Pillow reads (scripts/fixtures/formats.py).
@Suite struct FormatTests {
    private static let folder = fixtures.appending(path: "formats")

    private static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    private func expected() throws -> [String: Expected] {
        try Fixture<[String: Expected]>.read("formats/formats.json")
    }

    /// Decodes the fixtures with an ending, and says how far each may be from Pillow.
    private func compare(_ ending: String, tolerance: (String) -> Int) throws {
        var seen = 0
        for (name, wanted) in try expected() where name.hasSuffix(ending) {
            seen += 1
            let image = try ImageCodec.decode(Self.bytes(name), name: name)
            let apart = try #require(distance(image, try wanted.image), "\(name): \(image.size)")
            #expect(apart <= tolerance(name), "\(name): \(apart)")
        }
        #expect(seen > 7)
    }

    @Test("PNG and WebP, turned as their EXIF says, animations by their first frame, have Pillow's bytes")
    func linked() throws {
        try compare(".png") { _ in 0 }
        try compare(".webp") { _ in 0 }
    }

    @Test(
        "TIFF of every usual form comes out as with Pillow, turned as its tag says",
        .enabled(if: ImageKind.tiff.isDecodable, "no libtiff on this machine"))
    func tiff() throws {
        // Inks are mixed with another rounding.
        try compare(".tif") { $0 == "cmyk.tif" ? 1 : 0 }
    }

    @Test(
        "HEIC comes out as with Pillow and pillow-heif, whatever its EXIF says",
        .enabled(if: ImageKind.heic.isDecodable, "no libheif with an HEVC decoder on this machine"))
    func heic() throws {
        var seen = 0
        for (name, wanted) in try expected() where name.hasSuffix(".heic") {
            seen += 1
            let image = try ImageCodec.decode(Self.bytes(name), name: name)
            let apart = try #require(distance(image, try wanted.image), "\(name)")
            // Versions of libheif round colours of chroma at half the size differently.
            #expect(apart <= (name == "rgb-420.heic" ? 2 : 0), "\(name): \(apart)")
        }
        #expect(seen == 6)
    }

    @Test(
        "AVIF comes out as with Pillow, turned as the file says",
        .enabled(if: ImageKind.avif.isDecodable, "no libheif with an AV1 decoder on this machine"))
    func avif() throws {
        // Pillow's libavif interpolates chroma at half the size, libheif repeats it.
        try compare(".avif") { $0 == "rgb-420.avif" ? 40 : 1 }
    }

    @Test("Orientation is ignored where that is wanted: a picture is as it is stored, in every format")
    func ignored() throws {
        let reading = ImageReading(orientation: .ignore)
        for ending in ["png", "webp", "tif"] where ending != "tif" || ImageKind.tiff.isDecodable {
            let stored = try ImageCodec.decode(Self.bytes("orientation-1.\(ending)"), name: ending)
            for orientation in 1...8 {
                let name = "orientation-\(orientation).\(ending)"
                let image = try ImageCodec.decode(Self.bytes(name), name: name, reading: reading)
                #expect(image == stored, "\(name)")
                let turned = try ImageCodec.decode(Self.bytes(name), name: name)
                #expect((turned == stored) == (orientation == 1), "\(name)")
            }
        }
        let jpegs = try (1...8).map { orientation in
            try ImageCodec.decode(
                path: fixtures.appending(path: "orientation-\(orientation).jpg").path, reading: reading)
        }
        #expect(jpegs.allSatisfy { $0 == jpegs[0] })
    }

    @Test("A part of a turned picture has the bytes that the whole has there", arguments: 1...8)
    func parts(orientation: Int) throws {
        for ending in ["png", "webp"] {
            let picture = try EncodedImage(Self.bytes("orientation-\(orientation).\(ending)"), name: ending)
            let part = Box(top: 1, left: 2, height: 3, width: 2)
            #expect(try picture.decoded(part) == picture.decoded().cropped(part))
        }
    }

    @Test("A wrong ending does not matter")
    func misnamed() throws {
        try withFolder { folder in
            for (from, to) in [
                ("rgb.heic", "a.jpg"), ("rgb.avif", "b.png"), ("lzw.tif", "c.webp"), ("animation.webp", "d.heic"),
            ] {
                let bytes = try Self.bytes(from)
                guard ImageCodec.format(of: bytes) != nil else { continue }
                try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(to)"))
                #expect(try ImageCodec.decode(path: "\(folder)/\(to)") == ImageCodec.decode(bytes, name: from))
            }
        }
    }

    @Test("A file cut off anywhere is an error that names it, never a crash")
    func truncated() throws {
        let names = [
            "rgb.heic", "rgb-420.heic", "rgb.avif", "lzw.tif", "tiles.tif", "fax.tif", "animation.webp",
            "animation-lossy.webp", "animation-window.webp", "orientation-6.webp",
        ]
        for name in names {
            let bytes = try Self.bytes(name)
            guard ImageCodec.format(of: bytes) != nil else { continue }
            for length in stride(from: 0, to: bytes.count, by: name.hasSuffix("webp") ? 1 : 7) {
                let error = failure { _ = try ImageCodec.decode(Array(bytes[..<length]), name: name) }
                // What follows the compressed data of a still picture (EXIF) or of a TIFF may be missing.
                guard error != nil || name == "orientation-6.webp" || name.hasSuffix("tif") else {
                    Issue.record("\(name) cut to \(length) is read")
                    continue
                }
                #expect(error?.problem.contains(name) != false, "\(name) cut to \(length)")
            }
        }
    }

    @Test("Damaged bytes never crash, whatever they decode to", arguments: ["heic", "avif", "tif", "webp"])
    func damaged(ending: String) throws {
        let names = try expected().keys.filter { $0.hasSuffix(ending) }.sorted()
        guard ImageCodec.format(of: try Self.bytes(names[0])) != nil else { return }
        var refused = 0
        for (number, name) in names.enumerated() {
            let bytes = try Self.bytes(name)
            for trial in 0..<40 {
                var random = CounterRandom(seed: 2, purpose: .test, epoch: number, index: trial)
                var damaged = bytes
                for _ in 0..<1 + random.below(8) { damaged[random.below(bytes.count)] = UInt8(random.below(256)) }
                if failure(of: { _ = try ImageCodec.decode(damaged, name: name) }) != nil { refused += 1 }
            }
        }
        #expect(refused > names.count)
    }

    @Test("A frame that does not lie in its animation is refused")
    func frameOutside() throws {
        var bytes = try Self.bytes("animation-window.webp")
        let frame = try #require((0..<bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual("ANMF".utf8) })
        bytes[frame + 8] = 7  // columns 14 to 20 of 20
        let error = failure { _ = try ImageCodec.decode(bytes, name: "a.webp") }
        #expect(error?.problem == "a.webp: broken WebP: the first frame does not lie in the picture")
    }

    @Test(
        "A TIFF that promises 10⁹ pixels is refused before memory is taken",
        .enabled(if: ImageKind.tiff.isDecodable, "no libtiff on this machine"))
    func largeTIFF() throws {
        var bytes = try Self.bytes("motorola.tif")
        for tag in [0x00, 0x01] as [UInt8] {  // 256 and 257: width and height, each a number of 4 or 2 bytes
            let entry = try #require((8..<bytes.count - 12).first { bytes[$0] == 1 && bytes[$0 + 1] == tag })
            bytes.replaceSubrange(entry + 2..<entry + 12, with: [0, 4, 0, 0, 0, 1, 0, 0, 0x7B, 0x0D])
        }
        let error = try #require(failure { _ = try ImageCodec.decode(bytes, name: "a.tif") })
        #expect(error.problem == "a.tif: 31501 × 31501 pixels are more than the limit of 64 megapixels")
        #expect(error.remedy?.contains("Raise data.max-megapixels") == true)
        let allowed = failure {
            _ = try EncodedImage(bytes, name: "a.tif", reading: ImageReading(maxMegapixels: 993))
        }
        #expect(allowed == nil, "\(String(describing: allowed))")
    }

    @Test("The limit of pixels is a setting, down to one megapixel and up to a thousand")
    func limit() throws {
        let bytes = [UInt8](try ImageCodec.png(PixelImage(height: 1100, width: 1000) { $0.initialize(repeating: 7) }))
        func reading(_ megapixels: Int) throws {
            _ = try EncodedImage(bytes, name: "a", reading: ImageReading(maxMegapixels: megapixels))
        }
        #expect(
            failure { try reading(1) }?.problem == "a: 1000 × 1100 pixels are more than the limit of 1 megapixels")
        #expect(failure { try reading(2) } == nil)
        #expect(ImageReading(maxMegapixels: 1000).pixelLimit == 1_000_000_000)
        #expect(ImageReading().byteLimit == 256 << 20 && ImageReading(maxMegapixels: 200).byteLimit == 800_000_000)
    }

    @Test(
        "Forms of TIFF that are not read are told from damaged ones",
        .enabled(if: ImageKind.tiff.isDecodable, "no libtiff on this machine"))
    func unread() throws {
        for (name, words) in [("float.tif", "32-bit"), ("thumbnail.tif", "thumbnail")] {
            let error = try #require(failure { _ = try ImageCodec.decode(Self.bytes(name), name: name) })
            #expect(error.problem.contains("\(name) is a TIFF of a form that is not read"), "\(error)")
            #expect(error.problem.contains(words), "\(error)")
            #expect(error.remedy?.hasPrefix("Convert it") == true)
        }
    }

    @Test("Twelve bits in sixteen come out nearly black, and the picture says so")
    func nearlyBlack() throws {
        for name in ["gray-12.png", "gray-12.tif"] where ImageCodec.format(of: try Self.bytes(name)) != nil {
            let picture = try EncodedImage(Self.bytes(name), name: name)
            #expect(picture.isNearlyBlack(try picture.decoded()), "\(name)")
        }
        for name in ["gray-16.png", "rgb-16.png", "rgb.png"] {
            let picture = try EncodedImage(path: fixtures.appending(path: name).path)
            #expect(!picture.isNearlyBlack(try picture.decoded()), "\(name)")
        }
        let black = try PixelImage(height: 1, width: 1, bytes: [0, 0, 0])
        let eight = try EncodedImage([UInt8](ImageCodec.png(black)), name: "black")
        #expect(!eight.isNearlyBlack(try eight.decoded()), "a black picture of 8 bits is black")
    }

    @Test("The libraries that are not linked tell their versions")
    func versions() {
        for library in OptionalLibrary.allCases {
            guard let version = library.version else { continue }
            #expect(version.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+.*/) != nil, "\(version)")
            #expect(library.state.hasPrefix(version))
        }
    }
}
