import Foundation
import LongTail
import Testing

@Suite struct EvaluatePredictionsTests {
    /// Classes cat and dog, 30 images each; as many of each are right.
    private func table(_ right: [String: Int]) -> String {
        let rows = ["cat", "dog"].flatMap { name in
            (0..<30).map { index in
                "\(name)/\(index).jpg,\(name),\(index < right[name, default: 0] ? name : name == "cat" ? "dog" : "cat")"
            }
        }
        return (["image,true,predicted"] + rows).joined(separator: "\n") + "\n"
    }

    @Test("Two programs' predictions are compared without a model and without an image, as tables and as JSON")
    func compared() throws {
        let desk = try Desk()
        let before = try desk.write(table(["cat": 30, "dog": 3]), as: "before.csv")
        let after = try desk.write(table(["cat": 27, "dog": 24]), as: "after.csv")
        let counts = try desk.write("class,count\ncat,500\ndog,5\n", as: "counts.csv")
        let command = ["evaluate", "--predictions", before, "--predictions", after]
        let outcome = try desk.run(command + ["--counts", counts, "--convention", "lift"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let rows = outcome.output.split(separator: "\n").map(String.init)
        let accuracy = try #require(rows.first { $0.hasPrefix("Accuracy") })
        #expect(accuracy.contains("55.00") && accuracy.contains("85.00") && accuracy.contains("+30.00"))
        // 2 / (1 + 10) and 2 / (30/27 + 30/24); as LIFT prints it, with one decimal.
        #expect(rows.contains { $0.hasPrefix("H-mean") && $0.contains("18.18") && $0.contains("84.71") })
        #expect(rows.contains { $0.hasPrefix("hmean_acc") && $0.contains("18.2") && $0.contains("84.7") })
        #expect(rows.contains { $0.hasPrefix("  of the true recalls") && $0.hasSuffix("*") })
        #expect(rows.contains { $0.hasPrefix("Few (1 class)") })
        let alone = try desk.run(["evaluate", "--predictions", before, "--json"])
        let models = try #require(JSONSerialization.jsonObject(with: Data(alone.output.utf8)) as? [[String: Any]])
        let figures = try #require(models.first?["figures"] as? [String: [String: Any]])
        #expect(figures["accuracy"]?["value"] as? Double == 0.55 && figures["few"] == nil)
        let both = try desk.run(command + ["--json"])
        let pair = try #require(JSONSerialization.jsonObject(with: Data(both.output.utf8)) as? [[String: Any]])
        let change = try #require(pair[1]["change"] as? [String: Any])
        let changes = try #require(change["figures"] as? [String: [String: Any]])
        #expect(pair[0]["change"] == nil && change["from"] as? String == "before")
        #expect(abs(try #require(changes["accuracy"]?["value"] as? Double) - 0.3) < 1e-12)
        #expect(changes["accuracy"]?["significant"] as? Bool == true && changes["lowest-recall"]?["population"] == nil)
        let uncounted = try desk.run(command)
        #expect(uncounted.output.contains("Training counts are not known") && !uncounted.output.contains("Few ("))
    }

    @Test("A run's own file gives the run's own figures") func own() throws {
        let desk = try Desk()
        let run = try FinishedRun.shared.get()
        let copy = try desk.copy(run.path, as: "run")
        let whole = try desk.run(["evaluate", copy, "--json", "--threads", "1"])
        let file = try desk.run(["evaluate", "--predictions", "\(copy)/predictions/post-train.csv.gz", "--json"])
        #expect(file.status == 0, "\(file.errors)")
        func last(_ text: String) throws -> NSDictionary {
            let models = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
            var model = try #require(models.last)
            // The recipe's seed, which the file does not say, is that of the intervals; and there is one model in it.
            (model["figures"], model["change"]) = (nil, nil)
            return model as NSDictionary
        }
        #expect(try last(whole.output) == last(file.output))
    }

    @Test("Predictions go without what needs a model, and files of other images are not compared") func refused() throws
    {
        let desk = try Desk()
        let file = try desk.write(table(["cat": 1]), as: "a.csv")
        let other = try desk.write("image,true,predicted\nx.jpg,cat,dog\n", as: "b.csv")
        for words in [
            [], ["runs/x", "--predictions", file], ["runs/x", "--counts", file], ["--predictions", file, "--members"],
        ] {
            #expect(try desk.run(["evaluate"] + words).status == 64, "\(words)")
        }
        let images = try desk.run(["evaluate", "--predictions", file, "--predictions", other])
        #expect(images.status != 0 && images.errors.contains("b.csv"), "\(images.errors)")
        let missing = try desk.run(["evaluate", "--predictions", desk.at("none.csv")])
        #expect(missing.status != 0 && missing.errors.contains("none.csv"), "\(missing.errors)")
    }
}
