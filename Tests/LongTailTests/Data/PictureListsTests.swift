import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Data sets on disk: which pictures are trained on and which are reported on.
@Suite struct PictureListsTests {
    @Test("A folder with train and test is its own split") func parts() throws {
        let folder = try PictureFolder()
        try folder.pictures(["train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg", "test/b/4.jpg"])
        let data = try TrainingData(recipe(.folder), root: folder.path, seed: 0)
        #expect(identities(data.dataset) == ["a/1.jpg", "b/2.jpg"] && data.notes.isEmpty)
        #expect(identities(try TestSplit.open(recipe(.folder), root: folder.path)) == ["a/3.jpg", "b/4.jpg"])
    }

    @Test("Class folders alone are parted by hash, and the run says so") func hashed() throws {
        let folder = try PictureFolder()
        let names = ["a", "b"].flatMap { name in (0..<12).map { "\(name)/\($0).jpg" } }
        try folder.pictures(names)
        let data = try TrainingData(recipe(.folder), root: folder.path, seed: 0)
        let test = try TestSplit.open(recipe(.folder), root: folder.path)
        // Python's hashes of "/0.jpg" to "/11.jpg" are below 0.2 for these four (HashSplitTests).
        #expect(
            identities(test)
                == ["a/0.jpg", "a/3.jpg", "a/5.jpg", "a/9.jpg", "b/0.jpg", "b/3.jpg", "b/5.jpg", "b/9.jpg"])
        #expect(Set(identities(test)).isDisjoint(with: identities(data.dataset)))
        #expect(Set(identities(test)).union(identities(data.dataset)) == Set(names))
        #expect(
            data.notes == [
                "no test pictures are named: 8 of 24 pictures are held out by the hash of their names, about 20 % of a "
                    + "class (salt ''); a model that was trained elsewhere may have seen them"
            ])
        #expect(try TestSplit.open(recipe(.folder) { $0.splitSalt = "b" }, root: folder.path).labels.count > 0)
        let all = recipe(.folder) { $0.testFraction = 0 }
        #expect(try TrainingData(all, root: folder.path, seed: 0).counts.counts == [12, 12])
        #expect(problem { _ = try TestSplit.open(all, root: folder.path) }.contains("folder has no test pictures"))
    }

    @Test("What a share means in classes of 1 to 5 pictures is said in numbers, as it came out") func smallClasses()
        throws
    {
        let folder = try PictureFolder()
        for (name, count) in [("a", 1), ("b", 1), ("c", 2), ("d", 3), ("e", 5), ("f", 30)] {
            try folder.pictures((0..<count).map { "\(name)/\(name)\($0).jpg" })
        }
        let data = try TrainingData(recipe(.folder), root: folder.path, seed: 0)
        let test = try TestSplit.open(recipe(.folder), root: folder.path)
        let held = (0..<6).map { label in test.labels.count { $0 == label } }
        // A class of one keeps it, and every other class gives one up at least.
        #expect(held[0] == 0 && held[1] == 0 && held[2] == 1 && held[3] >= 1 && held[4] >= 1)
        #expect(
            data.notes[0].contains(
                "\(test.count) of 42 pictures are held out by the hash of their names, about 20 % of a class (salt ''); "
                    + "small classes gave up of 1 picture 0 (2 classes), of 2 pictures 1 (1 class), "
                    + "of 3 pictures \(held[3]) (1 class), of 5 pictures \(held[4]) (1 class); 2 classes gave none and are "
                    + "in no figure; a model"), "\(data.notes)")
    }

    @Test("Small classes that give different numbers are said as a range; none is said where there is none")
    func smallRange() throws {
        let list = try ImageList(
            source: "s", paths: paths(10), labels: [0, 0, 0, 0, 0, 1, 1, 1, 1, 1], classNames: ["a", "b"])
        let text = HeldOutNote(list, held: [0, 5, 6]).text(share: 0.2, salt: "x")
        #expect(text.contains("small classes gave up of 5 pictures 1 to 2 (2 classes); a model"), "\(text)")
        #expect(!text.contains("gave none"))
        let one = HeldOutNote(list, held: [0]).text(share: 0.25, salt: "x")
        #expect(
            one.contains("about 25 % of a class (salt 'x')") && one.contains("1 class gave none and is in no figure"))
    }

    private func paths(_ count: Int) -> PathTable {
        var table = PathTable()
        for index in 0..<count { table.append("\(index).jpg") }
        return table
    }

    @Test("train without test is parted by hash; a class may be called train; data.test names a folder elsewhere")
    func otherFolders() throws {
        let folder = try PictureFolder()
        try folder.pictures(["one/train/a/1.jpg", "one/train/a/2.jpg", "one/train/b/1.jpg", "one/train/b/2.jpg"])
        #expect(try TestSplit.open(recipe(.folder), root: folder.path("one")).count == 2)
        try folder.pictures(["two/train/1.jpg", "two/train/2.jpg", "two/bus/1.jpg", "two/bus/2.jpg"])
        #expect(try TestSplit.open(recipe(.folder), root: folder.path("two")).classNames == ["bus", "train"])
        try folder.pictures(["three/a/7.jpg", "three/b/8.jpg"])
        let elsewhere = recipe(.folder) { $0.test = "../three" }
        #expect(identities(try TestSplit.open(elsewhere, root: folder.path("one"))) == ["a/7.jpg", "b/8.jpg"])
        try folder.pictures(["four/a/7.jpg", "four/c/8.jpg"])
        let strange = recipe(.folder) { $0.test = "../four" }
        let text = problem { _ = try TestSplit.open(strange, root: folder.path("one")) }
        #expect(text.contains("other classes than the training images: it has no folder 'b'; 'c' is in it alone"))
    }

    @Test("Published lists are found by name, in their folders, with the pictures of another release") func published()
        throws
    {
        let folder = try PictureFolder()
        try folder.write(
            "Places_LT/Places_LT_train.txt",
            PictureFolder.lines([
                ("data_256_standard/a/airfield/1.jpg", 0), ("data_256_standard/z/zoo/1.jpg", 1),
                ("data_256_standard/z/zoo/2.jpg", 1),
            ]))
        try folder.write("Places_LT_test.txt", PictureFolder.lines([("val_256/1.jpg", 1), ("val_256/2.jpg", 0)]))
        try folder.pictures(["data_256/a/airfield/1.jpg", "data_256/z/zoo/1.jpg", "data_256/z/zoo/2.jpg"])
        let data = try TrainingData(recipe(.placesLT), root: folder.path, seed: 0)
        #expect(data.counts.names == ["a/airfield", "z/zoo"] && data.counts.counts == [1, 2])
        #expect(data.notes.count == 1 && data.notes[0].hasSuffix("the pictures lie in data_256/"))
        #expect(data.dataset.normalization == .imageNet)
        #expect(identities(data.dataset)[0] == "data_256_standard/a/airfield/1.jpg")
        _ = try data.dataset.image(at: 0)
        #expect(try TestSplit.open(recipe(.placesLT), root: folder.path).labels == [1, 0])
    }

    @Test("iNaturalist has its own normalisation, and its test list two names") func iNaturalist() throws {
        let folder = try PictureFolder()
        try folder.write("iNaturalist18_train.txt", "train_val2018/Aves/1/a.jpg 1\ntrain_val2018/Plantae/0/b.jpg 0\n")
        try folder.write("iNaturalist18_val.txt", "train_val2018/Aves/1/c.jpg 1\n")
        let data = try TrainingData(recipe(.iNaturalist2018), root: folder.path, seed: 0)
        #expect(data.dataset.normalization == .iNaturalist)
        #expect(data.counts.names == ["Plantae/0", "Aves/1"])
        #expect(try TestSplit.open(recipe(.iNaturalist2018), root: folder.path).count == 1)
    }

    @Test("A list that is missing is told with its names and the key") func missingList() throws {
        let folder = try PictureFolder()
        let text = problem { _ = try TrainingData(recipe(.imageNetLT), root: folder.path, seed: 0) }
        #expect(text.contains("no ImageNet_LT_train.txt") && text.contains("data.train"))
        try folder.write("ImageNet_LT_train.txt", "train/n1/a.JPEG 0\n")
        let one = try TrainingData(recipe(.imageNetLT), root: folder.path, seed: 0)
        #expect(one.oneClass?.contains("there is one class alone, 'n1'") == true)
        try folder.write("ImageNet_LT_train.txt", "train/n1/a.JPEG 0\ntrain/n2/a.JPEG 1\n")
        let test = problem { _ = try TestSplit.open(recipe(.imageNetLT), root: folder.path, classNames: ["n1", "n2"]) }
        #expect(test.contains("no ImageNet_LT_test.txt") && test.contains("data.test"))
    }

    @Test("Lists and tables of one's own, with names, a root and a list to choose by") func own() throws {
        let folder = try PictureFolder()
        try folder.write("lists/train.txt", "a/1.jpg 0\nb/1.jpg 1\nb/2.jpg 1\n")
        try folder.write("lists/val.txt", "b/3.jpg 1\n")
        try folder.write("lists/test.txt", "x.jpg 1\n")
        try folder.write("names.txt", "ant\nbee\n")
        let own = recipe(.list) {
            ($0.train, $0.test, $0.validationList) = ("lists/train.txt", "lists/test.txt", "lists/val.txt")
            ($0.root, $0.classNames) = ("pictures", "names.txt")
        }
        let data = try TrainingData(own, root: folder.path, seed: 0)
        #expect(data.counts.names == ["ant", "bee"] && data.counts.counts == [1, 2])
        #expect(identities(data.validation) == ["b/3.jpg"])
        #expect(try TestSplit.open(own, root: folder.path).classNames == ["ant", "bee"])
        #expect(problem { _ = try data.dataset.image(at: 1) }.contains("\(folder.path)/pictures/b/1.jpg"))
        try folder.write("t.csv", "path,class\nq/1.jpg,bee\nq/2.jpg,ant\nq/3.jpg,bee\nq/4.jpg,ant\n")
        let table = recipe(.csv) { $0.train = "t.csv" }
        #expect(try TrainingData(table, root: folder.path, seed: 0).counts.counts == [1, 1])
        #expect(try TestSplit.open(table, root: folder.path).labels.sorted() == [0, 1])
    }

    @Test("Keys of lists stand only where lists are") func conflicts() throws {
        func message(_ data: String) -> String {
            problem { _ = try Recipe.parse("data: { \(data) }\nstages: [fc: ]") }
        }
        #expect(message("name: list").contains("data.train is missing: list needs it"))
        #expect(message("name: cifar-10, train: x.txt").contains("data.train is not for cifar-10, which has no lists"))
        #expect(
            message("name: folder, validation: 2, validation-list: x").contains("data.validation is for sets without"))
        #expect(message("name: folder, test-fraction: 1").contains("data.test-fraction must be from 0.0 to 0.9"))
    }
}
