import Foundation
import LongTail

/// A picture as the fixtures hold it.
struct Expected: Decodable {
    let height: Int
    let width: Int
    let bytes: Data

    var image: PixelImage {
        get throws(LongTailError) { try PixelImage(height: height, width: width, planes: Array(bytes)) }
    }
}

/// A fixture file: what the reference read, by case.
struct Fixture<Cases: Decodable>: Decodable {
    let cases: Cases

    static func read(_ name: String) throws -> Cases {
        try JSONDecoder().decode(Self.self, from: Data(contentsOf: fixtures.appending(path: name))).cases
    }
}

let fixtures = Bundle.module.bundleURL.appending(path: "Fixtures")

/// The folder with the real data sets: LONGTAIL_DATA, or shared/data beside the repository.
let realData: URL =
    ProcessInfo.processInfo.environment["LONGTAIL_DATA"].map { URL(fileURLWithPath: $0) }
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data")
    .standardizedFileURL

func hasRealData(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: realData.appending(path: folder).path)
}

/// A folder that is removed when the test is done.
func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "longtail-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
}

/// The failure that `body` throws; nil when it throws none.
func failure(of body: () throws -> Void) -> LongTailError? {
    do {
        try body()
        return nil
    } catch { return error as? LongTailError }
}

/// RFC 1950's checksum, as Python's zlib.adler32 computes it.
func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    for chunk in stride(from: 0, to: bytes.count, by: 5552) {
        for byte in bytes[chunk..<min(chunk + 5552, bytes.count)] {
            a &+= UInt32(byte)
            b &+= a
        }
        (a, b) = (a % 65521, b % 65521)
    }
    return b << 16 | a
}

/// Largest difference between two pictures' bytes; nil when their sizes differ.
func distance(_ a: PixelImage, _ b: PixelImage) -> Int? {
    guard a.height == b.height, a.width == b.width else { return nil }
    return zip(a.bytes, b.bytes).map { abs(Int($0) - Int($1)) }.max()
}

extension Transform {
    /// What comes out for a picture in memory, with the draws of a seed.
    func apply(_ image: PixelImage, seed: UInt64 = 0) throws(LongTailError) -> PixelImage {
        var random = CounterRandom(seed: seed, purpose: .test)
        return try apply(to: .pixels(image), random: &random)
    }
}
