import ArgumentParser
import Foundation
import LongTail

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "What this program stands on: libtorch, devices, codecs; or whether a checkpoint's classes are in order.",
        discussion: """
            longtail doctor
            longtail doctor --json
            torchrun --standalone --no-python --nproc-per-node 2 longtail doctor --processes
            longtail doctor --checkpoint model.pth.tar --recipe places.yaml --data DATA --output model.safetensors
            """)

    @Option(
        help: "A checkpoint whose classifier is compared with labelled images: is every class in its place?",
        completion: .file())
    var checkpoint: String?

    @Option(help: "The recipe of the checkpoint's data; its own by default.", completion: .file(extensions: ["yaml"]))
    var recipe: String?

    @OptionGroup var options: RecipeOptions

    @Option(
        help: ArgumentHelp(
            "The order of classes in the checkpoint's classifier: "
                + ClassOrder.Rule.allCases.map(\.rawValue).joined(separator: ", ")
                + "; numpy-1 for large networks of MiSLAS and BTM, list for others by default.", valueName: "rule"))
    var order: ClassOrder.Rule?

    @Option(help: "Training images of each class that are looked at.")
    var images = 20

    @Option(
        help: "The checkpoint with its classifier in the data's order.", completion: .file(extensions: ["safetensors"]))
    var output: String?

    @Flag(help: "Meets the other processes of torchrun, srun or mpirun: who is there, where, and how fast.")
    var processes = false

    @OptionGroup var waiting: WaitingOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !processes || checkpoint == nil else {
            throw ValidationError("--processes and --checkpoint are asked one at a time.")
        }
        guard images > 0 else { throw ValidationError("--images takes a number above 0.") }
        let isPlain = recipe == nil && output == nil && order == nil && options.data == nil && options.overrides.isEmpty
        guard checkpoint != nil || isPlain else {
            throw ValidationError("--recipe, --data, --set, --order and --output need --checkpoint FILE.")
        }
    }

    func run() throws {
        let session = try common.session()
        if processes { return try meet() }
        if let checkpoint { return try check(checkpoint, session) }
        let facts = try Diagnosis.facts { $0.description(onCommandLineOf: "longtail") }
        if common.json {
            return try showJSON(Dictionary(facts.map { ($0, $1) }, uniquingKeysWith: { first, _ in first }))
        }
        let width = facts.map(\.name.count).max() ?? 0
        for (name, value) in facts { try show(name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + value) }
        try show()
        try show(Engine.configuration)
    }

    private func check(_ checkpoint: String, _ session: Session) throws(LongTailError) {
        let found = try session.checkHead(
            checkpoint, recipe: recipe, overrides: options.overrides, root: options.data, rule: order,
            imagesPerClass: images)
        for line in found.lines { try show(line) }
        guard let output else { return }
        try found.reordered().write(to: output)
        try show("written: \(output)")
    }
}

extension ClassOrder.Rule: ExpressibleByArgument {}
