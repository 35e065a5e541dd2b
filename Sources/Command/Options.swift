import ArgumentParser
import Basics
import Foundation
import LongTail
import Torch

/// What every command that works long understands.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Results and progress as JSON, for machines.")
    var json = false

    @Flag(help: "No progress.")
    var quiet = false

    @Option(help: "Threads of libtorch; all cores by default. Results are bit-identical for one number of threads.")
    var threads: Int?

    /// Sets the threads of this process.
    func setThreads() throws(Failure) {
        try Engine.setThreads(threads ?? ProcessInfo.processInfo.activeProcessorCount)
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
