import ArgumentParser
import LongTail
import OrderedCollections

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads a PyTorch checkpoint, finds its network, and shows key by key how it fits.",
        discussion: """
            longtail import model.pth.tar --dry-run
            longtail import model.pth.tar --output model.safetensors
            longtail import model.pth.tar --weights-key state_dict_ema --output average.safetensors
            longtail import model.pth.tar --network resnext50-32x4d --classes names.txt --output model.safetensors
            """)

    @Argument(help: "The checkpoint: .pth, .pth.tar or .safetensors.", completion: .file())
    var checkpoint: String

    @Option(help: ArgumentHelp("The network; found by names and shapes by default.", valueName: "name"))
    var network: String?

    @Option(help: "A recipe that names the network instead.", completion: .file(extensions: ["yaml"]))
    var recipe: String?

    @Option(
        help: ArgumentHelp(
            "The classes' names in the order of the logits, one a line; with them the written file is a checkpoint.",
            valueName: "file"), completion: .file())
    var classes: String?

    @Option(
        help: ArgumentHelp(
            "Which weights of a file that holds several, by the keys that lead to them; the trained ones by default.",
            valueName: "key"))
    var weightsKey: String?

    @Flag(help: "Only shows what would be matched, missing, surplus and reshaped.")
    var dryRun = false

    @Option(help: "The file to write.", completion: .file(extensions: ["safetensors"]))
    var output: String?

    func validate() throws {
        guard dryRun != (output != nil) else { throw ValidationError("Give either --dry-run or --output FILE.") }
        guard network == nil || recipe == nil else { throw ValidationError("Give either --network or --recipe.") }
    }

    func run() throws {
        let file = try Checkpoint.openFile(checkpoint)
        let imported = try ImportedWeights(file, key: weightsKey, path: checkpoint)
        let config = try ModelConfig.of(file, checkpoint)
        let match = try NetworkMatch(
            imported, network: try namedNetwork(), config: config, path: checkpoint,
            adapters: Checkpoint.info(of: file, checkpoint)?.adapters)
        let given = try classes.map { (path) throws(LongTailError) in try ClassNamesFile.read(path) }
        if let given, let count = match.classes, given.count != count {
            throw LongTailError(
                .usage, "\(classes ?? ""): \(given.count) names, but the checkpoint's classifier has \(count) classes",
                remedy: "Give one name a line, in the order of the logits.")
        }
        try describe(imported, match)
        guard let output else { return }
        do { try match.write(to: output, classNames: given, own: Checkpoint.info(of: file, checkpoint)) } catch {
            throw error.at(checkpoint)
        }
    }

    private func namedNetwork() throws(LongTailError) -> Network.Architecture? {
        if let recipe { return try Recipe.load(recipe).network.name }
        guard let network else { return nil }
        guard let name = Network.Architecture(rawValue: network) else {
            throw LongTailError(
                .usage, "--network \(network): there is no such network",
                remedy: Network.Architecture.hint(for: network))
        }
        return name
    }

    private func describe(_ imported: ImportedWeights, _ match: NetworkMatch) throws(LongTailError) {
        let isNamed = network != nil || recipe != nil
        try show("layout: \(imported.layout.name)")
        try show("weights: \(imported.choice(by: "--weights-key KEY"))")
        try show(
            "network: \(match.design.name.rawValue)\(isNamed ? "" : ", found by names and shapes"), "
                + (match.design.branches.summary.map { "\($0), " } ?? "")
                + (match.classes.map { "\(match.design.classifier.rawValue) classifier of \($0) classes" }
                    ?? "no classifier"))
        if let summary = match.config?.summary { try show("pictures: \(summary)") }
        for (name, number) in imported.scalars { try show("\(name): \(number)") }
        for stated in imported.classes { try show("classes: \(stated.summary)") }
        for module in imported.leftOutModules { try show("left out: \(module)") }
        try show("\(match.plan)")
        guard imported.layout.sortsClasses, !match.design.name.isForSmallImages else { return }
        try show(
            """
            MiSLAS and BTM number the classes of ImageNet-LT, Places-LT and iNaturalist by falling training count, \
            classes of equal count in the order of a sort that is not stable. Whether this head fits your list is \
            found on images:
              longtail doctor --checkpoint \(checkpoint) --recipe RECIPE --data DATA
            """)
    }
}
