import ArgumentParser
import Foundation
import LongTail

/// What every command that works long understands.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Results and progress as JSON, for machines.")
    var json = false

    @Flag(help: "No progress.")
    var quiet = false

    @Option(
        help: """
            Threads of libtorch; by default the cores that this process may use. Results are bit-identical for one \
            number of threads.
            """)
    var threads: Int?

    @Option(
        help: """
            Threads that read and augment images; by default one for images in memory, and for photographs the \
            processors that the network leaves. Results do not depend on it.
            """)
    var workers: Int?

    @Option(
        help: "Where networks run: cpu, cuda, cuda:N, or auto for the first GPU that can be used, else the processor.")
    var device = DeviceChoice.auto

    @Flag(help: "On a GPU: the kernels that cuDNN measures to be fastest, which may give other bits from run to run.")
    var cudnnBenchmark = false

    /// Begins the session of this process.
    func session() throws(LongTailError) -> Session {
        var compute = Compute()
        (compute.device, compute.threads, compute.workers) = (device, threads, workers)
        compute.measuresKernels = cudnnBenchmark
        return try Session(compute, sink: sink, command: commandLine)
    }

    /// Where progress is shown: of several processes by the first.
    var sink: any ProgressSink {
        let isFollower = ((try? World())?.rank ?? 0) > 0
        return (quiet || isFollower ? ProgressStyle.quiet : json ? .json : .automatic).sink
    }
}

extension CommonOptions {
    /// Prints a report's table and where the rest is.
    func present(_ report: RunReport, in layout: RunLayout) throws(LongTailError) {
        if json { return try show(try report.comparison.json()) }
        try show(report.comparison.plain())
        try show("report: \(layout.reports)/report.html")
    }
}

/// A recipe and its data.
struct RecipeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder that holds the data set.", valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The names of a table's columns of paths and of classes (data.columns); by default they are found.",
            valueName: "path,class"))
    var columns: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Replaces a value of the recipe; may be given again.", valueName: "key.path=value"))
    var settings: [String] = []

    /// What the options say, and then what --set says.
    var overrides: [String] {
        let names = columns.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        // Swift describes a list of texts as YAML writes it.
        return (names.map { ["data.columns=\($0)"] } ?? []) + settings
    }
}

extension DeviceChoice: ExpressibleByArgument {
    /// The choice that a word of the command line stands for.
    public init?(argument: String) { self.init(argument) }
    /// What `--help` shows.
    public var defaultValueDescription: String { description }
}

/// The command line as typed, for records and reports.
var commandLine: [String] { ["longtail"] + CommandLine.arguments.dropFirst() }
