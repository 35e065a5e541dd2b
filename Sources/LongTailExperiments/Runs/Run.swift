import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization

/// A run: one directory with everything about one training (`RunLayout`).
///
/// A reference type for one thread. A run that was created or resumed holds a lock until it goes away.
public final class Run {
    /// Where its files are.
    public let layout: RunLayout
    /// The directory.
    public var path: String { layout.folder }
    /// The recipe as resolved.
    public let recipe: Recipe
    /// What the run says about itself.
    public private(set) var record: RunRecord
    private let lock: RunLock?
    private var log: GrowingFile?
    private var metrics: GrowingFile?

    private init(_ layout: RunLayout, _ recipe: Recipe, _ record: RunRecord, lock: RunLock?) {
        (self.layout, self.recipe, self.record, self.lock) = (layout, recipe, record, lock)
    }

    /// Makes a new run; refuses a directory that holds anything.
    ///
    /// Its recipe says in which precision it is trained, so that it keeps its own wherever it is taken up again.
    public static func create(at path: String, recipe: Recipe, record: RunRecord) throws(LongTailError) -> Run {
        try create(at: path, recipe: recipe, record: record, images: "")
    }

    /// The same, with what is kept of its pictures (`ImageStamps`).
    static func create(
        at path: String, recipe: Recipe, record: RunRecord, images: String
    ) throws(LongTailError) -> Run {
        let recipe = recipe.resolved
        var record = record
        record.recipeDigest = ContentHash.sha256(recipe.yaml)
        let layout = RunLayout(path)
        guard layout.foreign.isEmpty, !FileManager.default.fileExists(atPath: path) || Path(path).isFolder else {
            let isRun = FileManager.default.fileExists(atPath: layout.record)
            throw LongTailError(
                .usage, isRun ? "\(path): there is a run already" : "\(path): is not empty",
                remedy: isRun
                    ? "Go on with it: \(Wording.command("train \(Wording.option("resume", shellQuoted(path)))")). Or give the new one a name of its own with \(Wording.option("run", "NAME"))."
                    : "Give the run a name of its own with \(Wording.option("run", "NAME")).")
        }
        try AtomicFile.makeFolder(path)
        let run = Run(layout, recipe, record, lock: try RunLock(layout))
        // A second look under the lock: two processes may have found the folder empty.
        guard !FileManager.default.fileExists(atPath: layout.record) else {
            throw LongTailError(
                .usage, "\(path): there is a run already", remedy: "Give the new one a name of its own.")
        }
        run.sweep()
        for folder in layout.folders { try AtomicFile.makeFolder(folder) }
        try AtomicFile.write(recipe.yaml, to: layout.recipe)
        if !images.isEmpty { try AtomicFile.write(images, to: layout.images) }
        // Last, because a directory with run.json is a whole run.
        try run.writeRecord()
        return run
    }

    /// Removes what killed writes left behind; a `.NAME.PID.part` of a process that lives is still being written.
    func sweep() {
        for folder in [path] + layout.folders {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where RunLayout.isPart(name) {
                let process = name.split(separator: ".").dropLast().last.flatMap { pid_t($0) }
                if let process, process > 0, process != getpid(), kill(process, 0) == 0 { continue }
                try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
    }

    /// Opens a run for reading; nobody is locked out.
    ///
    /// - Parameters:
    ///   - path: The folder of the run.
    ///   - registry: What a program adds to the words of recipes.
    public static func open(at path: String, registry: Registry = Registry()) throws(LongTailError) -> Run {
        try open(path, lock: nil, registry)
    }

    /// The recipe of a run; nil where there is none at a path, which may be another machine's.
    public static func stated(_ path: String, registry: Registry = Registry()) throws(LongTailError) -> Recipe? {
        guard FileManager.default.fileExists(atPath: RunLayout(path).record) else { return nil }
        return try open(at: path, registry: registry).recipe
    }

    /// Opens a run to go on with it, and locks it.
    ///
    /// - Parameters:
    ///   - path: The folder of the run.
    ///   - registry: What a program adds to the words of recipes.
    public static func resume(at path: String, registry: Registry = Registry()) throws(LongTailError) -> Run {
        // Looked at first, because a lock is a file and does not belong into any other folder.
        let layout = RunLayout(path)
        guard FileManager.default.fileExists(atPath: layout.record) else { throw notARun(path) }
        let run = try open(path, lock: try RunLock(layout), registry)
        run.sweep()
        return run
    }

    private static func open(_ path: String, lock: RunLock?, _ registry: Registry) throws(LongTailError) -> Run {
        let layout = RunLayout(path)
        guard let data = FileBytes.contents(of: layout.record) else { throw notARun(path) }
        guard let record = RunJSON.decode(RunRecord.self, data) else {
            throw LongTailError(
                .file, "\(layout.record): is damaged",
                remedy: "The checkpoints beside it can still be evaluated one by one.")
        }
        if let digest = record.recipeDigest,
            let text = FileBytes.contents(of: layout.recipe, limit: RecipeFile.sizeLimit),
            ContentHash.sha256(text) != digest
        {
            throw edited(layout)
        }
        do throws(LongTailError) {
            return Run(layout, try Recipe.read(layout.recipe, registry: registry), record, lock: lock)
        } catch {
            throw error.with(
                remedy: "It is the recipe that the run was made by: put it back as it was, or start a new run.")
        }
    }

    private static func edited(_ layout: RunLayout) -> LongTailError {
        let way = [
            Wording.command("train \(shellQuoted(layout.recipe))"), Wording.option("run", "NAME"),
            Wording.option("set", "network.checkpoint=\(shellQuoted(layout.checkpoint("STAGE")))"),
        ]
        return LongTailError(
            .usage, "\(layout.recipe): was changed since the run began, and a run keeps its recipe",
            remedy:
                "Put it back as it was. To train with other values, begin a new run, from a finished stage where that is "
                + "meant: \(way.joined(separator: " "))")
    }

    private static func notARun(_ path: String) -> LongTailError {
        if FileManager.default.fileExists(atPath: RunLayout(path).lock) {
            return LongTailError(
                .usage, "\(path): was stopped before it began (no run.json in it)",
                remedy: "Start it again with the command that it was started with.")
        }
        let (folder, name) = (Path(path).folder, Path(path).name)
        let there = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            .filter { FileManager.default.fileExists(atPath: RunLayout("\(folder)/\($0)").record) }
        let suggestion = nearest(name, among: there).map { "Did you mean '\($0)'?" }
        guard FileManager.default.fileExists(atPath: path) else {
            return LongTailError(
                .usage, "\(path): is not a run: there is no such folder",
                remedy: suggestion ?? "A run is a folder that train or btm has made, in runs/ by default.")
        }
        guard Path(path).isFolder else {
            return LongTailError(
                .usage, "\(path): is not a run but a file",
                remedy: suggestion
                    ?? "A run is a folder that train or btm has made. Weights of elsewhere go into one with: "
                    + Wording.command("btm \(Wording.option("checkpoint", path)) \(Wording.option("data", "PHOTOS"))"))
        }
        return LongTailError(
            .usage, "\(path): is not a run (no run.json in it)",
            remedy: suggestion ?? "A run is a folder that train or btm has made, in runs/ by default.")
    }

    /// The first free directory for a new run of a recipe: `ROOT/NAME-seed0`, then `ROOT/NAME-seed0-2`.
    public static func freshPath(in root: String = "runs", recipe: Recipe) -> String {
        let base = "\(root)/\(recipe.name ?? "run")-seed\(recipe.seed)"
        var (path, number) = (base, 1)
        while FileManager.default.fileExists(atPath: path) {
            number += 1
            path = "\(base)-\(number)"
        }
        return path
    }

    /// Writes what became known on the way, such as the hash of the image list.
    public func update(_ change: (inout RunRecord) -> Void) throws(LongTailError) {
        change(&record)
        try writeRecord()
    }

    private func writeRecord() throws(LongTailError) {
        try AtomicFile.write(try RunJSON.encode(record, pretty: true), to: layout.record)
    }

    /// Adds a line to the log, with the time in front.
    public func log(_ line: String) throws(LongTailError) {
        if log == nil { log = try GrowingFile(layout.log) }
        try log?.append(Data("\(Date().formatted(.iso8601))  \(printable(line))\n".utf8))
    }

    /// Adds a line to the metrics.
    public func append(_ line: MetricLine) throws(LongTailError) {
        if metrics == nil { metrics = try GrowingFile(layout.metrics) }
        try metrics?.append(try RunJSON.encode(line))
    }

    /// Waits until the metrics are on the disk.
    func flushMetrics() throws(LongTailError) { try metrics?.flush() }

    /// Lets go of the metrics file, because another is about to take its place.
    func closeMetrics() { metrics = nil }
}
