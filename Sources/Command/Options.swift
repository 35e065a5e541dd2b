import ArgumentParser
import Basics
import Foundation
import LongTail
import Torch
import Vision

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

    /// Sets device and threads of this process; the device first, because libtorch asks for CUDA only once.
    func prepare() throws(Failure) {
        let sink = sink
        _ = try Processor.cap(in: ProcessInfo.processInfo.environment)
        try LoaderCrew.use(workers: workers)
        Device.use(try device.resolve { sink.say($0) })
        if Device.current.kind == .cuda { try Engine.setReproducible(!cudnnBenchmark) }
        try Engine.setThreads(threads ?? ProcessorShare.current.threads)
    }

    /// Keeps libtorch's threads to a core each; after `prepare`, and after what other threads of the process do first,
    /// such as looking at files.
    func bindThreads() {
        if Device.current.kind == .cpu { Engine.bindThreads() }
    }

    /// What a record says of the GPU: its name and whether its kernels are the measured ones; nil for the processor.
    var deviceName: String? {
        get throws(Failure) {
            guard Device.current.kind == .cuda else { return nil }
            return try CUDA.cards()[Device.current.index].name + (cudnnBenchmark ? ", cuDNN benchmark" : "")
        }
    }

    /// Where progress is shown.
    var sink: any ProgressSink { (quiet ? ProgressStyle.quiet : json ? .json : .automatic).sink }
}

/// A recipe and its data.
struct RecipeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder that holds the data set.", valueName: "folder"))
    var data: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Replaces a value of the recipe; may be given again.", valueName: "key.path=value"))
    var overrides: [String] = []
}

extension DeviceChoice: ExpressibleByArgument {
    /// The choice that a word of the command line stands for.
    public init?(argument: String) { self.init(argument) }
    /// What `--help` shows.
    public var defaultValueDescription: String { description }
}

/// The command line as typed, for records and reports.
var commandLine: [String] { ["longtail"] + CommandLine.arguments.dropFirst() }

/// Prints a value as JSON on standard output.
func printJSON(_ value: some Encodable) throws(Failure) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { print(String(decoding: try encoder.encode(value), as: UTF8.self)) } catch {
        throw Failure(.file, "cannot write the result as JSON: \(error)")
    }
}
