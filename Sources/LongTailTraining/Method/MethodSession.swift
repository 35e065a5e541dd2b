import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// A method at work in one stage: turns the batches of a step into a loss.
///
/// A module: its parameters are trained with the network's, and all its tensors are saved and resumed with them. At the
/// end of the stage they are dropped.
public protocol MethodSession: Module {
    /// Called before the first step of every epoch, counted from 0.
    func begin(epoch: Int) throws
    /// Called before the shards of a step; runs under autocast.
    func begin(_ step: TrainingStep) throws
    /// The loss of a step's shard, which is all of the batch unless the stage has more, a scalar; runs under autocast.
    func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws -> Tensor
    /// Whether shards leave a trace; false for a session that keeps nothing from step to step.
    var leavesTrace: Bool { get }
    /// What the shard whose loss was asked last leaves for `end`: tensors of any shape, without gradients.
    var trace: [Tensor] { get }
    /// Called after a step with the traces of all its shards in their order, on whichever process they were computed.
    func end(_ step: TrainingStep, _ traces: [[Tensor]]) throws
}

extension MethodSession {
    public var children: [(name: String, child: ModuleChild)] { [] }
    public func begin(epoch: Int) throws(LongTailError) {}
    public func begin(_ step: TrainingStep) throws(LongTailError) {}
    public var leavesTrace: Bool { false }
    public var trace: [Tensor] { [] }
    public func end(_ step: TrainingStep, _ traces: [[Tensor]]) throws(LongTailError) {}
}

/// Where a training stands.
public struct TrainingStep: Sendable {
    /// Epoch from 0.
    public let epoch: Int
    /// Step of the epoch, from 0.
    public let step: Int
    /// The seed of the stage and member.
    public let seed: UInt64
    /// The shard of the batch, from 0.
    public let shard: Int
    /// Shards of a batch.
    public let shards: Int

    /// A shard of a step; the only one unless said otherwise.
    public init(epoch: Int, step: Int, seed: UInt64, shard: Int = 0, of shards: Int = 1) {
        (self.epoch, self.step, self.seed, self.shard, self.shards) = (epoch, step, seed, shard, shards)
    }

    /// The number of the shard in the epoch: what random draws are numbered by.
    public var draw: Int { step * shards + shard }
}

/// What a session works on.
public struct StageContext {
    /// The network, prepared.
    public let network: Network
    /// How the stage trains.
    public let training: TrainingRecipe
    /// Training images per class.
    public let counts: ClassCounts
    /// Seed of this stage and member.
    public let seed: UInt64
    /// The network after an earlier stage.
    let earlier: (String) throws(LongTailError) -> Network

    /// Features N×D of images; without gradients where only the classifier is trained.
    public func features(_ images: Tensor) throws(LongTailError) -> Tensor {
        guard !training.trainsBackbone else { return try network.backbone(images) }
        return try withoutGradients { () throws(LongTailError) in try network.backbone(images) }
    }

    /// Logits N×K of images, float32.
    public func logits(_ images: Tensor) throws(LongTailError) -> Tensor {
        try network.classifier(features(images)).to(.float32)
    }

    /// Each expert's logits N×K of images, float32.
    public func experts(_ images: Tensor) throws(LongTailError) -> [Tensor] {
        var logits: [Tensor] = []
        for expert in try network.classifier.experts(features(images)) { logits.append(try expert.to(.float32)) }
        return logits
    }

    /// The network after an earlier stage, as a teacher: frozen, in evaluation mode.
    public func teacher(_ stage: String) throws(LongTailError) -> Teacher { Teacher(try earlier(stage)) }
}

/// A network that is only asked.
public struct Teacher {
    private let network: Network

    init(_ network: Network) { self.network = network }

    /// Logits N×K, float32, without gradients.
    public func logits(_ images: Tensor) throws(LongTailError) -> Tensor {
        try network.setTraining(false)
        return try withoutGradients { () throws(LongTailError) in try network(images).to(.float32) }
    }
}

/// The session of a method that is a loss of the network's logits; with mixup where the recipe says so.
final class LossSession: MethodSession {
    private let method: any LossMethod
    private let context: StageContext
    private var loss: any Loss

    init(_ method: any LossMethod, _ context: StageContext) throws(LongTailError) {
        (self.method, self.context) = (method, context)
        loss = try passing(type(of: method).name) { try method.loss(context.counts, epoch: 0) }
    }

    func begin(epoch: Int) throws(LongTailError) {
        guard epoch > 0 else { return }
        loss = try passing(type(of: method).name) { try method.loss(context.counts, epoch: epoch) }
    }

    func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
        let batch = batches[0]
        guard
            let mixup = try Mixup(
                alpha: context.training.mixup, count: batch.labels.count, seed: step.seed, epoch: step.epoch,
                step: step.draw)
        else { return try loss(context.logits(batch.images), batch.targets) }
        return try mixup.loss(loss, context.logits(mixup.images(batch.images)), batch.targets)
    }
}
