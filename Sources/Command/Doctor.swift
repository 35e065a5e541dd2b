import ArgumentParser
import Basics
import Foundation
import LongTail
import Torch
import Vision

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "What this program stands on: libtorch, devices, codecs; or whether a checkpoint's classes are in order.",
        discussion: """
            longtail doctor
            longtail doctor --json
            longtail doctor --checkpoint model.pth.tar --recipe places.yaml --data DATA --output model.safetensors
            """)

    @Option(
        help: "A checkpoint whose classifier is compared with labelled images, within classes of equal count.",
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

    @Option(help: "Training images looked at, for each class of a count that others have too.")
    var images = 20

    @Option(
        help: "The checkpoint with its classifier in the data's order.", completion: .file(extensions: ["safetensors"]))
    var output: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard images > 0 else { throw ValidationError("--images takes a number above 0.") }
        let isPlain = recipe == nil && output == nil && order == nil && options.data == nil && options.overrides.isEmpty
        guard checkpoint != nil || isPlain else {
            throw ValidationError("--recipe, --data, --set, --order and --output need --checkpoint FILE.")
        }
    }

    func run() throws {
        try common.prepare()
        if let checkpoint {
            return try HeadCheck(
                checkpoint: checkpoint, recipe: recipe, options: options, order: order, imagesPerClass: images,
                output: output, common: common
            ).run()
        }
        var facts: [(String, String)] = [
            ("longtail", longtailVersion), ("toolchain", Self.toolchain), ("libtorch", Engine.version),
            ("libtorch is", Engine.libraryPath), ("machine", RunRecord.Machine.current.processor),
            ("architecture", RunRecord.Machine.current.architecture),
            ("instructions", Self.instructions), ("precision auto", Self.precision),
            ("cores", ProcessorShare.current.words), ("threads", "\(Engine.threads)"), ("waiting", Self.waiting),
            ("devices", Self.devices.joined(separator: ", ")), ("CUDA", Self.cuda),
        ]
        facts.append(("codecs", ImageCodec.versions.joined(separator: ", ")))
        facts.append(("speed", try Self.speed()))
        if common.json { return try printJSON(Dictionary(facts, uniquingKeysWith: { first, _ in first })) }
        let width = facts.map(\.0.count).max() ?? 0
        for (name, value) in facts { print(name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + value) }
        print()
        print(Engine.configuration)
    }

    /// What the processor has and what is used of it.
    private static var instructions: String {
        let (whole, used) = (Processor.whole, Processor.current)
        let names = whole.notableFeatures.joined(separator: " ")
        let cap = used == whole ? "" : ", used: \(used.kind.rawValue) (\(Processor.variable))"
        return "\(whole.kind.rawValue) (\(names))\(cap)"
    }

    private static var precision: String {
        let taken = Precision.auto.resolved
        let place = Device.current.kind == .cpu ? "this processor" : "this GPU"
        return taken.rawValue
            + (taken == .bfloat16 ? ", which \(place) multiplies" : ": \(place) does not multiply bfloat16")
    }

    /// How libtorch's threads wait for each other.
    private static var waiting: String {
        let environment = ProcessInfo.processInfo.environment
        let names = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"]
        let set = names.compactMap { name in environment[name].map { "\(name)=\($0)" } }
        return set.isEmpty ? "OpenMP's default" : set.joined(separator: ", ")
    }

    /// What a probe of about three seconds trains.
    private static func speed() throws(Failure) -> String {
        var probe = NetworkSpeed()
        (probe.side, probe.classes, probe.steps, probe.limit) = (32, 100, 10_000, 3)
        let rate = try probe.training(.resnet32).imagesPerSecond
        return "ResNet-32 trains on \(Int(rate.rounded())) images of 32x32 a second"
    }

    private static var devices: [String] {
        ["cpu"] + ((try? CUDA.cards()) ?? []).map { "cuda:\($0.index)" }
    }

    /// The GPUs, or why they are not used and what to do.
    private static var cuda: String {
        do throws(Failure) {
            return try CUDA.cards().map { card in
                "\(card.name), \(card.memory >> 30) GiB"
            }.joined(separator: "; ")
        } catch {
            return "\(error.problem). \(error.remedy ?? "")".replacing("\n", with: " ")
        }
    }

    private static var toolchain: String {
        #if compiler(>=6.3)
            "Swift 6.3 or later"
        #else
            "Swift 6.2"
        #endif
    }
}

extension ClassOrder.Rule: ExpressibleByArgument {}
