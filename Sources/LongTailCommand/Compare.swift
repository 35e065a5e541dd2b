import ArgumentParser
import LongTail

struct Compare: ParsableCommand {
    /// How the table is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, markdown, latex, json
    }

    static let configuration = CommandConfiguration(
        abstract: "Runs several recipes, with several seeds, and puts them side by side.",
        discussion: """
            Each recipe and seed is a run of its own in the folder of --runs. Finished runs are used again, and a stopped
            command goes on where it stood. The table is there, too: table.txt, .md, .tex and .json.

            longtail compare cifar100-lt/ce cifar100-lt/bsce --seeds 3 --data DATA
            longtail compare cifar100-lt/mislas cifar100-lt/crt --data DATA \
                --checkpoint model.pth.tar
            """)

    @Argument(
        help: "The recipes; the others are compared with the first.", completion: .file(extensions: ["yaml"]))
    var recipes: [String]

    @Option(help: "Number of seeds: each recipe runs with its own seed, and with as many following ones as asked.")
    var seeds = 1

    @Option(
        help: "A trained model to start every recipe from, in place of its pre-training.", completion: .file())
    var checkpoint: String?

    @Option(
        help: ArgumentHelp(
            "Compresses every pre-training to so many epochs, its schedule in proportion.", valueName: "epochs"))
    var shorten: Int?

    @Option(help: "How the table is printed: text, markdown, latex or json.")
    var format = Format.text

    @OptionGroup var options: RecipeOptions

    @Option(help: ArgumentHelp("Where runs and tables are kept.", valueName: "folder"))
    var runs = "runs/compare"

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard shorten.map({ $0 > 0 }) ?? true else { throw ValidationError("--shorten takes a number from 1 on.") }
        guard (1...1000).contains(seeds) else { throw ValidationError("--seeds takes a number from 1 to 1000.") }
    }

    func run() throws {
        let comparison = try RecipeComparison(
            recipes, overrides: options.overrides, checkpoint: checkpoint, shortenedTo: shorten, seeds: seeds,
            folder: runs)
        _ = Interruption(goingOnWith: commandLine)
        let table = try common.session().compare(recipes: comparison, root: options.data)
        switch common.json ? .json : format {
        case .text: try show(table.plain())
        case .markdown: try show(table.markdown())
        case .latex: try show(table.latex())
        case .json: try show(try table.json())
        }
    }
}
