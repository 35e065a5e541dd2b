import ArgumentParser
import Basics
import LongTail
import OrderedCollections
import Serialization

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
        if strategy == .average { try average() } else { try measured() }
        print("\(models.count) models merged into \(output)")
    }

    private func measured() throws(Failure) {
        try common.prepare()
        let sink = common.sink
        try mergeMembers(models, strategy, buffers: buffers, root: data) { sink.say($0) }.write(to: output)
    }

    private func average() throws(Failure) {
        var mean = StreamingMean(integers: integers, buffers: buffers)
        var metadata: [String: String] = [:]
        for (index, path) in models.enumerated() {
            let file = try StateDictFile.read(path)
            if index == 0 { metadata = file.metadata }
            try mean.add(file.tensors, weight: ratios.isEmpty ? 1 : ratios[index], label: path)
        }
        try SafeTensorsFile.write(try mean.mean(), metadata: metadata, to: output)
    }
}

extension MergeStrategy: ExpressibleByArgument {}
extension BufferPolicy: ExpressibleByArgument {}
extension IntegerRule: ExpressibleByArgument {}

/// A flat state dict from any kind of file, with its metadata.
enum StateDictFile {
    static func read(_ path: String) throws(Failure) -> SafeTensors {
        let file = try ModelFile.read(path)
        if case .safeTensors(let tensors) = file { return tensors }
        return SafeTensors(tensors: try ImportedWeights(file, path: path).tensors, metadata: ["format": "pt"])
    }
}
