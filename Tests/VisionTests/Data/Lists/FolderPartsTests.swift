import Foundation
import LongTail
import Testing

/// Which words and which folders mean a part of a data set.
@Suite struct FolderPartsTests {
    @Test("Words for parts in any spelling, and words that are none") func words() {
        let known: [ListPart: [String]] = [
            .train: ["train", "Train", "TRAIN", "training", "seg_train", "train_images", "Training Set", "train2017"],
            .validation: ["val", "valid", "validation", "dev", "Val", "validation-data", "images_val", "val2017"],
            .test: ["test", "Testing", "TEST", "seg_test", "test_set", "test-images", "test.images"],
        ]
        for (part, words) in known {
            for word in words { #expect(ListPart(word: word) == part, "\(word)") }
        }
        for word in ["trains", "heron", "", "images", "trainspotting", "train_station", "train_test", "devon", "7"] {
            #expect(ListPart(word: word) == nil, "\(word)")
        }
    }

    private func parts(_ pictures: [String], _ body: (FolderParts, String) throws -> Void) throws {
        try withFolder { folder in
            for picture in pictures { try AtomicFile.write("x", to: "\(folder)/\(picture)") }
            try body(FolderParts(folder), folder)
        }
    }

    /// The folder of a part; nil for none, and for one that is refused.
    private func place(_ parts: FolderParts, _ part: ListPart) -> String? { (try? parts.folder(part)) ?? nil }

    @Test("Folders of parts are found; a class called train is none") func folders() throws {
        try parts(["Train/a/1.jpg", "Test/a/1.jpg", "extra/1.jpg"]) { parts, folder in
            #expect(parts.areParts && parts.others == ["extra"])
            #expect(place(parts, .train) == "\(folder)/Train")
            #expect(place(parts, .test) == "\(folder)/Test")
            #expect(place(parts, .validation) == nil)
        }
        try parts(["train/1.jpg", "bus/1.jpg"]) { parts, _ in #expect(!parts.areParts && !parts.lacksTraining) }
        try parts(["val/a/1.jpg", "TEST/a/1.jpg"]) { parts, _ in #expect(!parts.areParts && parts.lacksTraining) }
    }

    @Test("A part in a folder of its own name is that one; of two that hold classes none is guessed") func doubled()
        throws
    {
        try parts(["seg_train/seg_train/a/1.jpg", "seg_test/seg_test/a/1.jpg", "seg_pred/1.jpg"]) { parts, folder in
            #expect(place(parts, .train) == "\(folder)/seg_train/seg_train")
            #expect(place(parts, .test) == "\(folder)/seg_test/seg_test")
            #expect(parts.others == ["seg_pred"])
        }
        try parts(["train/a/1.jpg", "train_images/1.jpg"]) { parts, folder in
            #expect(place(parts, .train) == "\(folder)/train")
        }
        try parts(["train/a/1.jpg", "Training/a/1.jpg"]) { parts, folder in
            let refused = failure { _ = try parts.folder(.train) }
            #expect(refused?.problem == "\(folder) holds 2 folders of train pictures: 'Training', 'train'")
            #expect(refused?.remedy?.contains("data.train") == true)
        }
    }

    @Test("A test folder may lack classes, or have empty ones; a class that is in it alone is named") func lacking()
        throws
    {
        try withFolder { folder in
            let picture = try Data(contentsOf: fixtures.appending(path: "rgb.png"))
            for name in ["a", "b"] { try AtomicFile.write(picture, to: "\(folder)/test/\(name)/1.png") }
            let classes = ["a", "b", "c"]
            let test = try ImageList.folder("\(folder)/test", classes: classes, isWhole: false)
            #expect(test.labels == [0, 1] && test.classNames == classes)
            try FileManager.default.createDirectory(atPath: "\(folder)/test/c", withIntermediateDirectories: true)
            #expect(try ImageList.folder("\(folder)/test", classes: classes, isWhole: false).labels == [0, 1])
            #expect(failure { _ = try ImageList.folder("\(folder)/test", classes: classes) } != nil)
            let strange = failure { _ = try ImageList.folder("\(folder)/test", classes: ["a", "b"], isWhole: false) }
            #expect(strange?.problem.hasSuffix("other classes than the training images: 'c' is in it alone") == true)
        }
    }

    @Test(
        "What a file is that is no list is told",
        arguments: [
            ("PK\u{3}\u{4}....[Content_Types].xml....xl/workbook.xml", "an Excel file"),
            ("PK\u{3}\u{4}....photos/1.jpg", "a zip archive"), ("PAR1....", "a Parquet file"),
            ("SQLite format 3\u{0}", "an SQLite database"), ("%PDF-1.7", "a PDF file"),
            ("<!DOCTYPE html><html>", "a web page"), ("<?xml version=\"1.0\"?>", "XML"),
            ("{\"images\": []}", "JSON"), (" [\n {\"file\": 1}]", "JSON"),
            ("p\u{0}a\u{0}t\u{0}h\u{0}", "text in UTF-16"),
        ]) func foreign(text: String, what: String) throws
    {
        try withFolder { folder in
            try AtomicFile.write(text, to: "\(folder)/t")
            let readers: [() throws -> Void] = [
                { _ = try ImageList.csv("\(folder)/t") }, { _ = try ImageList.file("\(folder)/t") },
                { _ = try ClassNamesFile.read("\(folder)/t") },
            ]
            for read in readers {
                let refused = failure(of: read)
                #expect(refused?.problem == "\(folder)/t is \(what)" && refused?.remedy != nil, "\(refused as Any)")
            }
        }
    }

    @Test("Brackets may begin a path of a list") func brackets() throws {
        try withFolder { folder in
            try AtomicFile.write("[a]/1.jpg 0\n{b}/1.jpg 1\n", to: "\(folder)/t")
            #expect(try ImageList.file("\(folder)/t").classNames == ["[a]", "{b}"])
        }
    }
}
