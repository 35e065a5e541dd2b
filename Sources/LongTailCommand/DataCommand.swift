import ArgumentParser
import LongTail

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Gets and checks data sets.",
        discussion: "longtail data get cifar-100 --data data",
        subcommands: [Get.self, Check.self])

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Downloads a data set, verifies its published digest and unpacks it; goes on where it stopped.",
            discussion: "longtail data get cifar-100 --data data")

        @Argument(help: "cifar-10 or cifar-100.")
        var name: String

        @Option(help: ArgumentHelp("The folder to put it in.", valueName: "folder"))
        var data = "data"

        @OptionGroup var common: CommonOptions

        func run() throws {
            let archive = try DataArchive.named(name)
            let sink = common.sink
            var progress: ProgressReporter?
            let folder = try Downloads.get(archive, into: data) { done, total in
                if progress == nil {
                    progress = ProgressReporter(name, total: total, unit: "bytes", from: done, sink: sink)
                }
                progress?.advance(to: done)
            } say: {
                sink.say($0)
            }
            progress?.finish()
            try show(folder)
        }
    }
}
