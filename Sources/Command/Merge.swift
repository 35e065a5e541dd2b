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

            The files are read one after the other, and the mean is kept in float64. Adaptive ratios and greedy soups
            measure each model on its own training subset, so they are strategies of a recipe's BTM stage
            (btm.merge), which knows the subsets; here the ratios are given by hand.
            """)

    @Argument(help: "State dicts: .safetensors, .pth, .pth.tar.", completion: .file())
    var models: [String]

    @Option(help: "How: average, or ratios with --ratios.")
    var strategy = Strategy.average

    @Option(parsing: .upToNextOption, help: "One ratio for each model; they are scaled to a sum of 1.")
    var ratios: [Double] = []

    @Option(help: "What becomes of running statistics.")
    var buffers = BufferPolicy.average

    @Option(help: "What becomes of integers.")
    var integers = IntegerRule.max

    @Option(help: "The file to write.", completion: .file(extensions: ["safetensors"]))
    var output: String

    enum Strategy: String, ExpressibleByArgument, CaseIterable { case average, ratios }

    func validate() throws {
        guard models.count > 1 else { throw ValidationError("Give at least two models.") }
        guard strategy == .ratios || ratios.isEmpty else { throw ValidationError("--ratios needs --strategy ratios.") }
        guard strategy == .average || ratios.count == models.count else {
            throw ValidationError("Give one ratio for each of the \(models.count) models, not \(ratios.count).")
        }
    }

    func run() throws {
        var mean = StreamingMean(integers: integers, buffers: buffers)
        var metadata: [String: String] = [:]
        for (index, path) in models.enumerated() {
            let file = try StateDictFile.read(path)
            if index == 0 { metadata = file.metadata }
            try mean.add(file.tensors, weight: strategy == .average ? 1 : ratios[index], label: path)
        }
        try SafeTensorsFile.write(try mean.mean(), metadata: metadata, to: output)
        print("\(models.count) models merged into \(output)")
    }
}

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
