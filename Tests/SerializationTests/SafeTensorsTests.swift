import Foundation
import LongTailBasics
import LongTailSerialization
import Testing

/// A file's bytes: the header's length (or another that is claimed), the header, zeros.
private func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> Data {
    let size = length ?? UInt64(header.utf8.count)
    return withUnsafeBytes(of: size.littleEndian) { Data($0) } + Data(header.utf8) + Data(count: data)
}

private func read(_ bytes: Data) throws(LongTailError) -> SafeTensors {
    try SafeTensorsReader(FileBytes(bytes, named: "test.safetensors")).all()
}

private func entry(_ dtype: String, _ shape: String, _ start: Int, _ end: Int) -> String {
    "{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}"
}

struct SafeTensorsTests {
    @Test("What is written is read again: names in order, every type, text with quotes and other scripts")
    func roundTrip() throws {
        var tensors: StateDict = [:]
        for (i, dtype) in DType.allCases.enumerated() {
            tensors["layer.\(i).\(dtype)"] = HostTensor(
                dtype: dtype, shape: [3, 1], bytes: Data((0..<3 * dtype.size).map { UInt8($0 % 2) }))
        }
        tensors["scalar"] = HostTensor(dtype: .int64, shape: [], bytes: Data([1, 2, 3, 4, 5, 6, 7, 8]))
        tensors["empty"] = HostTensor(dtype: .float32, shape: [0, 4], bytes: Data())
        tensors["odd \"name\"\\ é"] = .floats([1, 2])
        let metadata = ["classes": "[\"a\",\"b\"]\n\t\u{1}", "recipe": "größe: 名"]
        let path = try temporaryFolder() + "/a/b.safetensors"
        try SafeTensorsFile.write(tensors, metadata: metadata, to: path)

        let back = try SafeTensorsFile.read(path)
        #expect(back == SafeTensors(tensors: tensors, metadata: metadata))
        #expect(Array(back.tensors.keys) == Array(tensors.keys))

        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect((bytes[0] as UInt8) % 8 == 0, "the header's length is a multiple of 8")
        let reader = try SafeTensorsReader(path)
        for (name, entry) in reader.header.entries {
            #expect(entry.range.lowerBound % entry.dtype.size == 0, "\(name) is aligned to its elements")
        }
        #expect(try reader.tensor("scalar") == tensors["scalar"])
        #expect(
            failure { () throws(LongTailError) in _ = try reader.tensor("scalr") }?.description.contains(
                "Did you mean scalar") == true)
    }

    @Test("The bytes of a small file are those that the format's description asks for")
    func exactBytes() throws {
        let path = try temporaryFolder() + "/x.safetensors"
        try SafeTensorsFile.write(
            ["b": HostTensor(dtype: .bool, shape: [1], bytes: Data([1])), "a": .floats([1])], to: path)
        let header =
            "{\"b\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[4,5]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
        // 105 bytes after the length's 8; the data begins at the next multiple of 64.
        let padded = header + String(repeating: " ", count: 120 - header.utf8.count)
        var expected = Data([UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0])
        expected += Data(padded.utf8) + Data([0, 0, 0x80, 0x3F, 1])
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == expected)
    }

    /// A hostile file, and a word of the message that refuses it.
    struct Hostile: Sendable, CustomTestStringConvertible {
        let word: String
        let bytes: Data
        var testDescription: String { word }
        init(_ word: String, _ bytes: Data) { (self.word, self.bytes) = (word, bytes) }
    }

    static let hostile: [Hostile] = [
        .init("too few", Data([1, 0, 0])),
        .init("announces a header of 18446744073709551615", file("{}", length: .max)),
        .init("more than 100000000", file("{}", length: 100_000_001)),
        .init("cut short", file("{}", length: 3)),
        .init("does not start with {", file(" {}")),
        .init("does not start with {", file("")),
        .init("needs a \"", file("{")),
        .init("goes on after", file("{}x")),
        .init("bytes follow the last tensor", file("{}", data: 1)),
        .init("names a twice", file("{\"a\":\(entry("U8", "[1]", 0, 1)),\"a\":\(entry("U8", "[1]", 0, 1))}", data: 1)),
        .init("__metadata__ twice", file("{\"__metadata__\":{},\"__metadata__\":{}}")),
        .init("metadata k twice", file("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}")),
        .init("needs a \"", file("{\"__metadata__\":{\"k\":1}}")),
        .init("unknown type F31", file("{\"a\":\(entry("F31", "[1]", 0, 4))}", data: 4)),
        .init("not negative", file("{\"a\":\(entry("F32", "[-1]", 0, 4))}", data: 4)),
        .init("whole number", file("{\"a\":\(entry("F32", "[1.0]", 0, 4))}", data: 4)),
        .init("whole number", file("{\"a\":\(entry("F32", "[1e0]", 0, 4))}", data: 4)),
        .init("whole number", file("{\"a\":\(entry("F32", "[01]", 0, 4))}", data: 4)),
        .init("whole number", file("{\"a\":\(entry("F32", "[true]", 0, 4))}", data: 4)),
        .init("whole number", file("{\"a\":\(entry("F32", "[1,]", 0, 4))}", data: 4)),
        .init("beyond 2^63", file("{\"a\":\(entry("F32", "[9223372036854775808]", 0, 4))}", data: 4)),
        .init("overflows", file("{\"a\":\(entry("F32", "[9223372036854775807]", 0, 4))}", data: 4)),
        .init("overflows", file("{\"a\":\(entry("U8", "[4294967296,4294967296]", 0, 0))}")),
        .init("overflows", file("{\"a\":\(entry("U8", "[4294967296,4294967296,0]", 0, 0))}")),
        .init("more than 64", file("{\"a\":\(entry("U8", "\(Array(repeating: 1, count: 65))", 0, 1))}", data: 1)),
        .init("takes 4 bytes", file("{\"a\":\(entry("F32", "[1]", 0, 8))}", data: 8)),
        .init("takes 4 bytes", file("{\"a\":\(entry("F32", "[1]", 4, 0))}", data: 4)),
        .init("ends at byte 8", file("{\"a\":\(entry("F32", "[2]", 0, 8))}", data: 7)),
        .init("overlaps a", file("{\"a\":\(entry("U8", "[4]", 0, 4)),\"b\":\(entry("U8", "[4]", 3, 7))}", data: 7)),
        .init("overlaps a", file("{\"a\":\(entry("U8", "[4]", 0, 4)),\"b\":\(entry("U8", "[0]", 2, 2))}", data: 4)),
        .init("gap of 1 bytes", file("{\"a\":\(entry("U8", "[4]", 0, 4)),\"b\":\(entry("U8", "[4]", 5, 9))}", data: 9)),
        .init("gap of 2 bytes", file("{\"a\":\(entry("U8", "[4]", 2, 6))}", data: 6)),
        .init("lacks dtype", file("{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}")),
        .init("lacks dtype", file("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0]}}")),
        .init("more than 2 numbers", file("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0,0]}}")),
        .init("field extra", file("{\"a\":{\"extra\":\"\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")),
        .init("field dtype", file("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")),
        .init("control character", file("{\"a\n\":{}}")),
        .init("unknown escape", file("{\"\\x\":{}}")),
        .init("unknown escape", file("{\"\\u00g0\":{}}")),
        .init("surrogate", file("{\"\\ud800\":{}}")),
        .init("ends inside", file("{\"\\u00")),
        .init("ends inside", file("{\"abc")),
        .init("not UTF-8", Data([5, 0, 0, 0, 0, 0, 0, 0]) + Data("{\"".utf8) + Data([0xFF]) + Data("\":".utf8)),
        .init("neither 0 nor 1", file("{\"a\":\(entry("BOOL", "[1]", 0, 1))}") + Data([2])),
    ]

    @Test("A file that breaks the format is refused, and the message says how", arguments: hostile)
    func hostileFiles(_ hostile: Hostile) {
        let message = failure { () throws(LongTailError) in _ = try read(hostile.bytes) }
        #expect(message?.description.contains(hostile.word) == true, "\(message?.description ?? "accepted")")
        #expect(message?.problem.hasPrefix("test.safetensors") == true)
        #expect(message?.remedy != nil)
    }

    @Test("Space in the header, escapes and zero-sized tensors are allowed")
    func allowed() throws {
        let header =
            "{ \"\\u00e9\\ud83d\\ude00\" :\n\(entry("U8", "[ 2 , 1 ]", 0, 2)) , \"z\":\(entry("F32", "[0,9]", 2, 2))}  "
        let back = try read(file(header, data: 2))
        #expect(Array(back.tensors.keys) == ["é😀", "z"])
        #expect(back.tensors["z"]?.shape == [0, 9])
        #expect(try read(file("{}")).tensors.isEmpty)
    }

    @Test("A file cut at any byte is refused")
    func truncated() throws {
        let whole = file("{\"a\":\(entry("F32", "[2]", 0, 8)),\"__metadata__\":{\"k\":\"v\"}}", data: 8)
        #expect(try read(whole).tensors.count == 1)
        for length in 0..<whole.count {
            #expect(
                failure { () throws(LongTailError) in _ = try read(whole.prefix(length)) } != nil, "\(length) bytes")
        }
    }

    @Test("A folder, a missing file and a reserved name are named")
    func wrongPlaces() throws {
        let folder = try temporaryFolder()
        #expect(
            failure { () throws(LongTailError) in _ = try SafeTensorsFile.read(folder) }?.description.contains(
                "not a file")
                == true)
        let missing = failure { () throws(LongTailError) in _ = try SafeTensorsFile.read(folder + "/none") }
        #expect(missing?.kind == .file)
        let reserved = failure { () throws(LongTailError) in
            try SafeTensorsFile.write(["__metadata__": .floats([1])], to: folder + "/x")
        }
        #expect(reserved?.description.contains("Rename") == true)
        #expect(!FileManager.default.fileExists(atPath: folder + "/x"))
    }
}
