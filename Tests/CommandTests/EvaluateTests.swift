import Foundation
import Testing

@Suite struct EvaluateTests {
    @Test("A report needs the run and the test images, and no training image") func testImagesAlone() throws {
        let desk = try Desk()
        let data = try desk.pictures("photos", classes: ["ant", "bee"], count: 3)
        let recipe = try desk.write(
            Tiny.recipe(
                data: "data: { name: folder, image-size: 32 }",
                stages: "  - pre-train: { epochs: 1, batch-size: 4, rate: { base: 0.05, warmup: 0 } }\n"),
            as: "folder.yaml")
        let trained = try desk.run(["train", recipe, "--data", data, "--run", desk.at("run"), "--threads", "1"])
        try #require(trained.status == 0, "\(trained.errors)")
        let before = try desk.run(["evaluate", desk.at("run"), "--json", "--threads", "1"])
        try #require(before.status == 0, "\(before.errors)")
        try FileManager.default.removeItem(atPath: "\(data)/train")
        let after = try desk.run(["evaluate", desk.at("run"), "--json", "--threads", "1"])
        #expect(after.status == 0 && after.output == before.output, "\(after.errors)")
        let models = try #require(try json(after.output) as? [[String: Any]])
        let classes = try #require(models[0]["classes"] as? [[String: Any]])
        #expect(classes.compactMap { $0["training"] as? Int } == [3, 3])
    }
}
