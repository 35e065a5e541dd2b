import Foundation
import LongTailBasics
import Testing

@testable import LongTailSerialization

/// Checksums in files of weights.
@Suite struct ContentSealTests {
    /// Values of the reference implementation (python-xxhash 4.1, `xxh64(text).hexdigest()`; the long ones by `"…" * n`).
    @Test(
        "XXH64 is the reference's, whatever the pieces",
        arguments: [
            ("", 1, "ef46db3751d8e999"), ("a", 1, "d24ec4f1a98c6e5b"), ("abc", 1, "44bc2cf5ad770999"),
            ("Nobody inspects the spammish repetition", 1, "fbcea83c8a378bf1"),
            ("0123456789abcdef", 2, "642a94958e71e6c5"),
            ("x", 33, "b3fa465f554208a6"), ("xy", 37, "e22c73225ce3f873"), ("abcdefghij", 100, "44d40003e1cfe694"),
        ])
    func vectors(text: String, times: Int, expected: String) {
        let bytes = Array(String(repeating: text, count: times).utf8)
        for piece in [1, 3, 31, 32, 33, 1000] {
            var sum = XXH64()
            for start in stride(from: 0, to: bytes.count, by: piece) {
                Array(bytes[start..<min(start + piece, bytes.count)]).withUnsafeBytes { sum.update($0) }
            }
            #expect(sum.text == expected)
        }
    }

    private func tensors() -> StateDict {
        var state: StateDict = [:]
        for (index, dtype) in [DType.float32, .int64, .uint8].enumerated() {
            let bytes = Data((0..<(5 * dtype.size)).map { UInt8(truncatingIfNeeded: $0 * 7 + index) })
            state["t\(index)"] = HostTensor(dtype: dtype, shape: [5], bytes: bytes)
        }
        return state
    }

    @Test("Any bit that changes in a sealed file is told, wherever it lies") func flips() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/a.safetensors"
        try SafeTensorsFile.write(tensors(), metadata: ["note": "x"], isSealed: true, to: path)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(try SafeTensorsFile.read(path) == SafeTensors(tensors: tensors(), metadata: ["note": "x"]))
        var told = 0
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 1 << (index % 8)
            do throws(LongTailError) {
                _ = try SafeTensorsReader(FileBytes(bytes, named: "a")).all()
                // A flip that takes the seal's key away makes a file without one.
                #expect(!bytes.contains(Data("\"longtail-digest\"".utf8)), "byte \(index)")
            } catch { if error.problem.contains("is not what was written") { told += 1 } }
        }
        // All data, and what of the header stays a header.
        #expect(told > 5 * 13 + 16)
    }

    @Test("A file without a checksum is read as ever, and one is only written where it is asked for") func unsealed()
        throws
    {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/a.safetensors"
        try SafeTensorsFile.write(
            tensors(), metadata: ["note": "\"longtail-digest\":\"xxh64:0123456789abcdef\""], to: path)
        let file = try SafeTensorsFile.read(path)
        #expect(file.metadata.count == 1 && file.tensors == tensors())
        // A text that looks like a checksum is none, beside a real one.
        try SafeTensorsFile.write(file.tensors, metadata: file.metadata, isSealed: true, to: path)
        #expect(try SafeTensorsFile.read(path).metadata["note"] == file.metadata["note"])
    }

    @Test("A million names and a name of 10 MB are refused before they cost anything") func names() throws {
        let many =
            "{"
            + (0..<1_000_000).map { "\"\($0)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}" }
            .joined(separator: ",") + "}"
        let long =
            "{\"\(String(repeating: "x", count: 10_000_000))\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"
        for (header, words) in [(many, "more than 65536 tensors"), (long, "a name of more than 4096 bytes")] {
            let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
            let failure = #expect(throws: LongTailError.self) {
                try SafeTensorsReader(FileBytes(length + Data(header.utf8), named: "x"))
            }
            #expect(failure?.problem.contains(words) == true)
        }
    }
}
