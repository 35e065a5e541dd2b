import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import Testing

struct ModelFileTests {
    @Test(
        "A file without weights is told for what it is",
        arguments: [
            ("empty", ""), ("Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
            ("web page", "\n<!DOCTYPE html><html>"), ("gzip", "\u{1F}\u{8B}"), ("something unknown", "hello"),
            ("tar archive", String(repeating: "x", count: 257) + "ustar\u{0}00"),
        ])
    func otherThings(_ word: String, _ content: String) {
        let bytes = Data(content.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        let message = failure { () throws(LongTailError) in _ = try ModelFile(FileBytes(bytes, named: "x.pth")) }
        #expect(message?.description.contains(word) == true, "\(message?.description ?? "accepted")")
        #expect(message?.remedy != nil)
    }

    @Test("The content and not the name tells the kind")
    func kinds() throws {
        let folder = try temporaryFolder()
        try SafeTensorsFile.write(["a": .floats([1])], metadata: ["k": "v"], to: folder + "/a.pth")
        guard case .safeTensors(let file) = try ModelFile.read(folder + "/a.pth") else {
            Issue.record("not read as safetensors")
            return
        }
        #expect(file.metadata == ["k": "v"])
        let zip = try ModelFile.read(fixture("tiny.pth"))
        let legacy = try ModelFile.read(fixture("tiny.legacy.pth"))
        #expect(zip == legacy)
        #expect(zip.stateDicts.map(\.path) == [""])
        #expect(zip.stateDicts[0].tensors.keys == ["weight", "bias"])
    }

    @Test("A whole pickled model holds no state dict")
    func wholeModel() throws {
        let file = try ModelFile.read(fixture("whole-model.pth"))
        #expect(file.stateDicts.isEmpty)
    }

    @Test(
        "The supplied checkpoint is the same in both containers, with the sums that PyTorch prints",
        .enabled(if: hasCheckpoints, "the shared data are not there"))
    func supplied() throws {
        let zip = try PyTorchCheckpoint.read(checkpoint(".pth.tar"))
        #expect(zip == (try PyTorchCheckpoint.read(checkpoint(".legacy.pth.tar"))))
        #expect(zip.stateDicts.map(\.path) == ["state_dict_model", "state_dict_classifier"])
        #expect(zip.scalars == ["epoch": 200, "best_acc1": 0, "its_ece": 0])
        let body = zip.stateDicts[0].tensors
        #expect(body.count == 186)
        let sums: [(String, Double)] = [
            ("conv1.weight", 2.4149117774286424), ("layer3.4.conv2.weight", -15.273871212936456),
            ("bn1.running_var", 25.795246241381392),
        ]
        for (name, sum) in sums {
            let tensor = try #require(body["module.\(name)"])
            // PyTorch adds in another order.
            #expect(abs(tensor.doubles.reduce(0, +) - sum) < 1e-10, "\(name)")
        }
        #expect(body["module.bn1.num_batches_tracked"]?.integers == [17000])
        let classifier = zip.stateDicts[1].tensors
        #expect(classifier["module.fc.weight"]?.shape == [100, 64])
    }

    @Test("A copy in safetensors is the same", .enabled(if: hasCheckpoints, "the shared data are not there"))
    func converted() throws {
        let plain = try ModelFile.read(checkpoint(".plain.pth")).stateDicts[0].tensors
        let path = try temporaryFolder() + "/plain.safetensors"
        try SafeTensorsFile.write(plain, to: path)
        #expect(try SafeTensorsFile.read(path).tensors == plain)
    }
}
