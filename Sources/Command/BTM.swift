import ArgumentParser
import Basics
import Foundation
import LongTail

struct BTM: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "btm",
        abstract: "Plugs balanced training and merging into a model that is already trained.",
        discussion: """
            The recipe's stages after pre-training are run from the checkpoint: a state dict of PyTorch (.pth, .pth.tar,
            also the layout of the official repositories) or of this program (.safetensors).

            longtail btm --checkpoint model.pth.tar --recipe Recipes/cifar100-lt/mislas-btm.yaml --data DATA
            """)

    @Option(help: "The trained model.", completion: .file())
    var checkpoint: String

    @Option(help: "The recipe, whose pre-training is left out.", completion: .file(extensions: ["yaml"]))
    var recipe: String

    @OptionGroup var options: RecipeOptions

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The folder of the new run; runs/RECIPE-seedN by default.", valueName: "folder"))
    var folder: String?

    @Option(help: ArgumentHelp("A folder in which BTM members are shared between runs.", valueName: "folder"))
    var members: String?

    @Option(help: "Where to write the final model (.safetensors), beside the run.", completion: .file())
    var output: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
        let recipe = try Recipe.load(recipe, overrides: options.overrides).continued(from: checkpoint)
        let session = RunSession(common: common, root: options.data, members: members)
        let run = try session.train(recipe, at: folder ?? Run.freshPath(recipe: recipe), resuming: false)
        if let output, let last = recipe.stages.last {
            try Checkpoint.read("\(run.checkpoints)/\(last.name).safetensors").write(to: output)
        }
        try session.show(run, try session.report(run).report)
    }
}

extension Recipe {
    /// The recipe without pre-training, from a trained model.
    func continued(from checkpoint: String) throws(Failure) -> Recipe {
        var recipe = self
        recipe.stages.removeAll { $0.kind == .preTrain }
        guard !recipe.stages.isEmpty else {
            throw Failure(
                .usage, "the recipe has no stage beside pre-training", remedy: "Name a recipe with a btm stage.")
        }
        recipe.network.checkpoint = checkpoint
        return recipe
    }
}
