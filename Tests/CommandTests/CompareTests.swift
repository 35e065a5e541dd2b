import Foundation
import Testing

/// `longtail compare` and `longtail methods` as a user runs them.
@Suite struct CompareTests {
    private func recipe(_ method: String) -> String {
        Tiny.recipe(
            stages:
                "  - pre-train: { method: \(method), epochs: 4, batch-size: 16, rate: { base: 0.05, schedule: cosine, warmup: 0 } }\n"
        )
    }

    @Test("Two recipes with two seeds stand in one table, in every form, and finished runs are used again")
    func table() throws {
        let desk = try Desk()
        let (a, b) = (
            try desk.write(recipe("ce"), as: "plain.yaml"), try desk.write(recipe("bsce"), as: "shifted.yaml")
        )
        let command = ["compare", a, b, "--seeds", "2", "--runs", desk.at("out"), "--threads", "1", "--shorten", "2"]
        let first = try desk.run(command)
        try #require(first.status == 0, "\(first.errors)")
        let lines = first.output.split(separator: "\n")
        // A row for each seed, their mean, their spread, and a sentence on the two sources of chance.
        #expect(lines.count { $0.contains("plain") } >= 5 && lines.count { $0.contains("shifted") } == 5)
        #expect(first.output.contains("matters more"))
        #expect(first.output.contains("mean"))
        for ending in ["txt", "md", "tex", "json"] {
            #expect(FileManager.default.fileExists(atPath: desk.at("out/table.\(ending)")))
        }
        #expect(try String(contentsOfFile: desk.at("out/table.tex"), encoding: .utf8).contains("\\begin{tabular}"))
        let again = try desk.run(command + ["--format", "json"])
        #expect(again.seconds < first.seconds)
        let table = try #require(try json(again.output) as? [String: Any])
        let rows = try #require(table["rows"] as? [[Any]])
        #expect(rows.count == 8)
        // The mean row is the mean of its seeds.
        func value(_ row: Int) -> Double? {
            (rows[row][7] as? [String: Any])?["value"] as? Double ?? rows[row][7] as? Double
        }
        let (one, two, mean) = (try #require(value(0)), try #require(value(1)), try #require(value(2)))
        #expect(abs((one + two) / 2 - mean) < 1e-12)
        let other = try desk.run(command + ["--set", "precision=bfloat16"])
        #expect(other.status == 2 && other.errors.contains("other values"))
    }

    @Test("Recipes of other images are not compared, nor two of one name") func refused() throws {
        let desk = try Desk()
        let a = try desk.write(recipe("ce"), as: "a.yaml")
        let b = try desk.write(recipe("ce").replacing("imbalance: 3", with: "imbalance: 2"), as: "b.yaml")
        let images = try desk.run(["compare", a, b, "--runs", desk.at("out")])
        #expect(images.status == 2 && images.errors.contains("other images"))
        let twice = try desk.run(["compare", a, a, "--runs", desk.at("out")])
        #expect(twice.status == 2 && twice.errors.contains("like another recipe"))
        #expect(!FileManager.default.fileExists(atPath: desk.at("out")))
    }

    @Test("From a checkpoint, the model itself is the first row") func checkpoint() throws {
        let finished = try FinishedRun.shared.get()
        let desk = try Desk()
        let a = try desk.write(
            Tiny.recipe(stages: Tiny.preTrain + "  - post-train: { method: post-hoc-logit-adjustment }\n"), as: "a.yaml"
        )
        let outcome = try desk.run([
            "compare", a, "--checkpoint", finished.checkpoint("pre-train"), "--runs", desk.at("out"), "--threads",
            "1",
        ])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let rows = outcome.output.split(separator: "\n").dropFirst(2).prefix(2)
        #expect(rows.first?.hasPrefix("start") == true)
    }

    @Test("Every method is listed and explained; a misspelt one gets its neighbour") func methods() throws {
        let list = try #require(try json(try Longtail.run(["methods", "--json"]).output) as? [[String: Any]])
        #expect(list.count > 20)
        for entry in list {
            let name = try #require(entry["name"] as? String)
            let page = try Longtail.run(["methods", name])
            #expect(page.status == 0 && page.output.contains("Stages:"), "\(name)")
            let recipe = try #require((entry["page"] as? [String: Any])?["recipe"] as? String)
            #expect(
                FileManager.default.fileExists(
                    atPath: Longtail.root.appending(path: "Recipes/cifar100-lt/\(recipe).yaml").path), "\(recipe)")
        }
        let wrong = try Longtail.run(["methods", "pacco"])
        #expect(wrong.status == 2 && wrong.errors.contains("'paco'"))
    }
}
