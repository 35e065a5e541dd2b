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
        #expect(unknown.status == 2 && unknown.errors.contains("resnet50"))
        let few = try desk.run(["import", plain, "--classes", desk.write("a\nb\n", as: "few.txt"), "--dry-run"])
        #expect(
            few.status == 2 && few.errors.contains("few.txt: 2 names, but the checkpoint's classifier has 3 classes"))
    }

    @Test("The doctor looks at every class and writes the classifier in the data's order") func doctor()
        throws
    {
        let desk = try Desk()
        // Whether it finds an order is seen in HeadOrderTests: a network of three epochs recognises too little.
        let model = try FinishedRun.shared.get().checkpoint("btm")
        let found = try desk.run([
            "doctor", "--checkpoint", model, "--output", desk.at("out.safetensors"), "--threads", "1", "--quiet",
        ])
        #expect(found.status == 0, "\(found.errors)")
        for line in ["order read: list\nimages looked at: ", "mean recall as it stands: ", "classes that move: "] {
            #expect(found.output.contains(line), "\(found.output)")
        }
        let (before, after) = (try Checkpoint.read(model), try Checkpoint.read(desk.at("out.safetensors")))
        #expect(before.weights["fc.weight"]?.shape == after.weights["fc.weight"]?.shape)
        #expect(before.weights["conv1.weight"] == after.weights["conv1.weight"])

        let alone = try desk.run(["doctor", "--output", desk.at("c.safetensors")])
        #expect(alone.status == 64)
        let plain = try withoutMetadata(model, as: desk.at("plain.safetensors"))
        let nameless = try desk.run(["doctor", "--checkpoint", plain])
        #expect(nameless.status == 2 && nameless.errors.contains("--recipe FILE"))
    }
}
