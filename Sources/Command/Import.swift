import ArgumentParser
import Basics
import LongTail
import OrderedCollections
import Serialization

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads a PyTorch checkpoint and shows, key by key, how it fits a recipe's network.",
        discussion: """
            longtail import model.pth.tar --recipe Recipes/cifar100-lt/mislas-btm.yaml --dry-run
            longtail import model.pth.tar --recipe Recipes/cifar100-lt/mislas-btm.yaml --output model.safetensors
            """)

    @Argument(help: "The checkpoint: .pth, .pth.tar or .safetensors.", completion: .file())
    var checkpoint: String

    @Option(help: "The recipe that names the network.", completion: .file(extensions: ["yaml"]))
    var recipe: String

    @Option(help: "Number of classes; that of the checkpoint's classifier by default.")
    var classes: Int?

    @Flag(help: "Only shows what would be matched, missing, surplus and reshaped.")
    var dryRun = false

    @Option(help: "The file to write.", completion: .file(extensions: ["safetensors"]))
    var output: String?

    func validate() throws {
        guard dryRun != (output != nil) else { throw ValidationError("Give either --dry-run or --output FILE.") }
    }

    func run() throws {
        let recipe = try Recipe.load(recipe)
        let imported = try ImportedWeights.read(checkpoint)
        guard let classes = classes ?? imported.tensors["fc.weight"]?.shape.first, classes > 0 else {
            throw Failure(
                .checkpoint, "\(checkpoint): has no fc.weight, so its number of classes is not known",
                remedy: "Give it with --classes.")
        }
        let plan = try StartingWeights.plan(for: imported, recipe.network, classes: classes)
        print("layout: \(imported.layout)")
        print(plan)
        guard let output else { return }
        try SafeTensorsFile.write(try plan.apply(), metadata: ["format": "pt"], to: output)
    }
}
