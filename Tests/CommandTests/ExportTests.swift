import Foundation
import LongTail
import Testing

@Suite struct ExportTests {
    @Test("A run is exported as ONNX with what it says about itself in plain text, by default into the run") func onnx()
        throws
    {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let copy = try desk.copy(run.path, as: "run")
        let outcome = try desk.run(["export", copy])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "\(copy)/exports/post-train.onnx\n")
        let first = try Data(contentsOf: URL(fileURLWithPath: "\(copy)/exports/post-train.onnx"))
        for text in [
            "longtail.class-names", "longtail.mean", "[0.5,0.5,0.5]", "longtail.temperature", "uncalibrated",
            "longtail.recipe", "name: glyphs", "logits", "images", "fc.weight",
        ] { #expect(first.range(of: Data(text.utf8)) != nil, "\(text)") }
        #expect(first.range(of: Data("BatchNormalization".utf8)) == nil)
        let kept = try desk.run([
            "export", run.checkpoint("btm"), "--output", desk.at("kept.onnx"), "--keep-batch-norm", "--features",
            "--opset", "21", "--include-normalization", "--range", "1",
        ])
        #expect(kept.status == 0, "\(kept.errors)")
        let second = try Data(contentsOf: URL(fileURLWithPath: desk.at("kept.onnx")))
        for text in ["BatchNormalization", "features", "0..1"] {
            #expect(second.range(of: Data(text.utf8)) != nil, "\(text)")
        }
    }

    @Test("A safetensors export holds the stage's tensors, its card, and is a checkpoint still") func safeTensors()
        throws
    {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let path = desk.at("model.safetensors")
        let outcome = try desk.run(["export", run.path, "--stage", "btm", "--format", "safetensors", "--output", path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let file = try SafeTensorsFile.read(path)
        #expect(try file.tensors == SafeTensorsFile.read(run.checkpoint("btm")).tensors)
        #expect(file.metadata["longtail.stage"] == "btm" && file.metadata["longtail.input-size"] == "[3,32,32]")
        #expect(file.metadata["format"] == "pt")
        #expect(try Checkpoint.read(path).info.classNames.count == 3)
    }

    @Test("The name of the output says what kind of file it is") func kind() throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let path = desk.at("model.safetensors")
        let outcome = try desk.run(["export", run.path, "--output", path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try SafeTensorsFile.read(path).tensors == SafeTensorsFile.read(run.checkpoint("post-train")).tensors)
        for name in ["model.pth", "MODEL.PT"] {
            let other = try desk.run(["export", run.path, "--output", desk.at(name)])
            #expect(other.status == 0, "\(other.errors)")
            guard case .pyTorch(let file) = try ModelFile.read(desk.at(name)) else {
                Issue.record("\(name) is no file of PyTorch")
                continue
            }
            #expect(try file.stateDicts.map(\.tensors) == [SafeTensorsFile.read(run.checkpoint("post-train")).tensors])
        }
        let copy = try desk.copy(run.path, as: "run")
        let written = try desk.run(["export", copy, "--format", "pth"])
        #expect(written.status == 0 && written.output == "\(copy)/exports/post-train.pth\n")
    }

    @Test(
        "What cannot be exported is named",
        arguments: [
            (["RUN", "--stage", "nothing"], "has no model 'nothing'"), (["RUN", "--opset", "16"], "17 to 22"),
            (["RUN", "--format", "safetensors", "--features"], "weights alone"), (["absent"], "is not a run"),
            (["RUN", "--keep-batch-norm", "--fold-batch-norm"], "not both"),
            (["RUN", "--format", "onnx", "--output", "m.safetensors"], "leave one out"),
            (["RUN", "--output", "model.bin"], "There are .onnx, .safetensors, and .pth"),
            (["RUN", "--output", "model"], "There are .onnx, .safetensors, and .pth"),
            (["RUN", "--output", "model.tar"], "There are .onnx, .safetensors, and .pth"),
            (["RUN", "--output", "m.pth", "--include-normalization"], "weights alone"),
            (["RUN", "--format", "onnx", "--output", "m.pth"], "leave one out"),
            (["RUN", "--range", "1"], "--include-normalization: give both"),
        ])
    func refused(_ arguments: [String], _ words: String) throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let outcome = try desk.run(["export"] + arguments.map { $0 == "RUN" ? run.path : $0 })
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
}
