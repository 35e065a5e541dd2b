import Foundation
import LongTail
import TestSupport
import Testing

/// A safetensors file in PyTorch itself, where scripts/peer has put it.
@Suite struct PyTorchTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let python = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".deps/peer/bin/python")
    private static let isThere = FileManager.default.isExecutableFile(atPath: python.path)

    @Test(
        "torchvision loads the file by load_state_dict and gives the same logits",
        .enabled(if: isThere, "PyTorch is not there: scripts/peer fetches it"))
    func logits() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "longtail-peer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = try Network(.resnet18, classifier: .linear, classes: 7, seed: 3)
        try network.setTraining(false)
        let info = Checkpoint.Info(
            .init(.resnet18), classNames: (0..<7).map { "\($0)" }, listHash: nil, stage: "start")
        try Checkpoint(info: info, weights: network.stateDict()).write(
            to: folder.appending(path: "model.safetensors").path, metadata: ["longtail.stage": "start"])
        let images = try Formula.tensor(1, [2, 3, 64, 64], dtype: .float32)
        try SafeTensorsFile.write(["images": images.host()], to: folder.appending(path: "input.safetensors").path)
        let process = Process()
        // By way of env: Process would follow the environment's link to the Python outside it.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [Self.python.path, Self.tests.appending(path: "pytorch.py").path, "resnet18", folder.path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        let found = try SafeTensorsFile.read(folder.appending(path: "output.safetensors").path).tensors["logits"]
        let expected = try withoutGradients { () throws(LongTailError) in try network(images) }
        #expect(try relativeError(expected, found) < 1e-5)
    }
}
