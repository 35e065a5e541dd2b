import ArgumentParser
import Foundation
import LongTail

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a recipe from its data to a finished report.",
        discussion: """
            longtail train demo
            longtail train cifar100-lt/mislas-btm --data DATA --set seed=1
            longtail train --resume runs/cifar100-lt-mislas-btm-seed1
            """)

    @Argument(
        help: "A recipe file, or the name of one (longtail recipe list).", completion: .file(extensions: ["yaml"]))
    var recipe: String?

    @OptionGroup var options: RecipeOptions

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The folder of the new run; runs/RECIPE-seedN by default.", valueName: "folder"))
    var folder: String?

    @Option(
        help: ArgumentHelp("Goes on with a run that was stopped or killed.", valueName: "run"), completion: .directory)
    var resume: String?

    @Option(help: ArgumentHelp("A folder in which BTM members are shared between runs.", valueName: "folder"))
    var members: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (recipe == nil) != (resume == nil) else {
            throw ValidationError("Give a recipe to start a run, or --resume RUN to go on with one.")
        }
        guard resume == nil || (options.overrides.isEmpty && folder == nil) else {
            throw ValidationError("A resumed run keeps its recipe and its folder: leave out --set and --run.")
        }
    }

    func run() throws {
        let session = try common.session()
        let (run, preparation): (Run, Preparation)
        if let resume {
            (run, preparation) = try session.resume(resume, root: options.data, members: members)
        } else {
            preparation = try Preparation(
                Recipe.load(recipe ?? "", overrides: options.overrides), root: options.data)
            run = try session.train(preparation, at: folder, members: members)
        }
        try common.show(session.report(run, preparation), in: run.layout)
    }
}
