import Foundation
import LongTail
import Testing

@testable import LongTailTraining

/// What a recipe says of how files are read holds in training, evaluation and prediction alike.
@Suite struct ImageReadingTests {
    private static let formats = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../VisionTests/Fixtures/formats").standardizedFileURL

    private func copy(_ name: String, to path: String) throws {
        try AtomicFile.write(Data(contentsOf: Self.formats.appending(path: name)), to: path)
    }

    private func recipe(_ keys: String) throws -> Recipe {
        try Recipe.parse(
            "data: { name: folder, preparation: [{ resize: 16 }, { center-crop: 16 }]\(keys) }\nstages: [pre-train: ]")
    }

    @Test("The keys have their defaults, their bounds and their words")
    func keys() throws {
        #expect(try recipe("").data.reading == ImageReading())
        let other = try recipe(", exif-orientation: ignore, max-megapixels: 200")
        #expect(other.data.reading == ImageReading(orientation: .ignore, maxMegapixels: 200))
        #expect(try Recipe.parse(other.yaml) == other)
        for keys in [", exif-orientation: upright", ", max-megapixels: 0", ", max-megapixels: 1001"] {
            #expect(throws: LongTailError.self) { _ = try recipe(keys) }
        }
    }

    @Test("A picture is turned for training, testing and predicting, or for none of them", arguments: [true, false])
    func orientation(turns: Bool) throws {
        let folder = try PictureFolder()
        for part in ["train/a/1.png", "train/b/1.png", "test/a/2.png", "test/b/2.png"] {
            try copy("orientation-6.png", to: folder.path(part))
        }
        let data = try recipe(turns ? "" : ", exif-orientation: ignore").data
        let size = turns ? ImageSize(height: 7, width: 5) : ImageSize(height: 5, width: 7)
        #expect(try TrainingData(data, root: folder.path, seed: 0).dataset.image(at: 0).size == size)
        #expect(try TestSplit.open(data, root: folder.path).image(at: 1).size == size)
        // The square from the middle of the turned picture is the turned square.
        let upright = try ImageCodec.decode(path: Self.formats.appending(path: "orientation-1.png").path)
        let prepared = try data.input().prepare(path: folder.path("test/a/2.png"))
        var random = CounterRandom(seed: 0, purpose: .augmentation)
        let stored = try data.evaluationTransform.apply(to: .pixels(upright), random: &random)
        #expect((prepared == stored) == !turns)
    }

    @Test("The limit of pixels holds in training and predicting, and its message says how to raise it")
    func limit() throws {
        let folder = try PictureFolder()
        let large = try PixelImage(height: 1000, width: 1100, bytes: [UInt8](repeating: 9, count: 3_300_000))
        for part in ["train/a/1.png", "train/b/1.png", "test/a/2.png", "test/b/2.png"] {
            try AtomicFile.write(ImageCodec.png(large), to: folder.path(part))
        }
        let small = try recipe(", max-megapixels: 1").data
        let path = folder.path("test/a/2.png")
        for read in [
            { _ = try TrainingData(small, root: folder.path, seed: 0).dataset.image(at: 0) },
            { _ = try small.input().prepare(path: path) },
        ] {
            let error = #expect(throws: LongTailError.self) { try read() }
            #expect(error?.problem.contains("1100 × 1000 pixels are more than the limit of 1 megapixels") == true)
            #expect(error?.remedy?.hasPrefix("Raise data.max-megapixels") == true)
        }
        #expect(try recipe("").data.input().prepare(path: path).size == ImageSize(side: 16))
    }

    @Test("Twelve bits in sixteen are a note of the check, once for the set, where pictures are decoded")
    func nearlyBlack() throws {
        let folder = try PictureFolder()
        for part in ["train/a/1.png", "train/b/1.png", "test/a/2.png"] {
            try copy("gray-12.png", to: folder.path(part))
        }
        try copy("orientation-1.png", to: folder.path("test/b/2.png"))
        let notes = try DataCheck(recipe("").data, root: folder.path, decode: .max).notes.filter {
            $0.contains("16 bits")
        }
        #expect(notes.count == 1 && notes[0].hasPrefix("3 of 4 images"), "\(notes)")
        #expect(notes.first?.hasSuffix("\(folder.path)/train/a/1.png") == true)
        #expect(try !DataCheck(recipe("").data, root: folder.path).notes.contains { $0.contains("16 bits") })
    }
}
