import LongTailRecipeCoding
import LongTailTraining

/// What a stage is for.
public enum StageKind: String, RecipeChoice {
    /// Features and classifier, from the start.
    case preTrain = "pre-train"
    /// The classifier again with plain cross-entropy, after a method that handles imbalance by itself.
    case fc
    /// Balanced training and merging.
    case btm
    /// The classifier, against the imbalance.
    case postTrain = "post-train"

    /// The method of a stage that names none.
    public var method: any Method.Type {
        switch self {
        case .preTrain, .fc, .btm: CrossEntropy.self
        case .postTrain: MiSLAS.self
        }
    }

    /// The training of a stage that says nothing; the values for CIFAR, in one place.
    ///
    /// A stage of other epochs keeps the shape of the schedule: `StageRecipe.init`.
    public var defaults: TrainingRecipe {
        var training = TrainingRecipe()
        switch self {
        case .preTrain:
            // Stage 1 of MiSLAS, of LDAM-DRW and of most others on CIFAR-LT, but for the weight decay
            // (theirs 2e-4; MiSLAS's read-me recommends 5e-4) and mixup, which is the recipe's choice.
            training.epochs = 200
            training.rate = RateRecipe(0.1, .steps, warmup: 5, milestones: [160, 180], factor: 0.1)
        case .fc:
            // The BTM paper, section 4: 10 epochs of plain cross-entropy; rate and schedule of its appendix.
            training.epochs = 10
            training.rate = RateRecipe(0.1, .cosine)
            training.trains = .classifier
            training.batchNorm = .evaluate
        case .btm:
            // Paper: 30 epochs, cosine, mixup 0.2, whole model. It gives no rate for CIFAR; 5e-3 is this house's.
            training.epochs = 30
            training.rate = RateRecipe(5e-3, .cosine)
            training.mixup = 0.2
        case .postTrain:
            // Stage 2 of MiSLAS on CIFAR: 10 epochs, rate 0.1, cosine.
            training.epochs = 10
            training.rate = RateRecipe(0.1, .cosine)
            training.trains = .classifier
            training.batchNorm = .evaluate
        }
        return training
    }
}
