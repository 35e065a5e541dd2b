import Foundation
import LongTail
import Testing

@Suite struct ImageCodecTests {
    @Test("Every kind of JPEG and PNG decodes to the bytes that Pillow reads")
    func parity() throws {
        let cases = try Fixture<[String: Expected]>.read("pictures.json")
        #expect(cases.count == 24)
        for (name, expected) in cases {
            let image = try ImageCodec.decode(path: fixtures.appending(path: name).path)
            let apart = distance(image, try expected.image)
            #expect(apart == 0, "\(name)")
        }
    }

    struct Photograph: Decodable {
        let decoded: [Int]
        let shrunk: Expected
    }

    @Test(
        "Photographs decode and shrink as with Pillow",
        .enabled(if: hasRealData("imagenet-samples"), "no ../shared/data"))
    func photographs() throws {
        let cases = try Fixture<[String: Photograph]>.read("photographs.json")
        #expect(cases.count == 8)
        for (name, expected) in cases {
            let image = try ImageCodec.decode(path: realData.appending(path: "imagenet-samples/\(name)").path)
            #expect([image.height, image.width, Int(adler32(image.planes))] == expected.decoded, "\(name)")
            let shrunk = try Transform([Resize(32), CenterCrop(32)]).apply(image)
            #expect(try shrunk == expected.shrunk.image, "\(name)")
        }
    }

    @Test("A picture cut off anywhere is an error that names it, never a crash")
    func truncated() throws {
        for name in [
            "rgb-420.jpg", "progressive.jpg", "cmyk.jpg", "orientation-6.jpg", "rgb.png", "interlaced.png",
            "lossy.webp", "lossless.webp",
        ] {
            let bytes = [UInt8](try Data(contentsOf: fixtures.appending(path: name)))
            for length in 0..<bytes.count {
                let error = failure { _ = try ImageCodec.decode(Array(bytes[..<length]), name: name) }
                #expect(error?.problem.contains(name) == true, "\(name) cut to \(length)")
            }
        }
    }

    @Test("Damaged bytes never crash, whatever they decode to")
    func damaged() throws {
        let names = try Fixture<[String: Expected]>.read("pictures.json").keys.sorted()
        var refused = 0
        for (number, name) in names.enumerated() {
            let bytes = [UInt8](try Data(contentsOf: fixtures.appending(path: name)))
            for trial in 0..<200 {
                var random = CounterRandom(seed: 1, purpose: .test, epoch: number, index: trial)
                var damaged = bytes
                for _ in 0..<1 + random.below(8) { damaged[random.below(bytes.count)] = UInt8(random.below(256)) }
                if failure(of: { _ = try ImageCodec.decode(damaged, name: name) }) != nil { refused += 1 }
            }
        }
        #expect(refused > 500)
    }

    @Test("Empty, foreign and missing files are named")
    func foreign() {
        #expect(failure { _ = try ImageCodec.decode([], name: "a.png") }?.problem == "a.png is empty")
        #expect(
            failure { _ = try ImageCodec.decode(Array("hello".utf8), name: "b.jpg") }?.problem
                == "b.jpg is neither a JPEG, a PNG nor a WebP")
        #expect(
            failure { _ = try ImageCodec.decode(path: "/nowhere/c.jpg") }?.problem.contains("/nowhere/c.jpg") == true)
    }

    @Test(
        "A header that promises too many pixels is refused before memory is taken",
        arguments: ["rgb-420.jpg", "rgb.png"])
    func bomb(name: String) throws {
        var bytes = [UInt8](try Data(contentsOf: fixtures.appending(path: name)))
        if name.hasSuffix("jpg") {
            let frame = try #require((0..<bytes.count - 1).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
            bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        } else {
            bytes.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 1, 0, 0])
            bytes.replaceSubrange(29..<33, with: crc32(bytes[12..<29]))
        }
        let error = try #require(failure { _ = try ImageCodec.decode(bytes, name: name) })
        #expect(error.problem.contains("more than the limit of 64 megapixels"), "\(error)")
    }

    @Test("A PNG that was written reads back as the same picture")
    func encode() throws {
        for expected in try Fixture<[String: Expected]>.read("sources.json").values {
            let image = try expected.image
            #expect(try ImageCodec.decode([UInt8](ImageCodec.png(image)), name: "png") == image)
        }
    }

    @Test("The codecs tell their versions")
    func versions() throws {
        #expect(ImageCodec.versions.count == 3)
        #expect(ImageCodec.versions[0].wholeMatch(of: /libjpeg(-turbo)? [0-9.]+/) != nil, "\(ImageCodec.versions)")
        #expect(ImageCodec.versions[1].wholeMatch(of: /libpng 1\.[0-9.]+/) != nil, "\(ImageCodec.versions)")
    }

    private func crc32(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return withUnsafeBytes(of: (~crc).bigEndian) { Array($0) }
    }
}
