import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import Testing

/// State dicts written for PyTorch; that PyTorch opens them, scripts/certify shows.
struct PyTorchFileTests {
    private static func tensor(_ type: DType, _ shape: [Int]) -> HostTensor {
        let count = shape.reduce(1, *) * type.size
        return HostTensor(dtype: type, shape: shape, bytes: Data((0..<count).map { UInt8(truncatingIfNeeded: $0 % 2) }))
    }

    @Test("What is written is read again: every type, scalars, empty tensors, and names of other alphabets, in order")
    func roundTrip() throws {
        var state = StateDict()
        for type in DType.allCases { state["größe.\(type.rawValue)"] = Self.tensor(type, [2, 3, 5]) }
        state["bn1.num_batches_tracked"] = Self.tensor(.int64, [])
        state["empty"] = Self.tensor(.float32, [0, 4])
        for number in 0..<40 { state["layer.\(number)"] = Self.tensor(.float32, [number + 1]) }
        let path = try temporaryFolder() + "/a.pth"
        try PyTorchFile.write(state, to: path)
        let file = try PyTorchCheckpoint.read(path)
        #expect(file.unknownNames.isEmpty)
        #expect(file.stateDicts.map(\.path) == [""])
        #expect(file.stateDicts[0].tensors == state)
    }

    @Test("The entries are PyTorch's, stored as they are, each at a multiple of 64 bytes") func layout() throws {
        let path = try temporaryFolder() + "/a.pth"
        try PyTorchFile.write(["a": .floats([0.1, 0.2]), "b": .floats([0.3])], to: path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        func number(_ place: Int, _ width: Int) -> Int {
            bytes[place..<place + width].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        var (place, names): (Int, [String]) = (0, [])
        while number(place, 4) == 0x0403_4B50 {
            let (size, name, extra) = (number(place + 22, 4), number(place + 26, 2), number(place + 28, 2))
            let data = place + 30 + name + extra
            names.append(String(decoding: bytes[place + 30..<place + 30 + name], as: UTF8.self))
            #expect(number(place + 8, 2) == 0 && number(place + 18, 4) == size && data % 64 == 0)
            place = data + size
        }
        #expect(names == ["data.pkl", "byteorder", "data/0", "data/1", "version"].map { "archive/\($0)" })
    }

    @Test("A folder in the way is refused and named") func refused() throws {
        let folder = try temporaryFolder()
        let message = failure { () throws(LongTailError) in try PyTorchFile.write(["a": .floats([1])], to: folder) }
        #expect(message?.description.contains("it is a folder") == true)
    }
}
