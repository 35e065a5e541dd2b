import Foundation
import LongTail
import Testing

@Suite struct PredictTests {
    private static let fixtures = Longtail.root.appending(path: "Tests/VisionTests/Fixtures").path

    @Test("Files, folders and lists are predicted in their order; scores say that they are not calibrated") func order()
        throws
    {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        for name in ["rgb.png", "gray.png"] { _ = try desk.copy("\(Self.fixtures)/\(name)", as: "folder/\(name)") }
        try desk.write("none", as: "folder/notes.txt")
        let list = try desk.write("\(Self.fixtures)/palette.png\n\n", as: "list.txt")
        let outcome = try desk.run([
            "predict", run.path, "\(Self.fixtures)/rgb-444.jpg", desk.at("folder"), "--list", list, "--json",
            "--top", "2", "--batch", "3", "--threads", "1",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let answer = try #require(try json(outcome.output) as? [String: Any])
        #expect(answer["calibrated"] as? Bool == false && answer["temperature"] == nil)
        let images = try #require(answer["images"] as? [[String: Any]])
        let names = images.compactMap { ($0["image"] as? String)?.split(separator: "/").last.map(String.init) }
        #expect(names == ["rgb-444.jpg", "gray.png", "rgb.png", "palette.png"])
        for image in images {
            let scores = try #require(image["scores"] as? [[String: Any]]).compactMap { $0["score"] as? Double }
            #expect(
                scores.count == 2 && scores[0] >= scores[1] && scores[0] >= 1.0 / 3 && scores[0] + scores[1] <= 1.0001)
        }
        let text = try desk.run(["predict", run.path, "\(Self.fixtures)/rgb.png", "--threads", "1"])
        #expect(text.output.contains("uncalibrated"))
        #expect(text.output.split(separator: "\n").count == 2)
    }

    @Test("Broken pictures are named, the others are predicted, and the status tells") func broken() throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let bad = try desk.write("no picture", as: "bad.jpg")
        let outcome = try desk.run(["predict", run.path, bad, "\(Self.fixtures)/rgb.png", "--threads", "1"])
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("bad.jpg") && outcome.errors.contains("1 of 2 pictures"))
        #expect(outcome.output.contains("rgb.png"))
        let empty = try desk.run(["predict", run.path])
        #expect(empty.status != 0 && empty.errors.contains("Name pictures"))
    }

    @Test("A run whose recipe keeps validation images is calibrated at its end, by itself") func calibrated() throws {
        let desk = try Desk()
        let data = Tiny.data.replacing(" }", with: ", validation: 6 }").replacing("imbalance: 3", with: "imbalance: 1")
            .replacing("classes: 3", with: "classes: 8")
        let stages = "  - pre-train: { epochs: 4, batch-size: 16, rate: { base: 0.02, schedule: cosine, warmup: 0 } }\n"
        let recipe = try desk.write(Tiny.recipe(data: data, stages: stages), as: "r.yaml")
        let trained = try desk.run(["train", recipe, "--run", desk.at("run"), "--threads", "1", "--quiet"])
        try #require(trained.status == 0, "\(trained.errors)")
        let outcome = try desk.run(["calibrate", desk.at("run"), "--threads", "1", "--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let known = try #require(try json(outcome.output) as? [String: [String: Any]])["pre-train"]
        let temperature = try #require(known?["temperature"] as? Double)
        #expect(known?["images"] as? Int == 48)
        let before = try #require(known?["nll-before"] as? Double)
        #expect(try #require(known?["nll-after"] as? Double) <= before)
        let picture = "\(Self.fixtures)/rgb.png"
        let predicted = try desk.run(["predict", desk.at("run"), picture, "--threads", "1"])
        #expect(
            predicted.output.contains("calibrated, temperature \(String(format: "%.4f", temperature)) fitted on 48"))
        let exported = try desk.run(["export", desk.at("run"), "--output", desk.at("model.onnx")])
        try #require(exported.status == 0, "\(exported.errors)")
        let file = try Data(contentsOf: URL(fileURLWithPath: desk.at("model.onnx")))
        // As it is written: reading the JSON can round a number's last digit.
        let written = try #require(outcome.output.firstMatch(of: /"temperature":([0-9.e+-]+)/)).1
        #expect(file.range(of: Data(written.utf8)) != nil)
    }
}
