import CLongTailTorch
import Foundation
import LongTailBasics
import Testing

@testable import LongTailTorch

/// A group of this process alone; of several: CommandTests.
@Suite(.serialized) struct ProcessGroupTests {
    private func withGroup(_ body: (Store, ProcessGroup) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "longtail-store-\(UUID().uuidString)"
        defer { unlink(path) }
        let world = try World(environment: World.variables(rank: 0, of: 1, file: path), parent: 1)
        let store = try Store(world, seconds: 5)
        let group = try ProcessGroup(store, name: "group-\(UUID().uuidString)", world, seconds: 5)
        try body(store, group)
        try group.close()
    }

    @Test("Operators of one process give back what came, empty tensors and views too") func alone() throws {
        try withGroup { _, group in
            let rows = try Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3])
            for tensor in [rows, try rows.transpose(0, 1), try rows.slice(1, from: 0, to: 3, step: 2), try .zeros([0])]
            {
                let expected = try tensor.array(of: Double.self)
                let found = [
                    try group.allReduce(tensor), try group.broadcast(tensor, from: 0),
                    try group.allGather(tensor, size: 1), try group.allToAll(tensor, size: 1),
                ]
                for result in found { #expect(try result.array(of: Double.self) == expected) }
            }
            #expect(!group.joinsGPUs)
        }
    }

    @Test(
        "Without libtorch's CUDA library NCCL is refused with the reason, and Gloo goes on",
        .enabled(if: (try? CUDA.cards()) == nil, "there is a GPU"))
    func nccl() throws {
        try withGroup { store, group in
            #expect(ct_group_add_nccl(store.handle, group.name, 5) != 0)
            #expect(String(cString: ct_error()).contains("NCCL is not there, or not of the form that is known"))
            let sum: Double = try group.allReduce(Tensor([4.0])).item()
            #expect(sum == 4)
        }
    }

    @Test("Processes of a machine take GPUs in turn") func cards() throws {
        func world(_ rank: Int, of size: Int) throws -> World {
            try World(
                environment: [
                    "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(rank)", "LOCAL_WORLD_SIZE": "\(size)",
                    "MASTER_ADDR": "a", "MASTER_PORT": "29500",
                ], parent: 1)
        }
        #expect(try (0..<4).map { DeviceChoice.index(in: try world($0, of: 4), of: 4) } == [0, 1, 2, 3])
        // Slurm may show each task only its own.
        #expect(try (0..<4).map { DeviceChoice.index(in: try world($0, of: 4), of: 1) } == [0, 0, 0, 0])
        #expect(DeviceChoice.index(in: .alone, of: 8) == 0)
    }

    @Test("Tensors travel with their types and shapes, and what is no list of tensors is refused") func parcels() throws
    {
        let lists = [
            [try Tensor([1.5, -2], shape: [2, 1]).host(), try Tensor([3, 4, 5]).host()], [],
            [try Tensor.zeros([0, 7]).host()],
        ]
        let packed = try Parcel.pack(lists)
        #expect(try Parcel.unpack(packed) == lists)
        for damaged in [Data(), Data([1, 2, 3]), packed.prefix(packed.count - 1), Data(repeating: 255, count: 40)] {
            #expect(throws: LongTailError.self) { try Parcel.unpack(damaged) }
        }
        let text = Data(#"[[{"dtype":"F32","shape":[-1,-4],"bytes":16}]]"#.utf8)
        let head = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
        #expect(throws: LongTailError.self) { try Parcel.unpack(head + text + Data(count: 16)) }
    }
}
