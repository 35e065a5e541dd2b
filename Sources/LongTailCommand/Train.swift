import ArgumentParser
import Foundation
import LongTail

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a recipe from its data to a finished report; a folder of pictures needs no recipe.",
        discussion: """
            longtail train PHOTOS --weights resnet50.pth
            longtail train demo
            longtail train cifar100-lt/mislas-btm --data DATA --set seed=1
            longtail train --resume runs/cifar100-lt-mislas-btm-seed1
            longtail train cifar100-lt/mislas-btm --data DATA --checkpoint runs/ce --part 3/10 --members MEMBERS
            longtail train cifar100-lt/mislas-btm --data DATA --jobs 4
            """)

    @Argument(
        help: "A recipe file, the name of one (longtail recipe list), or a folder of pictures by class.",
        completion: .file(extensions: ["yaml"]))
    var recipe: String?

    @OptionGroup var options: RecipeOptions

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The folder of the new run; runs/RECIPE-seedN by default.", valueName: "folder"))
    var folder: String?

    @Option(
        help: ArgumentHelp("A folder of pictures: the trained network to begin with.", valueName: "file"),
        completion: .file())
    var weights: String?

    @Flag(help: "A folder of pictures: begins with random weights.")
    var fromScratch = false

    @Option(
        help: ArgumentHelp("Goes on with a run that was stopped or killed.", valueName: "run"), completion: .directory)
    var resume: String?

    @Flag(help: "Goes on with a run although pictures were replaced since it began; its report says so.")
    var changedImages = false

    @Option(
        help: "A trained model to begin with, a file or a run: the recipe's pre-training is left out, as btm does.",
        completion: .file())
    var checkpoint: String?

    @OptionGroup var members: MemberOptions

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
        guard checkpoint == nil || (resume == nil && weights == nil && !fromScratch) else {
            throw ValidationError(
                "--checkpoint begins a recipe after its pre-training: leave out --resume, --weights and --from-scratch."
            )
        }
        guard members.part == nil || resume == nil else {
            throw ValidationError("--part trains members for a run to come: leave out --resume, and give --checkpoint.")
        }
        guard members.part == nil || folder == nil else {
            throw ValidationError("--part makes no run: leave out --run.")
        }
        guard resume != nil || !changedImages else { throw ValidationError("--changed-images is for --resume RUN.") }
    }

    func run() throws {
        if let jobs = members.jobs { return try Jobs(jobs).run() }
        try common.requireRun(folder, resume)
        try common.together(members.waiting, members: members.members, root: options.data, recipe: stated) {
            (session) in
            if let part = members.part, let folder = members.members {
                return try common.train(part, try fresh(recipe ?? ""), session, folder)
            }
            let (run, preparation) = try begun(session)
            Jobs.tell(of: run)
            try common.present(
                common.finish(run, preparation, session, members: members.members), in: run.layout)
        }
    }

    /// A new run, or the one to go on with.
    private func begun(_ session: Session) throws(LongTailError) -> (Run, Preparation) {
        guard let resume else {
            let preparation = try fresh(recipe ?? "")
            if decode { try session.decodeTest(preparation) }
            return (try session.begin(preparation, at: folder), preparation)
        }
        let (run, preparation) = try session.takeUp(
            resume, root: options.data, acceptsChanges: changedImages)
        if decode { try session.decodeTest(preparation) }
        return (run, preparation)
    }

    /// The recipe, as words and files say it.
    private func stated() throws(LongTailError) -> Recipe? {
        if let resume { return try Run.stated(resume) }
        guard let recipe else { return nil }
        if let checkpoint {
            return try Recipe.balancing(
                Run.checkpoint(of: checkpoint), recipe: recipe, overrides: options.overrides)
        }
        guard isPhotographs(recipe) else { return try Recipe.load(recipe, overrides: options.overrides) }
        return try Recipe.training(from: weights, overrides: options.overrides)
    }

    /// What a new run stands on.
    private func fresh(_ recipe: String) throws(LongTailError) -> Preparation {
        if let checkpoint {
            return try Preparation(
                balancing: Run.checkpoint(of: checkpoint), recipe: recipe, overrides: options.overrides,
                root: options.data)
        }
        guard isPhotographs(recipe) else {
            guard weights == nil, !fromScratch else {
                throw LongTailError(
                    .usage, "--weights and --from-scratch are for a folder of pictures",
                    remedy: "A recipe names its weights: --set network.weights=FILE.")
            }
            let loaded = try Recipe.load(recipe, overrides: options.overrides)
            try loaded.requireTrainedStart(builtIn: recipe)
            return try Preparation(loaded, root: options.data)
        }
        guard options.data == nil else {
            throw LongTailError(
                .usage, "'\(recipe)' is a folder of pictures, and --data names another", remedy: "Give one.")
        }
        guard (weights != nil) != fromScratch else {
            throw LongTailError(
                .usage, "\(recipe): is a folder of pictures, from which a network is trained",
                remedy: weights == nil
                    ? "Name a trained network to begin with, --weights resnet50.pth (torchvision's, timm's and others), or say "
                        + "--from-scratch to begin with random weights, which takes many more pictures and hours."
                    : "Give either --weights or --from-scratch.")
        }
        return try Preparation(training: recipe, weights: weights, overrides: options.overrides)
    }

    /// Whether what stands for a recipe is a folder of pictures by class.
    private func isPhotographs(_ name: String) -> Bool {
        ImageList.isClassFolders(name) && !FileManager.default.fileExists(atPath: RunLayout(name).record)
            && ((try? Recipe.load(name)) == nil)
    }
}
