import LongTailBasics

@testable import LongTailVision

/// Reads what names pictures and their classes: once by itself, once over classes that are known.
enum FuzzedList {
    private static let known = ["cat", "dog"]

    static func list(_ bytes: [UInt8]) throws(LongTailError) {
        let path = Scratch.file("list.txt", bytes)
        _ = try? ImageList.file(path, classes: known)
        _ = try ImageList.file(path, below: Scratch.folder)
    }

    static func table(_ bytes: [UInt8]) throws(LongTailError) {
        let path = Scratch.file("table.csv", bytes)
        _ = try? ImageList.csv(path, classes: known)
        _ = try ImageList.csv(path, below: Scratch.folder)
    }

    static func annotations(_ bytes: [UInt8]) throws(LongTailError) {
        let path = Scratch.file("annotations.json", bytes)
        _ = try? ImageList.coco(path, classes: known)
        _ = try? ImageList.coco(path, crops: true)
        _ = try ImageList.coco(path, below: Scratch.folder)
    }

    static func classNames(_ bytes: [UInt8]) throws(LongTailError) {
        let path = Scratch.file("classes.txt", bytes)
        _ = try? ClassNamesFile.read(path, over: ["n01440764", "n01443537"])
        _ = try ClassNamesFile.read(path)
    }
}
