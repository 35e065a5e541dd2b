import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTraining
import OrderedCollections

extension Session {
    /// Merges members that a run has kept by a strategy that measures them, and writes the result.
    ///
    /// - Parameters:
    ///   - members: Their checkpoints.
    ///   - strategy: How.
    ///   - buffers: What becomes of running statistics.
    ///   - root: The folder of the data set.
    ///   - output: The file to write.
    public func merge(
        _ members: [String], by strategy: MergeStrategy, buffers: BufferPolicy, root: String?, to output: String
    ) throws(LongTailError) {
        let kept = try KeptMembers(members, registry: registry)
        if let crew {
            let desk = try ScratchFolder()
            defer { desk.remove() }
            let file = desk.path("recipe.yaml")
            try AtomicFile.write(kept.recipe.yaml, to: file)
            try crew.begin(recipe: file, root: root)
        }
        let data = try TrainingData(kept.recipe.data, root: root, seed: kept.recipe.seed)
        try kept.merged(by: strategy, buffers: buffers, on: data, with: crew) { sink.say($0) }.write(to: output)
    }
}

extension StreamingMean {
    /// Averages models of any kind of file, one after the other, and writes the result with the first one's metadata.
    ///
    /// - Parameters:
    ///   - paths: State dicts: safetensors, or what `torch.save` wrote.
    ///   - ratios: One for each, scaled to a sum of 1; equal ones when empty.
    ///   - integers: What becomes of integer tensors.
    ///   - buffers: What becomes of running statistics.
    ///   - output: The file to write.
    public static func merge(
        _ paths: [String], ratios: [Double] = [], integers: IntegerRule = .max, buffers: BufferPolicy = .average,
        to output: String
    ) throws(LongTailError) {
        var mean = StreamingMean(integers: integers, buffers: buffers)
        var metadata: [String: String] = [:]
        for (index, path) in paths.enumerated() {
            let file = try Checkpoint.openFile(path)
            if index == 0 {
                if case .safeTensors(let first) = file {
                    metadata = first.metadata
                } else {
                    metadata = ["format": "pt"]
                }
            }
            let tensors =
                if case .safeTensors(let file) = file { file.tensors } else {
                    try ImportedWeights(file, path: path).tensors
                }
            try mean.add(tensors, weight: ratios.isEmpty ? 1 : ratios[index], label: path)
        }
        try SafeTensorsFile.write(
            try mean.mean(), metadata: metadata, isSealed: metadata["longtail"] != nil, to: output)
    }
}
