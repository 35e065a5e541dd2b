import ArgumentParser
import LongTail
import OrderedCollections

struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Merges the weights of models of one architecture, whatever it is.",
        discussion: """
            longtail merge A.safetensors B.safetensors C.pth --output merged.safetensors
            longtail merge A.safetensors B.safetensors --ratios 0.3 0.7 --output merged.safetensors

            longtail merge runs/NAME/checkpoints/btm-member-*.safetensors --strategy soup-h --data DATA --output soup.safetensors

            The files are read one after the other, and the mean is kept in float64. Adaptive ratios and greedy soups
            measure models on the training subsets of the members, so they take members that a run has kept.
            """)

    @Argument(help: "State dicts: .safetensors, .pth, .pth.tar.", completion: .file())
    var models: [String]

    @Option(help: "average, adaptive-h, adaptive-g, soup-h or soup-g.")
    var strategy = MergeStrategy.average

    @Option(parsing: .upToNextOption, help: "One ratio for each model; they are scaled to a sum of 1.")
    var ratios: [Double] = []

    @Option(help: "What becomes of running statistics.")
    var buffers = BufferPolicy.average

    @Option(help: "What becomes of integers.")
    var integers = IntegerRule.max

    @Option(help: "The file to write.", completion: .file(extensions: ["safetensors"]))
    var output: String

    @Option(help: ArgumentHelp("The folder of the data set, for strategies that measure.", valueName: "folder"))
    var data: String?

    @OptionGroup var waiting: WaitingOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard models.count > 1 else { throw ValidationError("Give at least two models.") }
        guard ratios.isEmpty || ratios.count == models.count else {
            throw ValidationError("Give one ratio for each of the \(models.count) models, not \(ratios.count).")
        }
        guard ratios.isEmpty || strategy == .average else {
            throw ValidationError("--ratios are for the average; \(strategy.rawValue) finds its own.")
        }
    }

    func run() throws {
        try common.together(waiting, root: data, recipe: { () throws(LongTailError) in nil }) { session in
            if strategy == .average {
                try StreamingMean.merge(models, ratios: ratios, integers: integers, buffers: buffers, to: output)
            } else {
                try session.merge(models, by: strategy, buffers: buffers, root: data, to: output)
            }
            try show("\(models.count) models merged into \(output)")
        }
    }
}

extension MergeStrategy: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument) }
    public var defaultValueDescription: String { rawValue }
    public static var allValueStrings: [String] { allCases.map(\.rawValue) }
}
extension BufferPolicy: ExpressibleByArgument {}
extension IntegerRule: ExpressibleByArgument {}
