import ArgumentParser
import LongTail

struct Ablate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The paper's Tables 5 to 8 for a recipe, from a trained model.",
        discussion: """
            Every variant is a run of its own in the folder of --runs; finished runs and trained members are used again,
            by other tables too, and a stopped command goes on where it stood.

            longtail ablate cifar100-lt/mislas-btm --table 5 --checkpoint model.pth.tar --data DATA
            """)

    @Argument(help: "A recipe with one btm and one post-train stage.", completion: .file(extensions: ["yaml"]))
    var recipe: String

    @Option(help: "5: stages, 6: ways to merge, 7: number and size of subsets, 8: when and which part.")
    var table: Int

    @Option(help: "The trained model.", completion: .file())
    var checkpoint: String

    @OptionGroup var options: RecipeOptions

    @Option(help: ArgumentHelp("Where runs, members and tables are kept.", valueName: "folder"))
    var runs = "runs/ablation"

    @OptionGroup var common: CommonOptions

    func run() throws {
        guard let table = AblationTable(rawValue: table) else {
            throw LongTailError(.usage, "there is no table \(table) here", remedy: "Give --table 5, 6, 7 or 8.")
        }
        let recipe = try Recipe.load(recipe, overrides: options.overrides).continued(from: checkpoint)
        _ = Interruption(goingOnWith: commandLine)
        let shown = try common.session().ablate(table, recipe, root: options.data, folder: runs)
        try show(common.json ? try shown.json() : shown.plain())
    }
}
