import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct RunTests {
    private let recipe: Recipe
    private let record = RunRecord(
        version: "0.1.0", libtorch: "2.11.0", threads: 2, started: Date(timeIntervalSince1970: 0),
        command: ["longtail", "train"], listHash: "abc", classNames: ["a", "b"])

    init() throws { recipe = try Recipe.parse("name: demo\ndata: { name: glyphs }\nseed: 3\nstages: [fc: , btm: ]") }

    private func failure(_ body: () throws(LongTailError) -> Void) -> String {
        do {
            try body()
            return "no failure"
        } catch { return error.description(onCommandLineOf: "longtail") }
    }

    private func line(_ stage: Int, _ member: Int?, _ epoch: Int, _ step: Int, loss: Double = 1) -> MetricLine {
        MetricLine(stage: stage, name: "s\(stage)", member: member, epoch: epoch, step: step, loss: loss, rate: 0.1)
    }

    @Test("A run reads back as it was made") func create() throws {
        let folder = try RunFolder()
        let path = folder.path("runs/demo")
        let run = try Run.create(at: path, recipe: recipe, record: record)
        try run.update { $0.classNames.append("c") }
        try run.log("hello")
        let read = try Run.open(at: path)
        #expect(read.recipe == recipe.resolved)
        #expect(read.record.classNames == ["a", "b", "c"])
        #expect(read.record.started == "1970-01-01T00:00:00Z")
        #expect(read.record.machine.processor != "")
        #expect(try String(contentsOfFile: run.layout.log, encoding: .utf8).hasSuffix("Z  hello\n"))
        for name in ["recipe.yaml", "run.json", "checkpoints", "predictions", "reports"] {
            #expect(FileManager.default.fileExists(atPath: "\(run.path)/\(name)"))
        }
        let json = try String(contentsOfFile: run.layout.record, encoding: .utf8)
        #expect(json.contains("\"class-names\"") && json.contains("\"list-hash\" : \"abc\""))
    }

    @Test("A record whose training took no number of seconds is damaged", arguments: ["\"nan\"", "1e300", "-1"])
    func seconds(text: String) throws {
        let folder = try RunFolder()
        let run = try Run.create(at: folder.path("demo"), recipe: recipe, record: record)
        let json = try String(contentsOfFile: run.layout.record, encoding: .utf8)
        let changed = json.replacing(#/"training-seconds" : 0/#, with: "\"training-seconds\" : \(text)")
        #expect(changed != json)
        try AtomicFile.write(changed, to: run.layout.record)
        #expect(failure { () throws(LongTailError) in _ = try Run.open(at: run.path) }.contains("is damaged"))
    }

    @Test("A run is never overwritten, and two processes cannot use one") func refuse() throws {
        let folder = try RunFolder()
        let path = folder.path("demo")
        do {
            let run = try Run.create(at: path, recipe: recipe, record: record)
            #expect(
                failure { () throws(LongTailError) in _ = try Run.resume(at: run.path) }.contains(
                    "another process is using this run"))
            _ = try Run.open(at: path)
            withExtendedLifetime(run) {}
        }
        #expect(
            failure { () throws(LongTailError) in _ = try Run.create(at: path, recipe: recipe, record: record) }
                .contains("there is a run already\n  Go on with it: longtail train --resume \(path)"))
        let resumed = try Run.resume(at: path)
        #expect(failure { () throws(LongTailError) in _ = try Run.resume(at: path) }.contains("another process"))
        withExtendedLifetime(resumed) {}
        try folder.write("full/notes.txt", "mine")
        #expect(
            failure { () throws(LongTailError) in
                _ = try Run.create(at: folder.path("full"), recipe: recipe, record: record)
            }
            .contains("is not empty"))
        #expect(
            failure { () throws(LongTailError) in
                _ = try Run.create(at: folder.path("full/notes.txt"), recipe: recipe, record: record)
            }.contains("is not empty"))
    }

    @Test("What is no run, or is damaged, says so") func notARun() throws {
        let folder = try RunFolder()
        _ = try Run.create(at: folder.path("demo"), recipe: recipe, record: record)
        #expect(
            failure { () throws(LongTailError) in _ = try Run.open(at: folder.path("dema")) }
                .hasSuffix("is not a run: there is no such folder\n  Did you mean 'demo'?"))
        #expect(
            failure { () throws(LongTailError) in _ = try Run.resume(at: folder.path("none")) }.contains("is not a run")
        )
        try folder.write("demo/run.json", "{ \"version\": ")
        #expect(
            failure { () throws(LongTailError) in _ = try Run.open(at: folder.path("demo")) }.contains(
                "run.json: is damaged")
        )
    }

    @Test("Resuming drops the lines after its point, and the one that a kill cut short") func truncation() throws {
        let folder = try RunFolder()
        let path = folder.path("demo")
        var run = try Run.create(at: path, recipe: recipe, record: record)
        let lines = [
            line(0, nil, 0, 10), line(0, nil, 1, 20, loss: .nan), line(1, 0, 0, 5), line(1, 0, 1, 9), line(1, 1, 0, 5),
        ]
        for line in lines { try run.append(line) }
        let half = try #require(FileHandle(forWritingAtPath: run.layout.metrics))
        try half.seekToEnd()
        try half.write(contentsOf: Data("{\"stage\":1,\"na".utf8))
        try half.close()
        #expect(try run.metricLines().map(\.position) == lines.map(\.position))
        #expect(try run.metricLines()[1].loss?.isNaN == true)
        try run.dropMetrics(after: RunPosition(stage: 1, member: 0, epoch: 0, step: 7))
        #expect(try run.metricLines().map(\.position) == lines.prefix(3).map(\.position))
        try run.append(line(1, 0, 1, 8))
        #expect(try run.metricLines().map(\.step) == [10, 20, 5, 8])
        run = try Run.open(at: path)
        #expect(try run.metricLines().count == 4)
        try run.dropMetrics(after: RunPosition(stage: -1))
        #expect(try run.metricLines().isEmpty)
    }

    @Test("A damaged line inside the metrics is named") func damaged() throws {
        let folder = try RunFolder()
        let run = try Run.create(at: folder.path("demo"), recipe: recipe, record: record)
        try run.append(line(0, nil, 0, 1))
        try folder.write("demo/metrics.jsonl", "{}\n")
        #expect(
            failure { () throws(LongTailError) in _ = try run.metricLines() }.contains(
                "metrics.jsonl:1: not a line of metrics"))
    }

    @Test("New runs are named after recipe and seed, then numbered") func names() throws {
        let folder = try RunFolder()
        let root = folder.path("runs")
        #expect(Run.freshPath(in: root, recipe: recipe) == "\(root)/demo-seed3")
        try AtomicFile.makeFolder("\(root)/demo-seed3")
        #expect(Run.freshPath(in: root, recipe: recipe) == "\(root)/demo-seed3-2")
        try AtomicFile.makeFolder("\(root)/demo-seed3-2")
        #expect(Run.freshPath(in: root, recipe: recipe) == "\(root)/demo-seed3-3")
    }

    @Test("A resume elsewhere says what differs") func differences() {
        var other = record
        #expect(record.differences(from: other).isEmpty)
        other.threads = 8
        other.machine.processor = "Other"
        #expect(
            record.differences(from: other) == [
                "machine: \(record.machine.processor) now, Other before", "threads: 2 now, 8 before",
            ])
    }
}
