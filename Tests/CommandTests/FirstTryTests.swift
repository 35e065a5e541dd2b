import Foundation
import LongTail
import Testing

/// What people type first, with a folder of pictures and a model in their hands.
@Suite struct FirstTryTests {
    /// A folder of three classes, and the weights of a network of three classes without a word of this program.
    private func hands(_ desk: Desk) throws -> (photographs: String, model: String) {
        let model = try withoutMetadata(FinishedRun.shared.get().checkpoint("btm"), as: desk.at("model.safetensors"))
        return (try desk.pictures("photos", classes: ["a", "b", "c"]), model)
    }

    @Test("A folder of pictures is no recipe: it trains from weights, or from nothing when that is said") func train()
        throws
    {
        let desk = try Desk()
        let (photographs, _) = try hands(desk)
        let silent = try desk.run(["train", photographs])
        #expect(silent.status == 2 && silent.errors.contains("--weights") && silent.errors.contains("--from-scratch"))
        let both = try desk.run(["train", photographs, "--from-scratch", "--weights", "x.pth"])
        #expect(both.status == 2, "\(both.errors)")
        let missing = try desk.run(["train", photographs, "--weights", desk.at("x.pth")])
        #expect(missing.status != 0 && missing.errors.contains("x.pth"))
        let elsewhere = try desk.run(["train", "demo", "--weights", "x.pth"])
        #expect(elsewhere.status == 2 && elsewhere.errors.contains("network.weights"))

        let short = ["pre-train", "btm", "post-train"].flatMap { ["--set", "stages.\($0).epochs=1"] }
        let trained = try desk.run(
            [
                "train", photographs, "--from-scratch", "--run", desk.at("run"), "--threads", "1", "--set",
                "network.name=resnet20", "--set", "data.image-size=32", "--set", "stages.btm.members=1", "--set",
                "stages.pre-train.rate.warmup=0",
            ] + short)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(try Run.open(at: desk.at("run")).models() == ["pre-train", "btm", "post-train"])
    }

    @Test("BTM of random weights is refused, and says what was meant") func randomWeights() throws {
        let desk = try Desk()
        let (photographs, _) = try hands(desk)
        let found = try desk.run(["train", "folder", "--data", photographs])
        #expect(found.status == 2 && found.errors.contains("random weights"), "\(found.errors)")
        #expect(found.errors.contains("longtail btm --checkpoint FILE --data PHOTOS"))
        #expect(!exists(desk.at("runs")))
    }

    @Test("A model of one's own is evaluated and predicts without training anything") func ownModel() throws {
        let desk = try Desk()
        let (photographs, model) = try hands(desk)
        let small = ["--set", "data.image-size=32"]
        let evaluated = try desk.run(["evaluate", model, "--data", photographs, "--json", "--threads", "1"] + small)
        #expect(evaluated.status == 0, "\(evaluated.errors)")
        let models = try #require(try json(evaluated.output) as? [[String: Any]])
        #expect(models.count == 1 && models[0]["name"] as? String == "model.safetensors")
        let classes = try #require(models[0]["classes"] as? [[String: Any]])
        #expect(classes.compactMap { $0["test"] as? Int } == [2, 2, 2])
        #expect(!exists(desk.at("runs")))

        // Without a test of their own all pictures are looked at.
        let alone = try desk.run(["evaluate", model, "--data", "\(photographs)/train", "--threads", "1"] + small)
        #expect(
            alone.status == 0 && alone.output.contains("Measured on all pictures"), "\(alone.errors)\(alone.output)")
        #expect(!alone.errors.contains("held out"))

        let names = try desk.write("ant\nbee\ncat\n", as: "names.txt")
        let picture = "\(photographs)/test/a/0.png"
        let predicted = try desk.run(["predict", model, picture, "--classes", names] + small)
        #expect(predicted.status == 0 && predicted.output.contains("ant"), "\(predicted.errors)")
        #expect(predicted.errors.contains("assumed"), "\(predicted.errors)")
        let nameless = try desk.run(["predict", model, picture])
        #expect(nameless.status == 0 && nameless.output.contains("class 0"), "\(nameless.errors)")
        let homeless = try desk.run(["evaluate", model])
        #expect(homeless.status == 2 && homeless.errors.contains("--data PHOTOS"))
        let surplus = try desk.run(["predict", try FinishedRun.shared.get().path, picture, "--classes", names])
        #expect(surplus.status == 2 && surplus.errors.contains("Leave them out"))
    }

    @Test("The order of classes that stands beside weights is the data's, as one that the user names") func order()
        throws
    {
        let desk = try Desk()
        let (photographs, model) = try hands(desk)
        let words = ["--data", photographs, "--json", "--quiet", "--threads", "1", "--set", "data.image-size=32"]
        let names = try desk.write("c\na\nb\n", as: "names.txt")
        let named = try desk.run(["evaluate", model, "--classes", names] + words)
        let sorted = try desk.run(["evaluate", model] + words)
        #expect(named.status == 0 && sorted.status == 0 && named.output != sorted.output, "\(named.errors)")
        for (place, text) in [
            ("timm", #"{ "architecture": "resnet20", "label_names": ["c", "a", "b"] }"#),
            ("transformers", #"{ "model_type": "x", "id2label": { "0": "C", "1": "A", "2": "B" } }"#),
        ] {
            let own = try desk.copy(model, as: "\(place)/model.safetensors")
            try desk.write(text, as: "\(place)/config.json")
            let found = try desk.run(["evaluate", own] + words)
            #expect(found.status == 0 && found.output == named.output, "\(place): \(found)")
        }
        // What import has written says the names, and knows no pictures.
        let imported = desk.at("own/model.safetensors")
        let made = try desk.run(["import", desk.at("timm/model.safetensors"), "--output", imported])
        #expect(made.status == 0, "\(made.errors)")
        let own = try desk.run(["evaluate", imported] + words)
        #expect(own.status == 0 && own.output == named.output, "\(own)")
    }

    @Test("A folder is checked by its name alone, and a run stands for its last model") func shortForms() throws {
        let desk = try Desk()
        let (photographs, model) = try hands(desk)
        let checked = try desk.run(["data", "check", photographs])
        #expect(
            checked.output.contains("classes") && checked.output.contains("nothing is wrong") == (checked.status == 0))
        #expect(checked.output.hasPrefix("folder: "), "\(checked.output)\(checked.errors)")

        let short = [
            "--unchecked", "--threads", "1", "--set", "stages.btm.members=1", "--set", "stages.btm.epochs=1", "--set",
            "stages.post-train.epochs=1", "--set", "data.image-size=32",
        ]
        let first = try desk.run(["btm", model, photographs, "--run", desk.at("first")] + short)
        #expect(first.status == 0, "\(first.errors)")
        let second = try desk.run(
            ["btm", "--checkpoint", desk.at("first"), "--data", photographs, "--run", desk.at("second")] + short)
        #expect(second.status == 0, "\(second.errors)")
        #expect(
            try Checkpoint.read(desk.at("second/checkpoints/start.safetensors")).weights
                == Checkpoint.read(desk.at("first/checkpoints/post-train.safetensors")).weights)
        let twice = try desk.run(["btm", model, photographs, "--checkpoint", model])
        #expect(twice.status == 64)
    }
}
