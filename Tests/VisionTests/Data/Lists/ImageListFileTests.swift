import Foundation
import LongTail
import Testing

/// List files: a path, a blank, a label.
@Suite struct ImageListFileTests {
    /// Reads a list of these bytes.
    private func read(_ text: String, classes: [String]? = nil) throws -> ImageList {
        try read(Data(text.utf8), classes: classes)
    }

    private func read(_ bytes: Data, classes: [String]? = nil) throws -> ImageList {
        var list: ImageList?
        try withFolder { folder in
            try AtomicFile.write(bytes, to: "\(folder)/list.txt")
            list = try ImageList.file("\(folder)/list.txt", classes: classes)
        }
        return try #require(list)
    }

    private func paths(_ list: ImageList) -> [String] { (0..<list.count).map { list.paths[$0] } }

    @Test("A byte order mark, Windows line ends, blank lines, tabs, blanks in paths and ./ are all fine")
    func forms() throws {
        let list = try read("\u{FEFF}train/b/1.jpg 1\r\n\r\n  ./train/a b/2 3.jpg\t0  \r\n \t\ntrain/b/ä.jpg 1")
        #expect(paths(list) == ["train/b/1.jpg", "train/a b/2 3.jpg", "train/b/ä.jpg"])
        #expect(list.labels == [1, 0, 1])
        #expect(list.classNames == ["a b", "b"])
        #expect(list.repeats.isEmpty)
    }

    @Test(
        "Wrong lines are told by file, number and reason",
        arguments: [
            ("a/1.jpg 0\na/2.jpg\n", ":2: no label after 'a/2.jpg'"),
            ("a/1.jpg -1\n", ":1: a negative label, -1"),
            ("a/1.jpg 1.0\n", ":1: '1.0' is no label"),
            ("a/1.jpg 99999999999999999999\n", ":1: '99999999999999999999' is no label"),
            ("a/1.jpg 0\nb/1.jpg 2\nc/1.jpg 0\n", ":2: label 2, but no picture has the label 1"),
            ("a/1.jpg 1999999999\n", ":1: label 1999999999, but no picture has the label 0"),
            ("\n/etc/passwd 0\n", ":2: an absolute path, '/etc/passwd'"),
            ("a/../../b.jpg 0\n", ":1: a path that climbs with '..', 'a/../../b.jpg'"),
            (".. 0\n", ":1: a path that climbs with '..', '..'"),
            (".//etc/passwd 0\n", ":1: an absolute path, '/etc/passwd'"),
            ("a/ 0\n", ":1: a path that ends with '/', 'a/'"),
            ("a/1.jpg 0\ra/2.jpg 0\n", ":1: a carriage return inside the line"),
            ("a/1\u{0}.jpg 0\n", ":1: a control character (0)"),
            (String(repeating: "x", count: 5000) + " 0\n", ":1: a path of 5000 bytes"),
            ("", "list.txt names no picture"), ("\n \r\n", "list.txt names no picture"),
        ]) func refused(text: String, message: String) throws
    {
        let problem = failure { _ = try read(text) }?.problem ?? "none"
        #expect(problem.contains("list.txt") && problem.contains(message), "\(problem)")
    }

    @Test("What is no text, no file or of another encoding is refused") func encodings() throws {
        func problem(_ bytes: [UInt8]) -> String { failure { _ = try read(Data(bytes)) }?.problem ?? "none" }
        #expect(problem([0x61, 0x0A, 0xE9, 0x2E, 0x20, 0x30]).contains(":1: no label"))
        #expect(problem([0x61, 0x20, 0x30, 0x0A, 0xE9, 0x2E, 0x20, 0x30]).contains(":2: not UTF-8"))
        #expect(problem([0xFF, 0xFE, 0x61, 0x00]).contains("UTF-16"))
        #expect(failure { _ = try ImageList.file("/nowhere/list.txt") }?.problem.contains("no such file") == true)
        #expect(failure { _ = try ImageList.file("/tmp") }?.problem == "/tmp is a folder, not a text file")
    }

    @Test("A label beyond the classes of the training list is refused; classes without a picture are not")
    func classes() throws {
        #expect(try read("val/2.jpg 2\n", classes: ["a", "b", "c"]).classNames == ["a", "b", "c"])
        let problem = failure { _ = try read("val/1.jpg 0\nval/2.jpg 3\n", classes: ["a", "b", "c"]) }?.problem
        #expect(problem?.contains("list.txt:2: label 3, but there are 3 classes: 0 to 2") == true)
    }

    @Test("Paths that stand again are found, with those whose label differs") func repeats() throws {
        let list = try read("a/1.jpg 0\nb/1.jpg 1\n./a/1.jpg 0\na/1.jpg 1\n")
        #expect(list.repeats.map(\.position) == [2, 3] && list.repeats.allSatisfy { $0.first == 0 })
        #expect(list.contradictions.map(\.position) == [3])
        #expect(list.shared(with: try read("x/1.jpg 0\nb/1.jpg 0\n")) == [1])
    }

    @Test("Classes are called after their folders, less what all begin with; numbers where that is not one to one")
    func names() throws {
        #expect(
            try read("train/n02/a.JPEG 0\ntrain/n01/b.JPEG 1\ntrain/n02/c.JPEG 0\n").classNames == ["n02", "n01"])
        #expect(
            try read("data_256_standard/a/airfield/1.jpg 0\ndata_256_standard/z/zoo/outdoor/2.jpg 1\n").classNames
                == ["a/airfield", "z/zoo/outdoor"])
        #expect(
            try read("t/Aves/7/a.jpg 0\nt/Plantae/8/b.jpg 1\n").classNames == ["Aves/7", "Plantae/8"])
        #expect(try read("all/1.jpg 0\nall/2.jpg 1\n").classNames == ["class-0", "class-1"])
        #expect(try read("a/1.jpg 0\nb/2.jpg 0\nc/3.jpg 1\n").classNames == ["class-0", "class-1"])
        #expect(try read("1.jpg 0\n").classNames == ["class-0"])
    }

    @Test("A list of iNaturalist's size is read whole: 437,513 pictures of 8,142 classes, in no order of classes")
    func largeList() throws {
        let (count, classes) = (437_513, 8142)
        func path(_ index: Int) -> String {
            let label = index * 5 % classes
            return "train_val2018/Kingdom\(label % 14)/\(label)/\(String(index, radix: 16))abcdef0123456789abcdef01.jpg"
        }
        var text = ""
        text.reserveCapacity(count * 64)
        for index in 0..<count { text += "\(path(index)) \(index * 5 % classes)\n" }
        let list = try read(text)
        #expect(list.count == count && list.classNames.count == classes && list.repeats.isEmpty)
        #expect(list.classNames[4321] == "Kingdom\(4321 % 14)/4321")
        for index in stride(from: 0, to: count, by: 997) {
            #expect(list.paths[index] == path(index))
            #expect(list.labels[index] == index * 5 % classes)
        }
        #expect(list.paths[count - 1] == path(count - 1))
        #expect(list.paths[count] == "")
    }
}
