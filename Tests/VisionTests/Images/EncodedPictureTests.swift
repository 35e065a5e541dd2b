import Foundation
import LongTail
import Testing

@testable import LongTailVision

@Suite struct EncodedPictureTests {
    private static let names =
        ["rgb-420.jpg", "rgb-444.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg", "interlaced.png", "lossy.webp"]
        + (1...8).map { "orientation-\($0).jpg" }

    private func picture(_ name: String) throws -> EncodedImage {
        try EncodedImage(path: fixtures.appending(path: name).path)
    }

    @Test("The header tells the sides that the decoded picture has, turned where EXIF says so")
    func header() throws {
        let expected = try Fixture<[String: Expected]>.read("pictures.json")
            .merging(Fixture<[String: Expected]>.read("webp.json")) { first, _ in first }
        for (name, picture) in expected {
            #expect(
                try self.picture(name).size == ImageSize(height: picture.height, width: picture.width), "\(name)")
        }
    }

    @Test("WebP decodes to Pillow's bytes, lossy, lossless and without its alpha")
    func webp() throws {
        let expected = try Fixture<[String: Expected]>.read("webp.json")
        #expect(expected.count == 3)
        for (name, wanted) in expected {
            let apart = distance(try picture(name).decoded(), try wanted.image)
            #expect(apart == 0, "\(name)")
        }
    }

    @Test("Any part is decoded to the bytes that the whole picture has there", arguments: names)
    func parts(name: String) throws {
        let picture = try picture(name)
        let whole = try picture.decoded()
        for trial in 0..<60 {
            let part = randomPart(of: whole.size, trial)
            #expect(try picture.decoded(part) == whole.cropped(part), "\(name) \(part)")
        }
    }

    @Test(
        "Parts of photographs are exact, whatever their chroma",
        .enabled(if: hasRealData("imagenet-samples"), "no ../shared/data"))
    func photographs() throws {
        let folder = realData.appending(path: "imagenet-samples").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        for (number, name) in names.enumerated() where number % 4 == 0 {
            let picture = try EncodedImage(path: "\(folder)/\(name)")
            let whole = try picture.decoded()
            for trial in 0..<3 {
                let part = randomPart(of: whole.size, trial + 10 * number)
                #expect(try picture.decoded(part) == whole.cropped(part), "\(name) \(part)")
            }
        }
    }

    @Test("Fast decoding comes near the exact picture, at the full size and at a fraction", arguments: [12, 6, 4])
    func fast(side: Int) throws {
        for name in ["rgb-444.jpg", "rgb-420.jpg", "orientation-6.jpg"] {
            let picture = try picture(name)
            func make(_ decoding: Transform.Decoding) throws -> PixelImage {
                var random = CounterRandom(seed: 0, purpose: .test)
                return try Transform([Resize(side), CenterCrop(side)], decoding: decoding)
                    .apply(to: .encoded(picture), random: &random)
            }
            let (fast, exact) = (try make(.fast), try make(.exact))
            let apart = zip(fast.bytes, exact.bytes).map { abs(Double($0) - Double($1)) }.reduce(0, +)
            #expect(apart / Double(fast.bytes.count) < 14, "\(name)")
            #expect(side > 4 || fast != exact)
        }
    }

    @Test("Fast decoding gives a part the bytes that it gives the whole picture there", arguments: [8, 4, 2, 1])
    func fastParts(eighths: Int) throws {
        for name in ["rgb-420.jpg", "rgb-444.jpg", "gray.jpg", "cmyk.jpg", "orientation-4.jpg", "orientation-6.jpg"] {
            let picture = try picture(name)
            let size = picture.scaledSize(eighths: eighths)
            let whole = try picture.decodeJPEG(Box(size), eighths: eighths, fast: true)
            for trial in 0..<40 {
                var part = randomPart(of: size, trial)
                if trial % 2 == 0 {
                    // From the corner of a block to the right edge: rows that are decoded in place.
                    (part.top, part.left) = (part.top & ~15, part.left & ~15)
                    part.width = size.width - part.left
                }
                #expect(
                    try picture.decodeJPEG(part, eighths: eighths, fast: true) == whole.cropped(part), "\(name) \(part)"
                )
            }
        }
    }

    @Test(
        "A fault amid a JPEG leaves what comes before it, and the rest to libjpeg",
        arguments: ["rgb-420.jpg", "gray.jpg"])
    func fault(name: String) throws {
        let sound = try picture(name)
        let whole = try sound.decoded()
        let middle = sound.bytes.count - 40
        // Sixteen ones are no code, of any table; an end of the picture that comes early ends the scan.
        for fault: [UInt8] in [Array(repeating: [0xFF, 0], count: 8).flatMap { $0 }, [0xFF, 0xD9]] {
            var bytes = sound.bytes
            bytes.replaceSubrange(middle..<middle + fault.count, with: fault)
            let damaged = try EncodedImage(bytes, name: name).decoded()
            #expect(damaged != whole)
            let first = Box(top: 0, left: 0, height: 4, width: whole.width)
            #expect(damaged.cropped(first) == whole.cropped(first))
        }
    }

    @Test("A folder, a pipe and a missing file are refused by name")
    func unreadable() {
        for path in ["/nowhere/a.jpg", "/", "/dev/null"] {
            #expect(failure { _ = try EncodedImage(path: path) }?.problem.contains(path) == true)
        }
    }

    private func randomPart(of size: ImageSize, _ trial: Int) -> Box {
        var random = CounterRandom(seed: 5, purpose: .test, index: trial)
        let (top, left) = (random.below(size.height), random.below(size.width))
        return Box(
            top: top, left: left, height: 1 + random.below(size.height - top),
            width: 1 + random.below(size.width - left))
    }
}
