import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailTorch

@Suite struct DeviceTests {
    @Test("A word is a device or nothing") func words() {
        #expect(DeviceChoice("auto") == .auto)
        #expect(DeviceChoice("cpu") == .cpu)
        #expect(DeviceChoice("cuda") == .cuda(0))
        #expect(DeviceChoice("cuda:3") == .cuda(3))
        for word in [
            "", "gpu", "cuda:", "cuda:-1", "cuda:03", "cuda:1024", "cuda:99999999999999999999", "CPU", "cuda:1 ",
        ] {
            #expect(DeviceChoice(word) == nil, "\(word)")
        }
        #expect(Device.cuda(2).name == "cuda:2")
        #expect(Device.cpu.name == "cpu")
    }

    @Test("New tensors go to the scope's device, and only there") func scope() throws {
        #expect(try Tensor([Float(1)]).device == "cpu")
        try Device.with(.meta) { () throws(LongTailError) in
            #expect(Device.current == .meta)
            #expect(try Tensor([Float(1), 2]).device == "meta")
            #expect(try Tensor(HostTensor([1, 2, 3], shape: [3], dtype: .float32)).device == "meta")
            #expect(try Tensor.zeros([2, 3]).device == "meta")
            #expect(try Tensor.ones([2], dtype: .int64).device == "meta")
            try Device.with(.cpu) { () throws(LongTailError) in #expect(try Tensor.zeros([2]).device == "cpu") }
        }
        #expect(Device.current == .cpu)
        let enough = LongTailError(.usage, "enough")
        let caught = failure { () throws(LongTailError) in
            try Device.with(.meta) { () throws(LongTailError) in throw enough }
        }
        #expect(caught == enough)
        #expect(try Tensor.zeros([1]).device == "cpu")
    }

    @Test("A layer made for a device computes there, backward too") func layer() throws {
        try Device.with(.meta) { () throws(LongTailError) in
            var draw = WeightInitializer(seed: 0)
            let layer = try Linear(3, 8, &draw)
            let rows = try Tensor([UInt8](repeating: 0, count: 2 * 3), shape: [2, 3])
            let output = try layer(rows.to(.float32))
            #expect(output.device == "meta")
            #expect(output.shape == [2, 8])
            try output.sum().backward()
            #expect(try layer.weight.tensor.grad()?.device == "meta")
        }
    }

    @Test("Scalars are read together as they would be one by one") func items() throws {
        let scalars = try [0.1, -2.5, 3e-7].map { (value) throws(LongTailError) in try Tensor([Float(value)], shape: [])
        }
        let one = try scalars.map { (scalar) throws(LongTailError) in try scalar.item() }
        #expect(try Tensor.items(scalars) == one)
        #expect(try Tensor.items([]) == [])
        #expect(try Tensor.items([scalars[2]]) == [Double(Float(3e-7))])
    }

    @Test("The CUDA library is looked for beside libtorch, through links, or where the environment says")
    func library() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "longtail-cuda-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["real", "linked", "named/lib"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        let root = folder.resolvingSymlinksInPath().path
        try Data().write(to: folder.appending(path: "real/libtorch_cpu.so"))
        try FileManager.default.createSymbolicLink(
            atPath: "\(root)/linked/libtorch_cpu.so", withDestinationPath: "\(root)/real/libtorch_cpu.so")
        let linked = "\(root)/linked/libtorch_cpu.so"
        let missing = try #require(
            failure { () throws(LongTailError) in _ = try CUDA.libraryPath(beside: linked, named: nil) })
        #expect(missing.kind == .usage)
        #expect(missing.problem.contains("\(root)/linked and \(root)/real"))
        #expect(missing.remedy?.contains("scripts/bootstrap --cuda") == true)
        #expect(missing.remedy?.contains("LONGTAIL_CUDA") == true)
        try Data().write(to: folder.appending(path: "real/libtorch_cuda.so"))
        #expect(try CUDA.libraryPath(beside: linked, named: nil) == "\(root)/real/libtorch_cuda.so")
        try Data().write(to: folder.appending(path: "named/lib/libtorch_cuda.so"))
        #expect(
            try CUDA.libraryPath(beside: linked, named: "\(root)/named") == "\(root)/named/lib/libtorch_cuda.so")
        // A folder that was named and does not have it is an error, not a reason to look elsewhere.
        #expect(
            failure { () throws(LongTailError) in _ = try CUDA.libraryPath(beside: linked, named: "\(root)/linked") }
                != nil)
    }

    @Test("libtorch says where it lies") func place() {
        #expect(URL(fileURLWithPath: Engine.libraryPath).lastPathComponent.hasPrefix("libtorch"))
        #expect(FileManager.default.fileExists(atPath: Engine.libraryPath))
    }
}
