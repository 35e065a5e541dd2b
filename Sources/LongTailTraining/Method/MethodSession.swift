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
    /// The loss of a step, a scalar; runs under autocast.
    func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws -> Tensor
}

extension MethodSession {
    public var children: [(name: String, child: ModuleChild)] { [] }
    public func begin(epoch: Int) throws(LongTailError) {}
}

/// Where a training stands.
public struct TrainingStep: Sendable {
    /// Epoch from 0.
    public let epoch: Int
    /// Step of the epoch, from 0.
    public let step: Int
    /// The seed of the stage and member.
    public let seed: UInt64
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
                step: step.step)
        else { return try loss(context.logits(batch.images), batch.targets) }
        return try mixup.loss(loss, context.logits(mixup.images(batch.images)), batch.targets)
    }
}
