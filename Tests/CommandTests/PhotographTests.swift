import Foundation
import LongTail
import Testing

/// Real photographs through every part: list file, decoding, a ResNet-50 from a PyTorch file, FC, BTM with the cache of
/// decoded pictures, post-training, evaluation, prediction, ONNX and ONNX Runtime.
@Suite struct PhotographTests {
    private static let samples = Longtail.root.deletingLastPathComponent()
        .appending(path: "shared/data/imagenet-samples").path
    private static let python = Longtail.root.appending(path: ".deps/clients/bin/python")
    private static let isReady =
        FileManager.default.fileExists(atPath: samples) && FileManager.default.isExecutableFile(atPath: python.path)

    private static let recipe = """
        data:
          name: list
          train: train.txt
          test: test.txt
          root: \(samples)
          class-names: names.txt
          image-size: 64
          cache: 64
        network: { name: resnet50, classifier: linear }
        precision: float32
        stages:
          - fc: { epochs: 1, batch-size: 16, rate: { base: 0.01, schedule: constant } }
          - btm: { members: 2, images-per-class: 4, epochs: 2, batch-size: 8, rate: { base: 1e-3, schedule: cosine } }
          - post-train: { epochs: 1, batch-size: 16, rate: { base: 0.01, schedule: cosine } }
        """

    /// Four classes of 20, 10, 6 and 4 photographs, and six of each to test on.
    private func lists(_ desk: Desk) throws -> (train: [String], test: [String]) {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.samples).filter { $0.hasSuffix(".JPEG") }
            .sorted()
        try #require(files.count == 64)
        var (train, test, next) = ([String](), [String](), 0)
        for (label, count) in [20, 10, 6, 4].enumerated() {
            train += files[next..<next + count].map { "\($0) \(label)" }
            test += files[next + count..<next + count + 6].map { "\($0) \(label)" }
            next += count + 6
        }
        try desk.write(train.joined(separator: "\n") + "\n", as: "data/train.txt")
        try desk.write(test.joined(separator: "\n") + "\n", as: "data/test.txt")
        try desk.write("one\ntwo\nthree\nfour\n", as: "data/names.txt")
        return (train, test)
    }

    @Test(
        "A ResNet-50 of PyTorch goes through FC, BTM and post-training on photographs and out to ONNX Runtime",
        .enabled(if: isReady, "needs ../shared/data/imagenet-samples and scripts/clients")) func everything() throws
    {
        let desk = try Desk()
        let lists = try lists(desk)
        let recipe = try desk.write(Self.recipe, as: "photographs.yaml")
        let made = try Longtail.run(
            Self.python,
            [
                Longtail.root.appending(path: "scripts/fixtures/resnet50_file.py").path, "4", desk.at("model.pth"),
            ])
        try #require(made.status == 0, "\(made.errors)")

        let command = ["btm", "--checkpoint", desk.at("model.pth"), "--recipe", recipe, "--data", desk.at("data")]
        let doubted = try desk.run(command + ["--run", desk.at("doubted")])
        #expect(doubted.status != 0 && doubted.errors.contains("no better than chance"), "\(doubted.errors)")
        #expect(!exists(desk.at("doubted")))

        let run = desk.at("run")
        let output = desk.at("better.safetensors")
        let trained = try desk.run(command + ["--unchecked", "--run", run, "--output", output], timeout: 600)
        try #require(trained.status == 0, "\(trained.errors)")
        let log = try String(contentsOfFile: "\(run)/log.txt", encoding: .utf8)
        #expect(log.contains("cache: "), "\(log)")
        #expect(try Checkpoint.read(output).info.classNames == ["one", "two", "three", "four"])

        let evaluated = try desk.run(["evaluate", run, "--json"], timeout: 300)
        let models = try #require(try json(evaluated.output) as? [[String: Any]], "\(evaluated.errors)")
        #expect(models.compactMap { $0["name"] as? String } == ["start", "fc", "btm", "post-train"])
        let classes = try #require(models[3]["classes"] as? [[String: Any]])
        #expect(classes.compactMap { $0["training"] as? Int } == [20, 10, 6, 4])
        #expect(classes.compactMap { $0["test"] as? Int } == [6, 6, 6, 6])

        let photographs = (lists.test + lists.train).prefix(5).map { "\(Self.samples)/\($0.split(separator: " ")[0])" }
        let predicted = try desk.run(["predict", run] + photographs + ["--json"])
        let answers = try #require(
            (try json(predicted.output) as? [String: Any])?["images"] as? [[String: Any]], "\(predicted.errors)")
        let exported = try desk.run([
            "export", run, "--output", desk.at("onnx/model.onnx"), "--include-normalization", "--range", "255",
        ])
        try #require(exported.status == 0, "\(exported.errors)")
        let logits = try onnxRuntime(desk, photographs)
        for (answer, logits) in zip(answers, logits) {
            let scores = try #require(answer["scores"] as? [[String: Any]])
            let largest = logits.max() ?? 0
            let exponentials = logits.map { exp($0 - largest) }
            for score in scores {
                let name = try #require(score["class"] as? String)
                let label = try #require(["one", "two", "three", "four"].firstIndex(of: name))
                let expected = exponentials[label] / exponentials.reduce(0, +)
                #expect(abs(try #require(score["score"] as? Double) - expected) < 1e-4)
            }
        }
    }

    /// What ONNX Runtime makes of photographs that were prepared here.
    private func onnxRuntime(_ desk: Desk, _ photographs: [String]) throws -> [[Double]] {
        let preparation = try Recipe.load(desk.at("photographs.yaml")).data.evaluationTransform
        for (number, path) in photographs.enumerated() {
            var random = CounterRandom(seed: 0, purpose: .augmentation, index: 0)
            let image = try preparation.apply(to: .encoded(EncodedImage(path: path)), random: &random)
            let values = image.planes.map(Float.init)
            try desk.write(values.withUnsafeBytes { Data($0) }, as: "onnx/input-\(number).f32")
        }
        let shapes = photographs.map { _ in [1, 3, 64, 64] }
        let outcome = try Longtail.run(
            Self.python,
            [Longtail.root.appending(path: "Tests/ExportingTests/onnx.py").path, desk.at("onnx"), "\(shapes)"])
        let answer = try #require(try json(outcome.output) as? [String: Any], "\(outcome.errors)")
        let outputs = try #require(answer["outputs"] as? [[String: Any]])
        return try outputs.map { output in
            try #require((output["logits"] as? [String: Any])?["values"] as? [Double])
        }
    }
}
