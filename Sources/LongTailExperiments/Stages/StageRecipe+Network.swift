import LongTailBasics
import LongTailTorch
import LongTailTraining
import LongTailVision

extension StageRecipe {
    /// Makes a network what the stage trains: as its method wants it, and with adapters where these train.
    ///
    /// LoRA that an earlier stage has kept becomes part of the weights where these train: the mean of factors is no merge.
    ///
    /// - Parameters:
    ///   - network: What the stage begins with.
    ///   - seed: The run's.
    ///   - member: The member of a BTM stage.
    func prepare(_ network: inout Network, seed: UInt64, member: Int?) throws(LongTailError) {
        var draw = WeightInitializer(seed: self.seed(seed, member: member))
        try method.passedPrepare(&network, &draw)
        if training.trainsBody { try network.foldAdapters() }
        guard let adapters = training.trainedAdapters?.adapters else { return }
        if network.design?.adapters != adapters { try network.foldAdapters() }
        // All members begin with the same ones, so that they can be merged.
        var common = WeightInitializer(seed: self.seed(seed, member: nil), start: Adapters.firstDraw)
        try network.addAdapters(adapters, &common)
    }

    /// Makes a trained network what the stage ends with.
    func finish(_ network: Network) throws(LongTailError) {
        if training.trainedAdapters?.fold == true { try network.foldAdapters() }
    }
}
