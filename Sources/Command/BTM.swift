import ArgumentParser
import Basics
import Foundation
import LongTail
import Reporting
import Vision

struct BTM: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "btm",
        abstract: "Plugs balanced training and merging into a model that is already trained.",
        discussion: """
            The recipe's stages after pre-training are run from the checkpoint: a state dict of PyTorch (.pth, .pth.tar,
            also the layouts of the official repositories) or of this program (.safetensors).

            Your own pictures and model need no recipe: PHOTOS holds one folder of pictures per class, or train and test
            with such folders in them; without test pictures a fifth of each class is held out by the hash of its names.

            longtail btm --checkpoint model.pth --data PHOTOS --output better.safetensors
            longtail btm --checkpoint model.pth --data PHOTOS --test MORE --classes order.txt --set stages.btm.members=5
            longtail btm --checkpoint model.pth.tar --recipe cifar100-lt/mislas-btm --data DATA
            """)

    @Option(help: "The trained model.", completion: .file())
    var checkpoint: String

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

    @Flag(help: "Goes on although the checkpoint recognises the training images no better than chance.")
    var unchecked = false

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
        let recipe = try Recipe.load(recipe, overrides: overrides()).continued(from: checkpoint)
        let session = RunSession(common: common, root: options.data, members: members)
        if let output { try AtomicFile.check(output) }
        try check(recipe)
        let run = try session.train(recipe, at: folder ?? Run.freshPath(recipe: recipe), resuming: false)
        if let output, let last = recipe.stages.last {
            try Checkpoint.read("\(run.checkpoints)/\(last.name).safetensors").write(to: output)
        }
        let report = try session.report(run).report
        try session.show(run, report)
        guard !common.json, recipe.data.name == .folder else { return }
        print()
        print(try ReportTable.perClass(report.models, counts: report.counts, rule: report.rule).plain())
    }

    /// What the checkpoint and the options say, before what --set says.
    private func overrides() throws(Failure) -> [String] {
        var overrides: [String] = []
        if BuiltInRecipes.names.contains(recipe) {
            let match = try NetworkMatch(ImportedWeights.read(checkpoint), path: checkpoint)
            overrides += [
                "network.name=\(match.design.name.rawValue)", "network.classifier=\(match.design.classifier.rawValue)",
            ]
        }
        if let test { overrides.append("data.test=\(Self.absolute(test))") }
        if let classes { overrides.append("data.class-order=\(Self.absolute(classes))") }
        return overrides + options.overrides
    }

    /// Looks at the classifier before hours are spent on it.
    private func check(_ recipe: Recipe) throws(Failure) {
        guard !unchecked else { return }
        try common.prepare()
        let data = try TrainingData(recipe.data, root: options.data, seed: recipe.seed)
        let start = try StartCheck.measure(recipe, data)
        try start.require(checkpoint)
        common.sink.say(
            "\(checkpoint): recognises \(start.hits) of \(start.images) training images of \(start.classes) classes")
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }
}

extension Recipe {
    /// The recipe without pre-training, from a trained model.
    func continued(from checkpoint: String) throws(Failure) -> Recipe {
        var recipe = self
        let left = Set(recipe.stages.filter { $0.kind == .preTrain }.map(\.name))
        recipe.stages.removeAll { $0.kind == .preTrain }
        for index in recipe.stages.indices {
            if let from = recipe.stages[index].from, left.contains(from) { recipe.stages[index].from = "start" }
        }
        guard !recipe.stages.isEmpty else {
            throw Failure(
                .usage, "the recipe has no stage beside pre-training",
                remedy: "Name a recipe with a further stage, such as btm or post-train.")
        }
        recipe.network.checkpoint = checkpoint
        return recipe
    }
}
