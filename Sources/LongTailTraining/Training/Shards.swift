import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// The shards of every batch of a stage: an ordinary small batch each, whose gradients are added along a fixed binary tree, so
/// that the sum has the same bits on 1, 2, 4 … processes.
///
/// In the same sum travel the loss, what running statistics changed by, whether a parameter had a gradient at all, and whether a
/// process was asked to stop.
package struct Shards {
    /// What a step leads to, the same on every process.
    struct Outcome {
        /// Mean over the images.
        let loss: Tensor
        /// Of each parameter; nil where no shard had one.
        let gradients: [Tensor?]
        /// What each shard with images leaves behind, in their order.
        let traces: [[Tensor]]
        /// Whether some process asked to stop.
        let isStopped: Bool
    }

    /// Shards of a batch.
    let count: Int
    /// Those of this process.
    let part: BatchPart
    private let team: Team?
    private let network: Network
    private let parameters: [Parameter]
    private let gradients: [Tensor]
    /// Running means and variances, and the counts of batches beside them.
    private let statistics: [Tensor]
    private let size: Int

    /// - Throws: `.usage` when so many processes cannot share the shards.
    init(
        _ count: Int, _ team: Team?, _ parameters: [Parameter], of network: Network, _ session: any Module
    ) throws(LongTailError) {
        let world = (rank: team?.world.rank ?? 0, size: team?.world.size ?? 1)
        try Self.require(count, world.size)
        (self.count, self.team, self.network, self.parameters) = (count, team, network, parameters)
        part = BatchPart(world.rank * count / world.size..<(world.rank + 1) * count / world.size, of: count)
        var (gradients, statistics): ([Tensor], [Tensor]) = ([], [])
        for parameter in parameters { gradients.append(try parameter.tensor.detach().zerosLike()) }
        for module: any Module in [network, session] {
            for (name, tensor) in try module.namedTensors() where Self.isStatistic(name) { statistics.append(tensor) }
        }
        (self.gradients, self.statistics) = (gradients, statistics)
        size =
            gradients.reduce(0) { $0 + $1.count } + gradients.count + statistics.reduce(0) { $0 + $1.count } + 2
    }

    /// Refuses a number of processes on which the sum would have other bits.
    package static func require(_ shards: Int, _ processes: Int, stage: String = "") throws(LongTailError) {
        let fitting = (0..<13).map { 1 << $0 }.filter { shards % $0 == 0 }
        guard !fitting.contains(processes) else { return }
        let isPower = processes & (processes - 1) == 0
        throw LongTailError(
            .usage,
            "\(stage.isEmpty ? "" : "stage \(stage): ")\(shards) shards cannot be trained by \(processes) processes "
                + "with the bits of one",
            remedy:
                "Start \(fitting.map(String.init).joined(separator: ", "))"
                + (isPower
                    ? ", or set shards to a multiple of \(processes)." : ": only powers of two can share a batch."))
    }

    private static func isStatistic(_ name: String) -> Bool {
        ["running_mean", "running_var", "num_batches_tracked"].contains { name == $0 || name.hasSuffix(".\($0)") }
    }

    /// The losses and gradients of a step.
    ///
    /// - Parameters:
    ///   - images: Images of the whole batch.
    ///   - wantsStop: Whether this process was asked to stop.
    ///   - loss: The loss of a shard, and what it leaves behind.
    func callAsFunction(
        images: Int, wantsStop: Bool, leavesTrace: Bool,
        loss: (_ shard: Int) throws(LongTailError) -> (loss: Tensor, trace: [Tensor])
    ) throws(LongTailError) -> Outcome {
        var before: [Tensor] = []
        for tensor in statistics { before.append(try tensor.clone()) }
        var traces: [[Tensor]] = []
        /// The sum over some shards, half and half.
        func sum(_ shards: Range<Int>) throws(LongTailError) -> Tensor {
            guard shards.count > 1 else { return try one(shards.lowerBound, images, before, &traces, loss) }
            let middle = (shards.lowerBound + shards.upperBound) / 2
            let first = try sum(shards.lowerBound..<middle)
            return try first.add_(sum(middle..<shards.upperBound))
        }
        var total = try sum(part.shards)
        if wantsStop { _ = try total.slice(0, from: size - 1, to: size).add_(1) }
        if let team {
            total = try team.sum(total)
            if leavesTrace { traces = try team.gather(traces) }
        }
        return try outcome(total, before, traces)
    }

    /// One shard's loss, gradients and changes of statistics by its share of the images, side by side; zeros where it has no image.
    private func one(
        _ shard: Int, _ images: Int, _ before: [Tensor], _ traces: inout [[Tensor]],
        _ loss: (_ shard: Int) throws(LongTailError) -> (loss: Tensor, trace: [Tensor])
    ) throws(LongTailError) -> Tensor {
        let row = try Tensor.zeros([size])
        let own = part.shard(shard).positions(in: images).count
        guard own > 0 else { return row }
        let share = Double(own) / Double(images)
        for (tensor, old) in zip(statistics, before) { _ = try tensor.copy_(old) }
        let found = try loss(shard)
        try network.backward(from: found.loss.mul(share))
        traces.append(found.trace)
        var start = 0
        func put(_ tensor: Tensor) throws(LongTailError) {
            let end = start + tensor.count
            _ = try row.slice(0, from: start, to: end).reshape(tensor.shape).copy_(tensor)
            start = end
        }
        var flags: [Double] = []
        for parameter in parameters {
            let gradient = try parameter.tensor.grad()
            flags.append(gradient == nil ? 0 : 1)
            if let gradient { try put(gradient) } else { start += parameter.tensor.count }
            try parameter.tensor.clearGrad()
        }
        try put(Tensor(flags, shape: [flags.count]))
        for (tensor, old) in zip(statistics, before) { try put(tensor.sub(old).to(.float32).mul(share)) }
        try put(found.loss.detach().to(.float32).mul(share))
        return row
    }

    /// What the sum over all shards says; running statistics are moved.
    private func outcome(
        _ total: Tensor, _ before: [Tensor], _ traces: [[Tensor]]
    ) throws(LongTailError) -> Outcome {
        var start = 0
        func take(_ count: Int) throws(LongTailError) -> Tensor {
            defer { start += count }
            return try total.slice(0, from: start, to: start + count)
        }
        for gradient in gradients { _ = try gradient.copy_(take(gradient.count).reshape(gradient.shape)) }
        let flags: [Double] = try take(gradients.count).to(.float64).array()
        for (tensor, old) in zip(statistics, before) {
            let change = try take(tensor.count).reshape(tensor.shape)
            _ = try tensor.copy_(tensor.dtype == .float32 ? old.add(change) : old.add(change.round()))
        }
        let loss = try take(1).reshape([])
        return Outcome(
            loss: loss, gradients: zip(gradients, flags).map { $1 > 0 ? $0 : nil }, traces: traces,
            isStopped: try take(1).item() > 0)
    }
}
