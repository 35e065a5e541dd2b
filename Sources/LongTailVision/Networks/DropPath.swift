import LongTailBasics
import LongTailTorch

/// Leaves out what a block would add, for some images of a training step.
///
/// What is kept is divided by its share, so that the expectation stays. Huang et al. 2016; as timm's DropPath.
final class DropPath {
    /// The share of images for which a block adds nothing.
    fileprivate(set) var rate = 0.0
    /// The draws of a step; nil outside of training.
    var random: CounterRandom?

    /// Whether some images may lose something.
    var isActive: Bool { rate > 0 && random != nil }

    /// N×… to the same: zero for some images.
    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        guard isActive, var draws = random else { return x }
        let keep = 1 - rate
        let factors = (0..<x.size(0)).map { _ in draws.uniform(0..<1) < keep ? Float(1 / keep) : 0 }
        random = draws
        let shape = [factors.count] + [Int](repeating: 1, count: x.rank - 1)
        return try x.mul(Tensor(factors, shape: shape).to(like: x))
    }
}

/// A block that can be left out.
protocol StochasticBlock: Module {
    /// Its chance to be.
    var dropPath: DropPath { get }
}

extension Network {
    /// The blocks that can be left out, from the input on.
    private func stochasticBlocks() throws(LongTailError) -> [any StochasticBlock] {
        var found: [any StochasticBlock] = []
        try backbone.walk { (_, module) throws(LongTailError) in
            if let block = module as? any StochasticBlock { found.append(block) }
        }
        return found
    }

    /// Sets how often blocks are left out: the last one with this share of images, earlier ones in proportion to their place.
    ///
    /// - Returns: Whether the network has such blocks.
    @discardableResult
    public func setDropPath(_ rate: Double) throws(LongTailError) -> Bool {
        let blocks = try stochasticBlocks()
        for (place, block) in blocks.enumerated() {
            block.dropPath.rate = blocks.count > 1 ? rate * Double(place) / Double(blocks.count - 1) : rate
        }
        droppable = blocks.filter { $0.dropPath.rate > 0 }
        return !blocks.isEmpty
    }

    /// Draws, while `body` runs, which blocks are left out for which images: a function of seed, epoch and number.
    public func withDropPath<Value>(
        seed: UInt64, epoch: Int, index: Int, _ body: () throws(LongTailError) -> Value
    ) throws(LongTailError) -> Value {
        for (place, block) in droppable.enumerated() {
            block.dropPath.random = CounterRandom(
                seed: seed, purpose: .dropPath, epoch: epoch &* 4096 &+ place, index: index)
        }
        defer { for block in droppable { block.dropPath.random = nil } }
        return try body()
    }
}
