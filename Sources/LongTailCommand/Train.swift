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

    @Flag(help: "Decodes every test picture before training begins; their headers are always read.")
    var decode = false

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
        let (run, preparation) = try begun(session)
        try common.show(common.finish(run, preparation, session, members: members), in: run.layout)
    }

    /// A new run, or the one to go on with.
    private func begun(_ session: Session) throws(LongTailError) -> (Run, Preparation) {
        guard let resume else {
            let preparation = try Preparation(
                Recipe.load(recipe ?? "", overrides: options.overrides), root: options.data)
            if decode { try session.decodeTest(preparation) }
            return (try session.begin(preparation, at: folder), preparation)
        }
        let (run, preparation) = try session.takeUp(resume, root: options.data)
        if decode { try session.decodeTest(preparation) }
        return (run, preparation)
    }
}
