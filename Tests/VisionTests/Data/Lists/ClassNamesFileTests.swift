import Basics
import Foundation
import Testing
import Vision

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
                "names.txt has 1 lines, which name none or not all of the 2 classes") == true)
        #expect(failure { _ = try named("crane\ncrane\n") }?.problem.hasSuffix("names two classes 'crane'") == true)
    }
}
