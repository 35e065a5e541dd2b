import ArgumentParser
import Foundation
import LongTail

struct BTM: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "btm",
        abstract: "Plugs balanced training and merging into a model that is already trained.",
        discussion: """
            The recipe's stages after pre-training are run from the checkpoint: a state dict of PyTorch (.pth, .pth.tar,
            also the layouts of the official repositories) or of this program (.safetensors).

            Your own pictures and model need no recipe: PHOTOS holds one folder of pictures per class, or train and test
            with such folders in them; without test pictures a fifth of each class is held out by the hash of its names.

            longtail btm model.pth PHOTOS --output better.safetensors
            longtail btm --checkpoint model.pth --data PHOTOS --test MORE --classes order.txt --set stages.btm.members=5
            longtail btm --checkpoint model.pth.tar --recipe cifar100-lt/mislas-btm --data DATA
            """)

    @Argument(help: "The trained model, a file or a run, and the folder of pictures; or --checkpoint and --data.")
    var names: [String] = []

    @Option(help: "The trained model: a file, or a run, of which the last model is taken.", completion: .file())
    var checkpoint: String?

    @Option(
        help: "The recipe, whose pre-training is left out; the built-in one for a folder of pictures by default.",
        completion: .file(extensions: ["yaml"]))
    var recipe = "folder"

    @OptionGroup var options: RecipeOptions

    @Option(
        help: ArgumentHelp("A folder of test pictures, one folder per class (data.test).", valueName: "folder"),
        completion: .directory)
    var test: String?

    @Option(
        help: ArgumentHelp(
            "The classes' names in the order of the checkpoint's logits, one a line (data.class-order); sorted by default.",
            valueName: "file"), completion: .file())
    var classes: String?

    @Option(
        help: ArgumentHelp(
            "Which weights of a file that holds several, as state_dict_ema (network.weights-key); the trained ones by default.",
            valueName: "key"))
    var weightsKey: String?

    @Flag(help: "Goes on although the checkpoint recognises the training images no better than chance.")
    var unchecked = false

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The folder of the new run; runs/RECIPE-seedN by default.", valueName: "folder"))
    var folder: String?

    @OptionGroup var members: MemberOptions

    @Option(
        help:
            "Where to write the final model (.safetensors), beside the run; an interrupted run writes it when resumed.",
        completion: .file())
    var output: String?

    @Flag(help: "Decodes every test picture before training begins; their headers are always read.")
    var decode = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard names.count <= 2, names.isEmpty || checkpoint == nil, names.count < 2 || options.data == nil,
            checkpoint ?? names.first != nil
        else {
            throw ValidationError(
                "Name the model and the pictures once: longtail btm MODEL PHOTOS, or --checkpoint and --data.")
        }
        guard members.part == nil || (folder == nil && output == nil) else {
            throw ValidationError("--part makes no run and no model: leave out --run and --output.")
        }
    }

    func run() throws {
        if let jobs = members.jobs { return try Jobs(jobs).run() }
        try common.requireRun(folder)
        try common.together(
            members.waiting, members: members.members, root: options.data ?? names.dropFirst().first,
            recipe: { () throws(LongTailError) in
                try Recipe.balancing(
                    Run.checkpoint(of: checkpoint ?? names[0]), recipe: recipe, overrides: overrides)
            }, work)
    }

    private func work(_ session: Session) throws {
        if let output { try AtomicFile.check(output) }
        let preparation = try Preparation(
            balancing: Run.checkpoint(of: checkpoint ?? names[0]), recipe: recipe, overrides: overrides,
            root: options.data ?? names.dropFirst().first)
        if decode { try session.decodeTest(preparation) }
        if !unchecked { try session.checkStart(preparation) }
        if let part = members.part, let folder = members.members {
            return try common.train(part, preparation, session, folder)
        }
        let run = try session.begin(preparation, at: folder, output: output)
        Jobs.tell(of: run)
        let report = try common.finish(run, preparation, session, members: members.members)
        try common.present(report, in: run.layout)
        guard !common.json, preparation.recipe.data.name == .folder else { return }
        try show()
        try show(try report.allClasses().plain())
    }

    /// What the options say, before what --set says.
    private var overrides: [String] {
        (test.map { ["data.test=\(Self.absolute($0))"] } ?? [])
            + (classes.map { ["data.class-order=\(Self.absolute($0))"] } ?? [])
            + (weightsKey.map { ["network.weights-key=\($0)"] } ?? []) + options.overrides
    }

    private static func absolute(_ path: String) -> String { Path(path).absolute }
}
