import Foundation
import LongTail
import Testing

@Suite struct CIFARTests {
    struct Part: Decodable {
        let count: Int
        let labels: [Int]
        let perClass: [Int]
        let adler: [String: UInt32]
    }

    @Test(
        "CIFAR-100 gives the labels and pixels that numpy reads",
        .enabled(if: hasRealData("cifar-100-binary"), "no ../shared/data"), arguments: DataSplit.allCases)
    func real(split: DataSplit) throws {
        let expected = try #require(try Fixture<[String: Part]>.read("cifar.json")[split.rawValue])
        let data = try CIFAR(root: realData.path, variant: .cifar100, split: split)
        #expect(data.count == expected.count)
        #expect(Array(data.labels.prefix(20)) == expected.labels)
        #expect((0..<100).map { label in data.labels.count { $0 == label } } == expected.perClass)
        for (index, sum) in expected.adler {
            let image = try data.image(at: try #require(Int(index)))
            #expect(image.height == 32 && image.width == 32)
            #expect(adler32(image.planes) == sum, "record \(index)")
        }
        #expect(data.classNames.first == "apple" && data.classNames.last == "worm" && data.classNames[23] == "cloud")
        let inner = try CIFAR(root: realData.appending(path: "cifar-100-binary").path, variant: .cifar100, split: split)
        #expect(inner.labels == data.labels)
    }

    @Test(
        "The built-in names are the published ones", .enabled(if: hasRealData("cifar-100-binary"), "no ../shared/data"))
    func names() throws {
        try withFolder { folder in
            try blank("\(folder)/test.bin", bytes: 10_000 * 3074)
            let path = realData.appending(path: "cifar-100-binary/fine_label_names.txt")
            let published = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map(String.init)
            #expect(try CIFAR(root: folder, variant: .cifar100, split: .test).classNames == published)
            try "one\ntwo\n".write(toFile: "\(folder)/fine_label_names.txt", atomically: true, encoding: .utf8)
            let error = failure { _ = try CIFAR(root: folder, variant: .cifar100, split: .test) }
            #expect(error?.problem.contains("2 different names; expected are 100") == true)
        }
    }

    @Test("CIFAR-10 counts its records through the five files")
    func five() throws {
        try withFolder { folder in
            for file in 1...5 {
                // The last record of each file has the file's number as label and as first pixel.
                let path = "\(folder)/cifar-10-batches-bin/data_batch_\(file).bin"
                try blank(path, bytes: 10_000 * 3073, at: 9_999 * 3073, put: [UInt8(file), UInt8(file)])
            }
            let data = try CIFAR(root: folder, variant: .cifar10, split: .train)
            #expect(data.count == 50_000)
            for file in 1...5 {
                #expect(data.labels[file * 10_000 - 1] == file)
                #expect(try data.image(at: file * 10_000 - 1).planes.prefix(2) == [UInt8(file), 0])
            }
            #expect(data.classNames[9] == "truck")
            #expect(data.identity(of: 19_999) == "train/19999" && data.identity(of: 3) == "train/00003")
            #expect(failure { _ = try data.image(at: 50_000) } != nil)
            #expect(failure { _ = try data.image(at: -1) } != nil)
        }
    }

    @Test("A missing, truncated or foreign file is named, with what was expected and the way out")
    func broken() throws {
        try withFolder { folder in
            func message() -> String {
                failure { _ = try CIFAR(root: folder, variant: .cifar100, split: .test) }?.description(
                    onCommandLineOf: "longtail") ?? "none"
            }
            #expect(message().contains("no cifar-100 in \(folder)"))
            #expect(message().contains("longtail data get cifar-100"))
            let path = "\(folder)/test.bin"
            for (bytes, words) in [
                (10_000 * 3074 - 1, "(9999 records, the last one cut off)"), (9_999 * 3074, "(9999 records)"),
                (0, "0 bytes"),
            ] {
                try blank(path, bytes: bytes)
                #expect(message().contains(path) && message().contains(words), "\(message())")
                #expect(message().contains("expected are 30740000 (10000 records of 3074)"))
            }
            try blank(path, bytes: 10_000 * 3074, at: 77 * 3074 + 1, put: [100])
            #expect(message().contains("\(path), record 77: label 100 is outside 0..<100"), "\(message())")
            try FileManager.default.removeItem(atPath: path)
            try blank("\(folder)/data_batch_1.bin", bytes: 10_000 * 3073)
            let error = failure { _ = try CIFAR(root: folder, variant: .cifar10, split: .train) }
            #expect(error?.description.contains("\(folder)/data_batch_2.bin is missing") == true)
            #expect(error?.description(onCommandLineOf: "longtail").contains("longtail data get cifar-10") == true)
        }
    }

    /// A file of zeros that takes no room on the disk, with some bytes put somewhere.
    private func blank(_ path: String, bytes: Int, at offset: Int = 0, put: [UInt8] = []) throws {
        try AtomicFile.write(Data(), to: path)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: UInt64(bytes))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(put))
        try file.close()
    }
}
