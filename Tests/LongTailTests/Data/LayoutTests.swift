import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Layouts that people's folders, tables and annotations have: what is trained on, chosen by and tested on.
@Suite struct LayoutTests {
    @Test(
        "Folders for training and test are found in any spelling, and the run says which",
        arguments: [("Train", "Test"), ("training", "testing"), ("seg_train", "seg_test"), ("TRAIN", "test_images")])
    func spellings(train: String, test: String) throws {
        let folder = try PictureFolder()
        try folder.pictures(["\(train)/a/1.jpg", "\(train)/b/2.jpg", "\(test)/a/3.jpg", "\(test)/b/4.jpg"])
        let data = try TrainingData(recipe(.folder), root: folder.path, seed: 0)
        #expect(identities(data.dataset) == ["a/1.jpg", "b/2.jpg"] && data.validation.count == 0)
        #expect(identities(try TestSplit.open(recipe(.folder), root: folder.path)) == ["a/3.jpg", "b/4.jpg"])
        #expect(
            data.notes == ["\(folder.path)/\(train) is trained on; \(folder.path)/\(test) is tested on"],
            "\(data.notes)")
        #expect(try DataCheck(recipe(.folder), root: folder.path).problems.isEmpty)
    }

    @Test("Validation pictures beside a test are chosen by; without one they are the test") func validation() throws {
        let folder = try PictureFolder()
        try folder.pictures([
            "train/a/1.jpg", "train/b/2.jpg", "Val/a/3.jpg", "Val/b/4.jpg", "test/a/5.jpg", "test/b/6.jpg", "x/y/7.jpg",
        ])
        let three = try TrainingData(recipe(.folder), root: folder.path, seed: 0)
        #expect(identities(three.validation) == ["a/3.jpg", "b/4.jpg"])
        #expect(identities(try TestSplit.open(recipe(.folder), root: folder.path)) == ["a/5.jpg", "b/6.jpg"])
        let root = folder.path
        #expect(
            three.notes == [
                "\(root)/train is trained on; \(root)/test is tested on; \(root)/Val is chosen by; \(root)/x is left out"
            ], "\(three.notes)")
        var own = recipe(.folder)
        own.validation = 1
        #expect(problem { _ = try TrainingData(own, root: root, seed: 0) } != "none")  // classes of one picture
        try FileManager.default.removeItem(atPath: "\(root)/test")
        let two = try TrainingData(recipe(.folder), root: root, seed: 0)
        #expect(two.validation.count == 0 && two.dataset.count == 2)
        #expect(identities(try TestSplit.open(recipe(.folder), root: root)) == ["a/3.jpg", "b/4.jpg"])
        #expect(two.notes.contains { $0.contains("\(root)/Val is the test, for there is no other") }, "\(two.notes)")
        let named = recipe(.folder) { $0.test = "Val" }
        #expect(identities(try TestSplit.open(named, root: root)) == ["a/3.jpg", "b/4.jpg"])
    }

    @Test("Parts without training pictures are told, and the test alone is enough for a trained model") func lone()
        throws
    {
        let folder = try PictureFolder()
        try folder.pictures(["Test/a/1.jpg", "Test/b/2.jpg", "val/a/3.jpg"])
        let text = problem { _ = try TrainingData(recipe(.folder), root: folder.path, seed: 0) }
        #expect(text.contains("holds 'val', 'Test', but no training pictures"), "\(text)")
        let test = try TestSplit.open(recipe(.folder), root: folder.path, classNames: ["a", "b"])
        #expect(identities(test) == ["a/1.jpg", "b/2.jpg"])
    }

    @Test("A class without test pictures is reported by name in every layout; one in the test alone is refused")
    func lacking() throws {
        let folder = try PictureFolder()
        try folder.pictures(["d/train/a/1.jpg", "d/train/b/2.jpg", "d/test/a/3.jpg"])
        try folder.write("train.csv", "d/train/a/1.jpg,a\nd/train/b/2.jpg,b\n")
        try folder.write("test.csv", "d/test/a/3.jpg,a\n")
        try folder.write(
            "split.csv", "path,label,split\nd/train/a/1.jpg,a,train\nd/train/b/2.jpg,b,train\nd/test/a/3.jpg,a,test\n")
        try folder.write("train.txt", "d/train/a/1.jpg 0\nd/train/b/2.jpg 1\n")
        try folder.write("test.txt", "d/test/a/3.jpg 0\n")
        func look(_ recipe: DataRecipe, _ root: String) throws {
            let check = try DataCheck(recipe, root: root)
            #expect(check.notes.contains("1 class has no test image: 'b'"), "\(check.notes)")
            #expect(check.problems.isEmpty, "\(check.problems)")
            let test = try TestSplit.open(recipe, root: root, classNames: ["a", "b"])
            #expect(test.labels == [0] && test.classNames == ["a", "b"])
        }
        try look(recipe(.folder), folder.path("d"))
        try FileManager.default.createDirectory(atPath: folder.path("d/test/b"), withIntermediateDirectories: true)
        try look(recipe(.folder), folder.path("d"))
        try look(recipe(.csv) { ($0.train, $0.test) = ("train.csv", "test.csv") }, folder.path)
        try look(recipe(.csv) { $0.train = "split.csv" }, folder.path)
        try look(recipe(.list) { ($0.train, $0.test) = ("train.txt", "test.txt") }, folder.path)
        try folder.pictures(["d/test/c/4.jpg"])
        let strange = problem { _ = try TestSplit.open(recipe(.folder), root: folder.path("d")) }
        #expect(strange.contains("'c' is in it alone"), "\(strange)")
        try folder.write("split.csv", "path,label,split\n1.jpg,a,train\n2.jpg,b,train\n3.jpg,c,test\n")
        let table = problem {
            _ = try TrainingData(recipe(.csv) { $0.train = "split.csv" }, root: folder.path, seed: 0)
        }
        #expect(table.contains("split.csv: no row to train on has the class 'c'"), "\(table)")
    }

    @Test("One class alone stops a run before its weights, and names the folder that was meant") func level() throws {
        let folder = try PictureFolder()
        try folder.pictures(["images/a/1.jpg", "images/a/2.jpg", "images/b/1.jpg", "images/b/2.jpg"])
        let text = problem {
            _ = try Preparation(
                Recipe.parse(
                    "data: { name: folder }\nnetwork: { name: resnet18, checkpoint: none.pth }\nstages: [fc: ]"),
                root: folder.path)
        }
        #expect(text.contains("one class alone, 'images'") && text.contains("\(folder.path)/images, as it looks"))
        #expect(try DataCheck(recipe(.folder), root: folder.path).problems.contains { $0.contains("one class alone") })
    }

    @Test("Rows of a table go where its column of parts says; validation is the test without another") func split()
        throws
    {
        let folder = try PictureFolder()
        let rows = [("1", "a", "train"), ("2", "b", "Training"), ("3", "a", "val"), ("4", "b", "valid")]
        let table = "image_id,split,label\n" + rows.map { "p/\($0.0),\($0.2),\($0.1)\n" }.joined()
        try folder.pictures((1...6).map { "p/\($0).jpg" })
        try folder.write("t.csv", table)
        let own = recipe(.csv) { $0.train = "t.csv" }
        let two = try TrainingData(own, root: folder.path, seed: 0)
        #expect(identities(two.dataset) == ["p/1", "p/2"] && two.validation.count == 0)
        #expect(identities(try TestSplit.open(own, root: folder.path)) == ["p/3", "p/4"])
        #expect(
            two.notes.contains {
                $0.hasSuffix("2 are trained on, 2 for validation are the test, for there is no other")
            })
        #expect(two.notes.contains { $0.hasSuffix("lists pictures without the .jpg that their names end with") })
        _ = try two.dataset.image(at: 1)
        try folder.write("t.csv", table + "p/5,test,a\np/6,test,b\n")
        let three = try TrainingData(own, root: folder.path, seed: 0)
        #expect(identities(three.dataset) == ["p/1", "p/2"] && identities(three.validation) == ["p/3", "p/4"])
        #expect(identities(try TestSplit.open(own, root: folder.path)) == ["p/5", "p/6"])
        #expect(
            three.notes.contains {
                $0.hasSuffix("2 are trained on, 2 for validation are chosen by, 2 for test are tested on")
            }, "\(three.notes)")
        let again = recipe(.csv) { ($0.train, $0.test) = ("t.csv", "t.csv") }
        #expect(identities(try TestSplit.open(again, root: folder.path)) == ["p/5", "p/6"])
        #expect(try TrainingData(again, root: folder.path, seed: 0).dataset.count == 2)
    }

    @Test("A table that lies among its pictures is read from there, and columns can be named") func beside() throws {
        let folder = try PictureFolder()
        try folder.pictures(["export/train/1.jpg", "export/train/2.jpg"])
        try folder.write("export/train/_classes.csv", "filename,heron,stork\n1.jpg,1,0\n2.jpg,0,1\n")
        let data = try TrainingData(
            recipe(.csv) { ($0.train, $0.testFraction) = ("export/train/_classes.csv", 0) }, root: folder.path, seed: 0)
        #expect(data.counts.names == ["heron", "stork"])
        _ = try data.dataset.image(at: 1)
        #expect(data.notes.contains { $0.contains("its paths are read from where it lies") })
        try folder.write("odd.csv", "who,which\nheron,export/train/1.jpg\nstork,export/train/2.jpg\n")
        let named = recipe(.csv) { ($0.train, $0.columns, $0.testFraction) = ("odd.csv", ["which", "who"], 0) }
        #expect(identities(try TrainingData(named, root: folder.path, seed: 0).dataset)[1] == "export/train/2.jpg")
        func message(_ data: String) -> String {
            problem { _ = try Recipe.parse("data: { \(data) }\nstages: [fc: ]") }
        }
        #expect(message("name: csv, train: x, columns: [a]").contains("data.columns needs two names, not 1"))
        #expect(message("name: list, train: x, columns: [a, b]").contains("data.columns is for csv, not for list"))
        #expect(message("name: folder, crop-boxes: true").contains("data.crop-boxes is for JSON annotations"))
        #expect(message("name: coco").contains("data.train is missing: coco needs it"))
    }

    @Test(
        "JSON annotations are read by content under coco, csv and list, whole or box by box",
        arguments: ["coco", "csv", "list"])
    func annotations(name: String) throws {
        let folder = try PictureFolder()
        try folder.pictures(["p/1.jpg", "p/2.jpg", "p/3.jpg"])
        func text(_ pairs: [(Int, Int, String)]) -> String {
            let images = (1...3).map { "{\"id\": \($0), \"file_name\": \"p\\\\\($0).jpg\"}" }.joined(separator: ", ")
            let notes = pairs.map { "{\"image_id\": \($0.0), \"category_id\": \($0.1), \"bbox\": \($0.2)}" }
            return """
                {"images": [\(images)], "annotations": [\(notes.joined(separator: ", "))],
                 "categories": [{"id": 1, "name": "fox"}, {"id": 2, "name": "bear"}]}
                """
        }
        let pairs = [(1, 1, "[0, 0, 4, 4]"), (2, 2, "[0, 0, 4, 4]"), (3, 2, "[1, 1, 4, 4]"), (3, 1, "[2, 2, 4, 4]")]
        try folder.write("t.json", text(pairs))
        var own = recipe(try #require(DataRecipe.Name(rawValue: name))) { ($0.train, $0.testFraction) = ("t.json", 0) }
        let whole = try TrainingData(own, root: folder.path, seed: 0)
        #expect(identities(whole.dataset) == ["p/1.jpg", "p/2.jpg"] && whole.counts.names == ["fox", "bear"])
        #expect(whole.notes.contains { $0.hasSuffix("1 picture of several categories is left out") }, "\(whole.notes)")
        #expect(whole.notes.contains { $0.hasSuffix("backslashes are read as slashes, as in p\\1.jpg") })
        own.lists.cropBoxes = true
        let boxes = try TrainingData(own, root: folder.path, seed: 0)
        #expect(boxes.counts.counts == [2, 2])
        #expect(try boxes.dataset.image(at: 3).size == ImageSize(side: 4))
        #expect(Set(identities(boxes.dataset)).count == 4 && boxes.listHash != whole.listHash)
        #expect(try DataCheck(own, root: folder.path, decode: .max).broken.isEmpty)
        // The same box twice is a repeat, with two classes a contradiction; a box beyond its picture is broken.
        try folder.write("t.json", text(pairs + [(1, 2, "[0, 0, 4, 4]"), (2, 2, "[90000, 0, 4, 4]")]))
        let check = try DataCheck(own, root: folder.path, decode: .max)
        #expect(
            check.problems.contains { $0.contains("two classes: p/1.jpg#0,0,4,4, 'fox' and 'bear'") },
            "\(check.problems)")
        #expect(check.broken.count == 1 && check.broken[0].contains("lies outside its"))
        try folder.write("t.csv", "p/1.jpg,a\np/2.jpg,b\n")
        var none = recipe(.csv) { ($0.train, $0.cropBoxes) = ("t.csv", true) }
        #expect(problem { _ = try TrainingData(none, root: folder.path, seed: 0) }.contains("t.csv has no boxes"))
        none.name = .coco
        #expect(problem { _ = try TrainingData(none, root: folder.path, seed: 0) }.contains("t.csv is not JSON"))
    }
}
