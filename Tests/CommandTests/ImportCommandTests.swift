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

    @Test("The doctor looks at every class and writes the classifier in the data's order") func doctor()
        throws
    {
        let desk = try Desk()
        let recipe = try desk.write(
            """
            data: { name: glyphs, classes: 3, images-per-class: 60, test-images-per-class: 2 }
            network: { name: resnet20 }
            precision: float32
            stages:
              - pre-train: { epochs: 16, batch-size: 12, rate: { base: 0.02, schedule: cosine, warmup: 0 } }
            """, as: "known.yaml")
        let trained = try desk.run(["train", recipe, "--run", desk.at("known"), "--threads", "1"])
        try #require(trained.status == 0, "\(trained.errors)")
        let model = desk.at("known/checkpoints/pre-train.safetensors")
        let before = try Checkpoint.read(model)
        let exchanged = Checkpoint(
            info: before.info, weights: try HeadOrder.reordered(before.weights, rows: [1, 0, 2]))
        try exchanged.write(to: desk.at("exchanged.safetensors"))
        for (input, moved) in [(model, 0), (desk.at("exchanged.safetensors"), 2)] {
            let found = try desk.run([
                "doctor", "--checkpoint", input, "--output", desk.at("out.safetensors"), "--threads", "1", "--quiet",
            ])
            #expect(found.status == 0, "\(found.errors)")
            #expect(found.output.contains("order read: list\nimages looked at: 60\n"), "\(found.output)")
            #expect(found.output.contains("classes that move: \(moved)\n"), "\(found.output)")
            #expect(try Checkpoint.read(desk.at("out.safetensors")).weights == before.weights)
        }

        let alone = try desk.run(["doctor", "--output", desk.at("c.safetensors")])
        #expect(alone.status == 64)
        let plain = try withoutMetadata(model, as: desk.at("plain.safetensors"))
        let nameless = try desk.run(["doctor", "--checkpoint", plain])
        #expect(nameless.status == 2 && nameless.errors.contains("--recipe FILE"))
    }
}
