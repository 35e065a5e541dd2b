import Foundation
import LongTail
import Testing

/// Tables of paths and class names.
@Suite struct CSVTests {
    private func read(_ text: String, classes: [String]? = nil) throws -> ImageList {
        var list: ImageList?
        try withFolder { folder in
            try AtomicFile.write(text, to: "\(folder)/table.csv")
            list = try ImageList.csv("\(folder)/table.csv", classes: classes)
        }
        return try #require(list)
    }

    @Test("With a header, columns are found by name; without one, they are path and class") func columns() throws {
        let plain = try read("cats/1.jpg,cat\ndogs/1.jpg,dog\ncats/2.jpg,cat\n")
        #expect(plain.classNames == ["cat", "dog"] && plain.labels == [0, 1, 0])
        let headed = try read("\u{FEFF}id,Species,File\r\n1,dog,d/1.jpg\r\n2, cat ,c/1.jpg\r\n")
        #expect(headed.classNames == ["cat", "dog"] && headed.labels == [1, 0])
        #expect((0..<2).map { headed.paths[$0] } == ["d/1.jpg", "c/1.jpg"])
    }

    @Test("Quoted fields may hold commas and doubled quotes") func quotes() throws {
        let list = try read("\"a, b/1.jpg\",\"the \"\"big\"\" cat\"\n2.jpg,\"\"\"\"\n")
        #expect(list.paths[0] == "a, b/1.jpg")
        #expect(list.classNames == ["\"", "the \"big\" cat"])
    }

    @Test("Classes that are numbers are sorted as numbers; others by code point") func order() throws {
        #expect(try read("a.jpg,10\nb.jpg,9\nc.jpg,100\n").classNames == ["9", "10", "100"])
        #expect(try read("a.jpg,b\nb.jpg,ä\nc.jpg,Z\n").classNames == ["Z", "b", "ä"])
    }

    @Test(
        "Wrong records are told by file, line and reason",
        arguments: [
            ("a.jpg,cat\nb.jpg\n", ":2: 1 field, expected 2"),
            ("a.jpg\n", ":1: 1 field, expected 2"),
            ("path,class\na.jpg,cat,7\n", ":2: 3 fields, expected 2"),
            ("a.jpg,cat\n\nb.jpg,\n", ":3: no class"),
            (",cat\n", ":1: no path"),
            ("/etc/a.jpg,cat\n", ":1: an absolute path"),
            ("\"a.jpg,cat\n", ":1: a quote that is not closed"),
            ("\"a\".jpg,cat\n", ":1: text after a closed quote"),
            ("a\".jpg,cat\n", ":1: a quote inside a field"),
            ("path,class\n", "names no picture"),
        ]) func refused(text: String, message: String) throws
    {
        let problem = failure { _ = try read(text) }?.problem ?? "none"
        #expect(problem.contains("table.csv") && problem.contains(message), "\(problem)")
    }

    @Test("A class that was not trained on is refused, with the nearest that was") func unknownClass() throws {
        #expect(try read("x.jpg,dog\n", classes: ["zebra", "dog"]).labels == [1])
        let refused = failure { _ = try read("x.jpg,dog\ny.jpg,zebre\n", classes: ["zebra", "dog"]) }
        #expect(refused?.problem.contains(":2: the class 'zebre' is not among the 2 classes trained on") == true)
        #expect(refused?.remedy == "Did you mean 'zebra'?")
    }
}
