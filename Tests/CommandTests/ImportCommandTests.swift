import Foundation
import LongTail
import Testing

/// Checkpoints of elsewhere, at the command line.
struct ImportCommandTests {
    @Test("An import without a recipe finds the network, lists keys, and with names writes a checkpoint") func imports()
        throws
    {
        let desk = try Desk()
        let run = try FinishedRun.shared.get()
        let plain = try withoutMetadata(run.checkpoint("pre-train"), as: desk.at("plain.safetensors"))
        let dry = try desk.run(["import", plain, "--dry-run"])
        #expect(dry.status == 0, "\(dry.errors)")
        for line in [
            "network: resnet20, found by names and shapes, linear classifier of 3 classes",
            "matched 116, missing 0, surplus 0, reshaped 0",
        ] {
            #expect(dry.output.contains(line), "\(dry.output)")
        }
        let names = try desk.write("a\nb\nc\n", as: "names.txt")
        let written = try desk.run(["import", plain, "--classes", names, "--output", desk.at("own.safetensors")])
        #expect(written.status == 0, "\(written.errors)")
        let own = try Checkpoint.read(desk.at("own.safetensors"))
        #expect(own.info.classNames == ["a", "b", "c"] && "\(own.info.network)" == "resnet20")
        #expect(own.weights == (try SafeTensorsFile.read(plain)).tensors)

        let other = try desk.run(["import", plain, "--network", "resnet32", "--output", desk.at("no.safetensors")])
        #expect(other.status == 3 && other.errors.contains("plain.safetensors: the weights do not fit the network"))
        #expect(!FileManager.default.fileExists(atPath: desk.at("no.safetensors")))
        let unknown = try desk.run(["import", plain, "--network", "resnet9", "--dry-run"])
        #expect(unknown.status == 2 && unknown.errors.contains("resnext50-32x4d"))
        let few = try desk.run(["import", plain, "--classes", desk.write("a\nb\n", as: "few.txt"), "--dry-run"])
        #expect(
            few.status == 2 && few.errors.contains("few.txt: 2 names, but the checkpoint's classifier has 3 classes"))
    }

    @Test("The doctor looks at classes of equal count and writes the classifier in the data's order") func doctor()
        throws
    {
        let desk = try Desk()
        let model = try FinishedRun.shared.get().checkpoint("btm")
        let untied = try desk.run(["doctor", "--checkpoint", model, "--threads", "1"])
        #expect(untied.status == 0 && untied.output.contains("No two classes have the same count"), "\(untied.errors)")

        // A step profile leaves two classes of 24 images.
        let step = ["--set", "data.profile=step", "--threads", "1", "--quiet"]
        let before = try Checkpoint.read(model)
        let exchanged = Checkpoint(
            info: before.info, weights: try HeadOrder.reordered(before.weights, rows: [1, 0, 2]))
        try exchanged.write(to: desk.at("exchanged.safetensors"))
        var moved: [String] = []
        for (input, output) in [(model, "a.safetensors"), (desk.at("exchanged.safetensors"), "b.safetensors")] {
            let found = try desk.run(["doctor", "--checkpoint", input, "--output", desk.at(output)] + step)
            #expect(found.status == 0, "\(found.errors)")
            #expect(found.output.contains("order read: list\nclasses of equal count: 2 of 3, in 1 groups"))
            moved.append(found.output)
        }
        // Whichever of the two heads is the right one, both come out as it.
        let (a, b) = (try Checkpoint.read(desk.at("a.safetensors")), try Checkpoint.read(desk.at("b.safetensors")))
        let same = a.weights == b.weights
        #expect(same, "\(moved)")
        #expect(moved.filter { $0.contains("classes that move: 0") }.count == 1)

        let alone = try desk.run(["doctor", "--output", desk.at("c.safetensors")])
        #expect(alone.status == 64)
        let plain = try withoutMetadata(model, as: desk.at("plain.safetensors"))
        let nameless = try desk.run(["doctor", "--checkpoint", plain])
        #expect(nameless.status == 2 && nameless.errors.contains("--recipe FILE"))
    }
}
