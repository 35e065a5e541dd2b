import Foundation
import LongTail
import Testing

@Suite struct CommandLineTests {
    private static let commands = [
        "plan", "train", "btm", "evaluate", "predict", "calibrate", "export", "merge", "interpolate", "ablate",
        "compare",
        "methods", "split",
        "networks", "data", "data get", "data check", "import", "recipe", "recipe list", "recipe show", "recipe keys",
        "doctor",
        "bench",
        "bench methods",
    ]

    @Test("Every subcommand explains itself with an example", arguments: commands) func help(_ command: String) throws {
        let outcome = try Longtail.run(command.split(separator: " ").map(String.init) + ["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        let lines = outcome.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(lines.contains { $0.hasPrefix("longtail \(command)") }, "\(outcome.output)")
        #expect(lines.contains { $0.hasPrefix("USAGE: longtail \(command)") })
    }

    @Test("The list of subcommands in the help is the list that is tested") func list() throws {
        let help = try Longtail.run(["--help"]).output
        let listed = help.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }.dropFirst()
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.contains("longtail help") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(Set(listed) == Set(Self.commands.compactMap { $0.split(separator: " ").first.map(String.init) }))
    }

    @Test("The version is one line with a number") func version() throws {
        let outcome = try Longtail.run(["--version"])
        #expect(outcome.status == 0)
        #expect(outcome.output.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+[^\n]*\n/) != nil)
    }

    @Test("The doctor names libtorch, where it lies, threads, devices and codecs, for people and for machines")
    func doctor() throws {
        let text = try Longtail.run(["doctor", "--threads", "1"])
        #expect(text.status == 0)
        let machine = try Longtail.run(["doctor", "--json", "--threads", "1"])
        let facts = try #require(try json(machine.output) as? [String: String])
        for name in [
            "libtorch", "libtorch is", "threads", "devices", "codecs", "libheif", "libtiff", "machine", "toolchain",
        ] {
            #expect(facts[name]?.isEmpty == false && text.output.contains(name), "\(name)")
        }
        #expect(facts["libtorch is"]?.hasPrefix("/") == true)
        #expect(facts["threads"] == "1")
    }

    @Test(
        "A resolved recipe resolves to itself", arguments: ["demo/glyphs", "cifar100-lt/mislas-btm", "cifar10-lt/ce"])
    func resolved(_ name: String) throws {
        let desk = try Desk()
        let first = try desk.run(["recipe", "show", Longtail.root.appending(path: "Recipes/\(name).yaml").path])
        try #require(first.status == 0, "\(first.errors)")
        let second = try desk.run(["recipe", "show", desk.write(first.output, as: "resolved.yaml")])
        #expect(second.output == first.output)
        #expect(first.output.contains("weight-decay:"))
        let changed = try desk.run(["recipe", "show", desk.at("resolved.yaml"), "--set", "seed=7"])
        #expect(changed.output != first.output && changed.output.contains("seed: 7"))
    }

    @Test("Recipes are found by name wherever the command runs, and a file of that name comes first")
    func recipesByName() throws {
        let desk = try Desk()
        let list = try desk.run(["recipe", "list"])
        try #require(list.status == 0, "\(list.errors)")
        #expect(list.output.contains("demo/glyphs") && list.output.contains("places-lt/crt"))
        let entries = try #require(try json(desk.run(["recipe", "list", "--json"]).output) as? [[String: Any]])
        #expect(entries.contains { $0["name"] as? String == "folder" })
        #expect(entries.allSatisfy { ($0["heading"] as? String)?.isEmpty == false })
        let demo = try desk.run(["recipe", "show", "demo"])
        #expect(demo.status == 0 && demo.output.contains("name: demo-glyphs"), "\(demo.errors)")
        try desk.write(Tiny.recipe, as: "demo")
        let own = try desk.run(["recipe", "show", "demo"])
        #expect(own.status == 0 && own.output.contains("classes: 3"), "\(own.errors)")
    }

    @Test("A split shows counts and groups, writes its list, and is JSON on request") func split() throws {
        let desk = try Desk()
        let list = desk.at("list.txt")
        let arguments = ["split", "glyphs", "--imbalance", "10", "--output", list]
        let text = try desk.run(arguments)
        try #require(text.status == 0, "\(text.errors)")
        let table = try #require(try json(desk.run(arguments + ["--json"]).output) as? [String: Any])
        let rows = try #require(table["rows"] as? [[Any]])
        let counts = rows.compactMap { $0[1] as? Int }
        #expect(counts.count == 20 && counts.max() == 200 && counts.min() == 20)
        let lines = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == counts.reduce(0, +))
        #expect(text.output.contains("many") && text.output.contains("list "))
    }

    @Test("A merge is the float64 mean of its models, with the largest of integers; ratios weigh it") func merge()
        throws
    {
        let models = [try FinishedRun.shared.get(), try FinishedRun.other.get()].map { $0.checkpoint("btm") }
        let desk = try Desk()
        let average = try desk.run(["merge"] + models + ["--output", desk.at("average.safetensors")])
        try #require(average.status == 0, "\(average.errors)")
        let weighted = try desk.run(
            ["merge"] + models + ["--ratios", "3", "1", "--output", desk.at("3-1.safetensors")])
        try #require(weighted.status == 0, "\(weighted.errors)")
        let (a, b) = (try SafeTensorsFile.read(models[0]).tensors, try SafeTensorsFile.read(models[1]).tensors)
        let mean = try SafeTensorsFile.read(desk.at("average.safetensors")).tensors
        let ratios = try SafeTensorsFile.read(desk.at("3-1.safetensors")).tensors
        #expect(Array(mean.keys) == Array(a.keys))
        #expect(a != b)
        for (name, tensor) in a {
            let other = try #require(b[name])
            let pairs = zip(tensor.doubles, other.doubles)
            guard tensor.dtype.isFloatingPoint else {
                #expect(mean[name]?.doubles == pairs.map { max($0, $1) }, "\(name)")
                continue
            }
            #expect(mean[name]?.doubles == pairs.map { Double(Float(($0 + $1) / 2)) }, "\(name)")
            #expect(ratios[name]?.doubles == pairs.map { Double(Float((3 * $0 + $1) / 4)) }, "\(name)")
        }
    }

    @Test("Validation images are evaluated on request, with generalised means of any power, and nothing is kept of it")
    func validation() throws {
        let desk = try Desk()
        let recipe = try desk.write(
            Tiny.recipe(
                data: Tiny.data.replacing("imbalance: 3", with: "imbalance: 3, validation: 2"), stages: Tiny.preTrain),
            as: "r.yaml")
        let run = try desk.run(["train", recipe, "--run", desk.at("run"), "--threads", "1"])
        try #require(run.status == 0, "\(run.errors)")
        let report = try String(contentsOfFile: desk.at("run/reports/report.md"), encoding: .utf8)
        let outcome = try desk.run(
            ["evaluate", desk.at("run"), "--validation", "--power", "-1", "--power", "1", "--json", "--threads", "1"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let model = try #require((try json(outcome.output) as? [[String: Any]])?.first)
        let classes = try #require(model["classes"] as? [[String: Any]])
        #expect(classes.map { $0["test"] as? Int } == [2, 2, 2])
        #expect(classes.map { $0["training"] as? Int } == [22, 11, 6])
        let means = try #require(model["generalised-means"] as? [String: Double])
        #expect(means["-1.0"] == model["h-mean"] as? Double)
        let confusions = try #require(model["confusions"] as? [[String: Any]])
        #expect(confusions.compactMap { $0["count"] as? Int }.reduce(0, +) == 6)
        let right = confusions.filter { $0["true"] as? String == $0["predicted"] as? String }
        #expect(right.compactMap { $0["count"] as? Double }.reduce(0, +) / 6 == model["accuracy"] as? Double)
        let f1 = classes.map { $0["f1"] as? Double ?? 0 }
        #expect(abs(f1.reduce(0, +) / 3 - (model["macro-f1"] as? Double ?? -1)) < 1e-12)
        let precision = classes.map { $0["precision"] as? Double ?? 0 }
        #expect(abs(precision.reduce(0, +) / 3 - (model["macro-precision"] as? Double ?? -1)) < 1e-12)
        #expect(try String(contentsOfFile: desk.at("run/reports/report.md"), encoding: .utf8) == report)
        // Tiny.recipe keeps none apart.
        let refused = try desk.run(["evaluate", try FinishedRun.shared.get().path, "--validation"])
        #expect(refused.status == 2 && refused.errors.contains("data.validation"), "\(refused.errors)")
    }

    @Test("Kept members merged by the command are what a run makes of them", arguments: ["adaptive-g", "soup-h"])
    func mergeOfMembers(strategy: String) throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let stage = Tiny.btm.replacing("members: 3", with: "members: 3, merge: \(strategy)")
        let recipe = try desk.write(Tiny.recipe(stages: stage), as: "r.yaml")
        let whole = try desk.run(
            [
                "btm", "--unchecked", "--checkpoint", run.checkpoint("pre-train"), "--recipe", recipe, "--run",
                desk.at("run"),
                "--threads", "1",
            ])
        try #require(whole.status == 0, "\(whole.errors)")
        let members = (1...3).map { desk.at("run/checkpoints/btm-member-\($0).safetensors") }
        let merged = try desk.run(
            ["merge"] + members + ["--strategy", strategy, "--output", desk.at("m.safetensors"), "--threads", "1"])
        try #require(merged.status == 0, "\(merged.errors)")
        let (ours, theirs) = (desk.at("m.safetensors"), desk.at("run/checkpoints/btm.safetensors"))
        #expect(try SafeTensorsFile.read(ours).tensors == SafeTensorsFile.read(theirs).tensors)
        // A model that is no member has no subset to be measured on.
        let refused = try desk.run(
            ["merge", theirs, members[0], "--strategy", strategy, "--output", desk.at("x.safetensors")])
        #expect(refused.status == 3 && refused.errors.contains("keep-members"), "\(refused.errors)")
    }

    @Test("Both ends of an interpolation are what an evaluation of their models finds") func interpolate() throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let outcome = try desk.run([
            "interpolate", run.checkpoint("pre-train"), run.checkpoint("btm"), "--points", "3", "--json", "--threads",
            "1", "--output", desk.at("curve.svg"),
        ])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let table = try #require(try json(outcome.output) as? [String: Any])
        let rows = try #require(table["rows"] as? [[Any]])
        #expect(rows.compactMap { $0[0] as? String } == ["0.00", "0.50", "1.00"])
        let evaluated = try evaluate(try desk.copy(run.path, as: "copy"), desk)
        let models = Dictionary(
            uniqueKeysWithValues: evaluated.compactMap { model in
                (model["name"] as? String).map { ($0, model) }
            })
        for (row, name) in [(rows[0], "pre-train"), (rows[2], "btm")] {
            let model = try #require(models[name])
            let names = ["accuracy", "h-mean", "g-mean", "lowest-recall"]
            #expect(row.dropFirst().compactMap { $0 as? Double } == names.compactMap { model[$0] as? Double })
        }
        #expect(try String(contentsOfFile: desk.at("curve.svg"), encoding: .utf8).hasPrefix("<svg"))
    }

    @Test("An evaluation as JSON has every figure and every class, for members too, and nothing else on the output")
    func evaluation() throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let copy = try desk.copy(run.path, as: "copy")
        let models = try evaluate(copy, desk)
        #expect(models.compactMap { $0["name"] as? String } == ["pre-train", "btm", "post-train"])
        for model in models {
            for name in ["accuracy", "h-mean", "g-mean", "lowest-recall", "ece", "classwise-ece"] {
                let value = try #require(model[name] as? Double, "\(name)")
                #expect((0...1).contains(value))
            }
            #expect(model["recall-floor"] as? Double == 0.001)
            let classes = try #require(model["classes"] as? [[String: Any]])
            #expect(classes.compactMap { $0["training"] as? Int } == [24, 13, 8])
            #expect(classes.allSatisfy { $0["test"] as? Int == 8 && $0["name"] is String })
            let recalls = classes.compactMap { $0["recall"] as? Double }
            #expect(recalls.count == 3)
            #expect(model["zero-classes"] as? Int == recalls.count { $0 == 0 })
            #expect(model["lowest-recall"] as? Double == recalls.min())
            let accuracy = try #require(model["accuracy"] as? Double)
            #expect(abs(accuracy - recalls.reduce(0, +) / 3) < 1e-12)
        }
        #expect(try evaluate(copy, desk, ["--members"]).count == 7)
        let text = try desk.run(["evaluate", copy, "--threads", "1", "--quiet"])
        #expect(text.status == 0)
        #expect(text.output.contains("H-mean") && text.output.contains("report.html"))
    }

    @Test("A finished run has a report as Markdown and HTML and a figure, which name floor and interval") func report()
        throws
    {
        let run = try FinishedRun.shared.get()
        let markdown = try String(contentsOfFile: "\(run.path)/reports/report.md", encoding: .utf8)
        let html = try String(contentsOfFile: "\(run.path)/reports/report.html", encoding: .utf8)
        let figure = try String(contentsOfFile: "\(run.path)/reports/recall.svg", encoding: .utf8)
        for text in [markdown, html, run.output] {
            #expect(text.contains("floored at 0.1"))
            #expect(text.contains("95 %"))
            #expect(text.contains("post-train"))
        }
        #expect(markdown.contains("recall.svg"))
        #expect(html.lowercased().hasPrefix("<!doctype html>") && html.contains("<svg"))
        #expect(figure.hasPrefix("<svg") && figure.contains("</svg>"))
        #expect(run.output.contains("\(run.path)/reports/report.html"))
    }

    @Test("Training with --json gives one JSON table on the output, and JSON lines of progress beside it")
    func trainingAsJSON() throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe(stages: Tiny.preTrain), as: "short.yaml")
        let outcome = try desk.run(["train", recipe, "--run", desk.at("run"), "--threads", "1", "--json"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let table = try #require(try json(outcome.output) as? [String: Any])
        #expect(table["rows"] is [[Any]])
        let lines = outcome.errors.split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines { #expect((try? json(String(line)) as? [String: Any])?["event"] is String, "\(line)") }
    }

    @Test("BTM plugs into a trained checkpoint and writes the final model") func btm() throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let outcome = try desk.run([
            "btm", "--unchecked", "--checkpoint", run.checkpoint("pre-train"), "--recipe", run.recipe, "--run",
            desk.at("run"),
            "--output", desk.at("final.safetensors"), "--threads", "1", "--quiet",
        ])
        try #require(outcome.status == 0, "\(outcome.errors)")
        // The same weights as in a run that pre-trained them itself.
        let (whole, plugged) = (try digests(ofRun: run.path), try digests(ofRun: desk.at("run")))
        for stage in ["btm", "post-train"] {
            #expect(plugged["\(stage).safetensors"] == whole["\(stage).safetensors"])
        }
        #expect(
            try SafeTensorsFile.read(desk.at("final.safetensors")).tensors
                == SafeTensorsFile.read(run.checkpoint("post-train")).tensors)
        #expect(outcome.output.contains("start"))
    }

    @Test("Completions are generated for the shells, and bash understands its own", arguments: ["bash", "zsh", "fish"])
    func completions(_ shell: String) throws {
        let desk = try Desk()
        let outcome = try desk.run(["--generate-completion-script", shell])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("interpolate") && outcome.output.contains("resume"))
        guard shell == "bash" else { return }
        let script = try desk.write(outcome.output, as: "longtail.bash")
        let checked = try Longtail.run(URL(fileURLWithPath: "/bin/bash"), ["-n", script])
        #expect(checked.status == 0, "\(checked.errors)")
    }

    @Test("A finished run that is resumed is only reported on again") func finished() throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let copy = try desk.copy(run.path, as: "copy")
        let (before, lines) = (try digests(ofRun: copy), try epochs(ofRun: copy))
        try FileManager.default.removeItem(atPath: "\(copy)/reports/report.md")
        let outcome = try desk.run(["train", "--resume", copy, "--threads", "1"])
        #expect(outcome.status == 0)
        #expect(try digests(ofRun: copy) == before)
        #expect(try epochs(ofRun: copy) == lines)
        #expect(!outcome.errors.contains("parameters trained"))
        #expect(
            outcome.output.replacing(copy, with: "RUN") == run.output.replacing(run.path, with: "RUN"))
        #expect(exists("\(copy)/reports/report.md"))
    }

    @Test("A second process on one run is refused, and does not disturb the first") func lock() throws {
        let run = try FinishedRun.shared.get()
        let desk = try Desk()
        let long = try desk.write(
            Tiny.recipe(stages: Tiny.preTrain.replacing("epochs: 3", with: "epochs: 1000")), as: "long.yaml")
        let path = desk.at("run")
        let first = try Longtail.start(["train", long, "--run", path, "--threads", "1", "--quiet"])
        defer { first.forget() }
        first.wait { exists("\(path)/checkpoints/resume.safetensors") }
        let second = try desk.run(["train", "--resume", path, "--threads", "1"])
        #expect(second.status == 2)
        #expect(second.errors.contains("another process is using this run"))
        let third = try desk.run(["train", run.recipe, "--run", path, "--threads", "1"])
        #expect(third.status == 2)
        #expect(third.errors.contains("there is a run already"))
        #expect(first.isRunning)
    }

    /// The models of `evaluate --json`.
    private func evaluate(_ run: String, _ desk: Desk, _ more: [String] = []) throws -> [[String: Any]] {
        let outcome = try desk.run(["evaluate", run, "--json", "--threads", "1"] + more)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try #require(try json(outcome.output) as? [[String: Any]])
    }
}
