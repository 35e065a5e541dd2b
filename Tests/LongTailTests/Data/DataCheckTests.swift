import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// What `longtail data check` finds.
@Suite struct DataCheckTests {
    private func recipe(_ name: DataRecipe.Name) -> DataRecipe {
        var recipe = DataRecipe()
        recipe.name = name
        if name == .list { (recipe.lists.train, recipe.lists.test) = ("train.txt", "test.txt") }
        return recipe
    }

    @Test("Missing, empty, broken and doubled images are counted and named") func problems() throws {
        let folder = try PictureFolder()
        try folder.write("train.txt", "a/1.jpg 0\na/2.jpg 0\nb/1.jpg 1\nb/2.jpg 1\nb/3.jpg 1\n")
        try folder.write("test.txt", "a/9.jpg 0\nb/1.jpg 1\n")
        try folder.pictures(["a/1.jpg", "b/1.jpg", "b/2.jpg", "a/9.jpg"])
        try folder.write("b/3.jpg", "")
        try folder.write("b/2.jpg", "not a picture")
        var looked = 0
        let check = try DataCheck(recipe(.list), root: folder.path, decode: .max) { looked += $0 }
        #expect(check.train.images == 5 && check.train.found == 3)
        #expect(check.train.missing == ["\(folder.path)/a/2.jpg", "\(folder.path)/b/3.jpg (empty)"])
        #expect(check.test?.images == 2 && check.test?.found == 2)
        #expect(check.notes.contains { $0.hasPrefix("1 test image a class (the median) shows") })
        #expect(check.shared == 1)
        #expect(check.decoded == 5 && looked == 7 + 5)
        #expect(check.broken.count == 1 && check.broken[0].contains("b/2.jpg"))
        #expect(check.counts.counts == [2, 3] && check.groups == [.few, .few])
        #expect(check.problems.count == 3, "\(check.problems)")
        #expect(check.problems[0].hasPrefix("2 of 5 training images are missing or empty: \(folder.path)/a/2.jpg"))
    }

    @Test("A folder's bad files are all named, with nothing decoded: empty ones, pages, texts, in both parts")
    func folderNamesAll() throws {
        let folder = try PictureFolder()
        try folder.pictures(["train/a/1.jpg", "train/a/2.jpg", "train/b/1.jpg", "test/a/3.jpg", "test/b/2.jpg"])
        for name in ["train/a/3.jpg", "train/b/2.png"] { try folder.write(name, "") }
        try folder.write("train/b/3.webp", "<html>404</html>")
        try folder.write("test/b/4.JPEG", "not a picture")
        let check = try DataCheck(recipe(.folder), root: folder.path)
        #expect(check.train.missing == ["a/3.jpg", "b/2.png"].map { "\(folder.path)/train/\($0) (empty)" })
        #expect(check.broken.count == 2 && check.decoded == 0)
        #expect(check.broken[0].contains("train/b/3.webp") && check.broken[1].contains("test/b/4.JPEG"))
        #expect(check.problems.count == 2 && check.problems.contains("2 images cannot be decoded"), "\(check.problems)")
        // A run stops and names them all at once.
        do {
            _ = try TrainingData(recipe(.folder), root: folder.path, seed: 0)
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.problem.contains("3 files are called pictures and are none"))
            for name in ["a/3.jpg is empty", "b/2.png is empty", "b/3.webp is neither"] {
                #expect(error.problem.contains(name))
            }
        }
    }

    @Test("Fifty empty files take one check, and a message names five of them") func fifty() throws {
        let folder = try PictureFolder()
        try folder.pictures(["train/a/x.jpg", "train/b/x.jpg", "test/a/y.jpg", "test/b/y.jpg"])
        for index in 0..<50 { try folder.write("train/a/\(index).jpg", "") }
        let check = try DataCheck(recipe(.folder), root: folder.path)
        #expect(check.train.missing.count == 50)
        #expect(check.problems.count == 1 && check.problems[0].hasSuffix("and 45 more"), "\(check.problems)")
        do {
            _ = try TrainingData(recipe(.folder), root: folder.path, seed: 0)
            Issue.record("nothing was thrown")
        } catch { #expect(error.problem.contains("50 files") && error.problem.hasSuffix("and 45 more")) }
    }

    @Test(
        "Where broken training images are passed over, a check counts them; test images and whole classes stay problems"
    )
    func passedOver() throws {
        let folder = try PictureFolder()
        try folder.pictures(["train/a/1.jpg", "train/b/1.jpg", "train/b/2.jpg", "test/a/3.jpg", "test/b/2.jpg"])
        try folder.write("train/a/2.jpg", "")
        try folder.write("train/b/3.jpg", "not a picture")
        let half = try Data(contentsOf: URL(fileURLWithPath: folder.path("train/b/2.jpg")))
        try AtomicFile.write(half.prefix(half.count / 2), to: folder.path("train/b/2.jpg"))
        var skipping = recipe(.folder)
        skipping.brokenImages = .skip
        let check = try DataCheck(skipping, root: folder.path, decode: .max)
        #expect(check.problems.isEmpty, "\(check.problems)")
        #expect(check.notes.contains { $0.hasPrefix("3 training images cannot be read and will be passed over") })
        #expect(try TrainingData(skipping, root: folder.path, seed: 0).counts.counts == [2, 3])
        try folder.write("test/b/4.jpg", "not a picture")
        try folder.write("train/a/1.jpg", "not a picture")
        let worse = try DataCheck(skipping, root: folder.path)
        #expect(worse.problems.contains("1 test image cannot be read"), "\(worse.problems)")
        #expect(worse.problems.contains("no training image can be read of class 'a'"), "\(worse.problems)")
        #expect(throws: LongTailError.self) { try TestSplit.open(skipping, root: folder.path) }
    }

    @Test("A whole set has no problems; decoding some takes them evenly") func whole() throws {
        let folder = try PictureFolder()
        try folder.pictures(["train/a/1.jpg", "train/a/2.jpg", "train/b/1.jpg", "test/a/3.jpg", "test/b/2.jpg"])
        let check = try DataCheck(recipe(.folder), root: folder.path, decode: 2)
        #expect(check.problems.isEmpty, "\(check.problems)")
        #expect(check.decoded == 4 && check.shared == 0 && check.expected == nil)
    }

    @Test("The same photograph in both folders is found by its content, whatever its name") func copies() throws {
        let folder = try PictureFolder()
        try folder.pictures(["train/a/1.jpg", "train/b/1.jpg", "test/a/3.jpg", "test/b/2.jpg"])
        try AtomicFile.write(
            Data(contentsOf: URL(fileURLWithPath: folder.path("train/a/1.jpg"))), to: folder.path("test/b/2.jpg"))
        let check = try DataCheck(recipe(.folder), root: folder.path)
        #expect(check.shared == 1 && check.problems == ["1 training image is a test image too"])
    }

    @Test("A published set is set beside its published figures; a test list that is missing is a problem")
    func published() throws {
        let folder = try PictureFolder()
        try folder.write("ImageNet_LT_train.txt", "train/n1/1.JPEG 0\ntrain/n2/2.JPEG 1\ntrain/n2/3.JPEG 1\n")
        try folder.pictures(["train/n1/1.JPEG", "train/n2/2.JPEG", "train/n2/3.JPEG"])
        let check = try DataCheck(recipe(.imageNetLT), root: folder.path)
        #expect(check.test == nil)
        #expect(check.problems.contains { $0.contains("no ImageNet_LT_test.txt") })
        #expect(check.problems.contains("2 classes, published are 1000"))
        #expect(check.problems.contains("3 training images, published are 115846"))
        #expect(check.problems.contains("1 images in the smallest class, published are 5"))
        #expect(check.problems.count == 5)
    }

    @Test("Sets without files of their own are counted") func glyphs() throws {
        let check = try DataCheck(recipe(.glyphs), root: nil, decode: .max)
        #expect(check.train.images == check.train.found && check.train.images == 4000)
        #expect(check.problems.isEmpty && check.decoded == 0)
    }
}
