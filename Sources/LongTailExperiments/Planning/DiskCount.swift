import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// Adds up what a run leaves on the disk, beside small text.
struct DiskCount {
    private var checkpoints = 0
    private var members = 0
    private var resume = 0

    /// A checkpoint of a network as it is.
    mutating func add(checkpoint network: Network) throws(LongTailError) {
        for (_, tensor) in try network.namedTensors() { checkpoints += tensor.count * (tensor.dtype?.size ?? 4) }
    }

    /// What a stage leaves, and needs while it runs.
    mutating func add(_ stage: StageRecipe, _ bytes: TensorBytes) {
        checkpoints += bytes.weights
        var point = bytes.weights + bytes.momentum
        if let btm = stage.btm {
            // Members of adapters hold these and the classifier alone: what is trained.
            let member = stage.training.trains == .adapters ? bytes.gradients : bytes.weights
            if btm.keepMembers { members += btm.members * member }
            // The mean under way is in float64.
            point += bytes.elements * 8
        }
        resume = max(resume, point)
    }

    /// The sums.
    var disk: Plan.Disk { Plan.Disk(checkpoints: checkpoints, members: members, resume: resume) }
}
