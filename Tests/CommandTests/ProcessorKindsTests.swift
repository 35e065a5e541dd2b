import Foundation
import Testing

/// The command on lesser processors than this one, as far as LONGTAIL_CPU makes it one.
@Suite struct ProcessorKindsTests {
    /// Runs the command with a cap.
    private func run(_ cap: String, _ arguments: [String], in desk: Desk) throws -> Longtail.Outcome {
        let binary = try #require(Longtail.binary, "longtail is not built beside the tests")
        return try Longtail.run(
            URL(filePath: "/usr/bin/env"), ["LONGTAIL_CPU=\(cap)", binary.path] + arguments,
            in: URL(filePath: desk.path))
    }

    @Test("A run is trained in float32, and can be reported on in bfloat16", arguments: ["avx2", "portable"])
    func trains(cap: String) throws {
        let desk = try Desk()
        let recipe = try desk.write(
            Tiny.recipe(stages: Tiny.preTrain).replacing("precision: float32", with: "precision: auto"), as: "r.yaml")
        let options = ["--threads", "1", "--quiet"]
        let trained = try run(cap, ["train", recipe, "--run", desk.at("run")] + options, in: desk)
        #expect(trained.status == 0, "\(trained.errors)")
        let written = try String(contentsOfFile: desk.at("run/recipe.yaml"), encoding: .utf8)
        let imitated = try run(
            cap, ["train", recipe, "--run", desk.at("other"), "--set", "evaluation.precision=bfloat16"] + options,
            in: desk)
        #expect(imitated.status == 0, "\(imitated.errors)")
        #if arch(x86_64)
            #expect(written.contains("precision: float32") && !written.contains("precision: bfloat16"))
        #endif
    }
}
