import Foundation
import LongTail
import Testing

/// Files with names for the classes of a list.
@Suite struct ClassNamesFileTests {
    private func named(_ names: String) throws -> [String] {
        var found: [String] = []
        try withFolder { folder in
            try AtomicFile.write("train/n02/1.jpg 0\ntrain/n01/1.jpg 1\n", to: "\(folder)/list.txt")
            try AtomicFile.write(names, to: "\(folder)/names.txt")
            found = try ImageList.file("\(folder)/list.txt").named(file: "\(folder)/names.txt").classNames
        }
        return found
    }

    @Test("One name a line, folders with words, names with labels") func forms() throws {
        #expect(try named("tench\ngreat white shark\n") == ["tench", "great white shark"])
        #expect(
            try named("n01 crane\nn02 tench, Tinca tinca\nn03 other\n") == ["n02 tench", "n01 crane"])
        #expect(try named("/b/bay 1\n/a/air field 0\n") == ["/a/air field", "/b/bay"])
    }

    @Test("Files that name not all of the classes, or two alike, are refused")
    func refused() {
        #expect(
            failure { _ = try named("tench\n") }?.problem.hasSuffix(
                "names.txt: its lines (1) do not name the 2 classes") == true)
        #expect(
            failure { _ = try named("crane\ncrane\n") }?.problem.hasSuffix(":2: 'crane' is the name in line 1 too")
                == true)
        #expect(failure { _ = try named("crane 0\ncrane 1\n") }?.problem.hasSuffix("names two classes 'crane'") == true)
    }

    @Test("Alone, a file has one name a line; an empty line and a name given twice are told with their place")
    func alone() throws {
        try withFolder { folder in
            let path = "\(folder)/names.txt"
            for (text, words) in [
                ("a\n\nb\n", "names.txt:2: is empty"), ("a\nb\na\n", "names.txt:3: 'a' is the name in line 1 too"),
                ("\n\n", "names.txt: names no class"), ("a\0\n", "names.txt:1: a control character (0)"),
            ] {
                try AtomicFile.write(text, to: path)
                #expect(failure { _ = try ClassNamesFile.read(path) }?.problem.hasSuffix(words) == true, "\(words)")
            }
            try AtomicFile.write("\u{FEFF}red fox\r\n kit fox\n\n", to: path)
            #expect(try ClassNamesFile.read(path) == ["red fox", "kit fox"])
            #expect(failure { _ = try ClassNamesFile.read("\(folder)/none.txt") }?.kind == .file)
        }
    }
}
