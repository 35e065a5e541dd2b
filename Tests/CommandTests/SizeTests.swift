import Foundation
import Testing

@Suite struct SizeTests {
    @Test("One class runs through to a report") func one() throws {
        let desk = try Desk()
        let root = try desk.pictures("data", classes: ["only"], count: 4)
        let stages =
            "  - pre-train: { epochs: 2, batch-size: 4, rate: { base: 0.05, schedule: cosine, warmup: 0 } }\n"
            + "  - btm: { members: 2, images-per-class: 2, epochs: 1 }\n  - post-train: { epochs: 1, batch-size: 4 }\n"
        let recipe = try desk.write(
            Tiny.recipe(data: "data: { name: folder, image-size: 32 }", stages: stages), as: "r.yaml")
        let outcome = try desk.run(
            ["train", recipe, "--data", root, "--run", desk.at("run"), "--threads", "1", "--quiet"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try String(contentsOfFile: desk.at("run/reports/report.md"), encoding: .utf8).contains("only"))
    }

    @Test("8,142 classes of two images, as many as iNaturalist 2018 has, run through to a report") func many() throws {
        let desk = try Desk()
        let data = "data: { name: glyphs, classes: 8142, images-per-class: 2, test-images-per-class: 1 }"
        // Only the classifier is trained: a forward pass over so many pictures takes long enough.
        let stages =
            "  - btm: { members: 2, images-per-class: 1, epochs: 1, batch-size: 256, mixup: 0, trains: classifier, "
            + "batch-norm: evaluate }\n"
        let recipe = try desk.write(Tiny.recipe(data: data, stages: stages), as: "r.yaml")
        let outcome = try desk.run(
            ["train", recipe, "--run", desk.at("run"), "--threads", "1", "--quiet"], timeout: 600)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("8142 classes"))
        #expect(exists(desk.at("run/reports/report.html")))
        print("8,142 classes: \(outcome.seconds) s, \(outcome.peak / 1_000_000) MB")
    }
}
