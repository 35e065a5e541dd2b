import LongTailRecipeCoding
import LongTailVision

/// How one stage trains: what the one training loop needs, whatever the method.
///
/// The defaults here are those of a bare struct; a stage starts from its kind's and its method's
/// (`StageKind.defaults`, `Method.adjust`).
public struct TrainingRecipe: RecipePart {
    /// What batch normalisation does in the backbone while training.
    public enum BatchNorm: String, RecipeChoice {
        /// Batch statistics; running statistics move; its weights train with the part that they belong to.
        case train
        /// Running statistics, which stay.
        case evaluate
        /// Batch statistics; running statistics move, its weights stay (MiSLAS's shifted BN).
        case shift
    }

    /// What turns gradients into steps.
    public enum OptimizerName: String, RecipeChoice {
        /// Stochastic gradient descent with momentum and coupled weight decay.
        case sgd
        /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
        case adamw
    }

    /// Which parameters weight decay draws to zero.
    public enum Decays: String, RecipeChoice {
        /// Every trained one.
        case all
        /// Those of two dimensions and more, but for tokens and positions: no bias, no scale of a normalisation.
        case matrices
    }

    /// What a stage ends with.
    public enum Averaging: String, RecipeChoice {
        /// The weights of its last step.
        case none
        /// Their exponential moving average over steps.
        case ema
        /// The mean of the weights at the ends of its last epochs (Izmailov et al. 2018, SWA).
        case swa
    }

    /// The order of an epoch.
    public enum Order: String, RecipeChoice {
        /// Every image once, shuffled.
        case shuffled
        /// Classes in turn, `images-per-draw` images of each (Kang et al. 2020).
        case classAware = "class-aware"
        /// A class at random, an image of it from its shuffled ones: every class equally often.
        case balanced
        /// A class in proportion to the square root of its size, an image at random (Kang et al. 2020).
        case squareRoot = "square-root"
        /// From natural to class-balanced over the epochs (Kang et al. 2020).
        case progressive
        /// A class in inverse proportion to its size, an image at random (BBN's second branch).
        case reversed
    }

    /// Passes over the training images.
    public var epochs = 10
    /// The batch size: images of a step.
    public var batchSize = 128
    /// Parts of every batch, each with batch statistics, mixing and contrast of its own; their gradients are added.
    ///
    /// What as many devices of PyTorch's DistributedDataParallel do, on any number of processes that is a power of two and divides it.
    public var shards = 1
    /// The learning rate.
    public var rate = RateRecipe()
    /// What turns gradients into steps.
    public var optimizer = OptimizerName.sgd
    /// Momentum of SGD.
    public var momentum = 0.9
    /// AdamW's shares of what its two moments keep from step to step.
    public var betas = [0.9, 0.999]
    /// Which parameters weight decay draws to zero.
    public var decays = Decays.all
    /// What the rate of each layer is multiplied with for every layer that comes after it; 1 is off.
    ///
    /// Clark et al. 2020 (ELECTRA); Bao et al. 2022 (BEiT): 0.65 to 0.9 where transformers are fine-tuned.
    public var layerDecay = 1.0
    /// The length to which gradients are cut, all taken together; nil for none.
    public var clip: Double?
    /// The share of images for which the last block leaves out what it would add; earlier ones in proportion to their place.
    ///
    /// Huang et al. 2016, stochastic depth.
    public var dropPath = 0.0
    /// Whether blocks are run once more on the way back, in place of keeping what they compute: less memory, a third more time.
    public var recompute = false
    /// How far SAM looks for the worst loss nearby; 0 is off.
    ///
    /// Every step costs two. Foret and others 2021; 0.05 there.
    public var sam = 0.0
    /// What the stage ends with.
    public var average = Averaging.none
    /// EMA: the share of the average that stays at a step.
    public var averageDecay = 0.999
    /// SWA: the share of the epochs after which the mean begins.
    public var averageFrom = 0.75
    /// Weight decay, coupled (L2) in SGD and decoupled in AdamW; 5e-4 is what MiSLAS's authors recommend on CIFAR.
    public var weightDecay = 5e-4
    /// Nesterov's momentum.
    public var nesterov = false
    /// Alpha of mixup's Beta distribution; 0 is off.
    ///
    /// Zhang et al. 2018; 1.0 in MiSLAS's stage 1 on CIFAR, 0.2 on large sets and in the BTM paper.
    public var mixup = 0.0
    /// The trainable parameters.
    public var trains = TrainablePart.all
    /// The adapters that train, where `trains` names them; nil where it does not, and for the usual ones.
    public var adapters: AdapterRecipe?
    /// What batch normalisation does.
    public var batchNorm = BatchNorm.train
    /// The order of an epoch.
    public var sampler = Order.shuffled
    /// Whether images beyond the last whole batch of an epoch are left out.
    public var dropLast = false
    /// Class-aware order: images of one class in a row; 4 in the official code of cRT and MiSLAS.
    public var imagesPerDraw = 4

    /// What a training image goes through in this stage; nil for the data's steps.
    ///
    /// A method's strong augmentation is its pre-training's: the BTM paper fine-tunes PaCo with the plain one.
    public var augmentation: [StepRecipe]?

    public init() {}

    /// What `epochs` may be.
    package static let epochRange = 1...100_000

    public static var fields: [RecipeField<TrainingRecipe>] {
        [
            RecipeField("epochs", \.epochs, in: epochRange, "passes over the training images"),
            RecipeField("batch-size", \.batchSize, in: 1...100_000, "the batch size: images of a step"),
            RecipeField(
                "shards", \.shards, in: 1...4096,
                "parts of every batch, with batch statistics of their own, whose gradients are added: as many devices do"
            ),
            RecipeField("rate", \.rate, "the learning rate"),
            RecipeField("optimizer", \.optimizer, "what turns gradients into steps"),
            RecipeField("momentum", \.momentum, in: 0...0.9999, "momentum of SGD"),
            RecipeField("betas", \.betas, "AdamW: what its two moments keep from step to step"),
            RecipeField(
                "weight-decay", \.weightDecay, in: 0...1, "weight decay: coupled (L2) in SGD, decoupled in AdamW"),
            RecipeField(
                "decays", \.decays, "which parameters decay: all, or matrices without biases, normalisations, tokens"),
            RecipeField(
                "layer-decay", \.layerDecay, in: 0.01...1,
                "what a layer's rate is multiplied with for each layer behind it; 1 is off"),
            RecipeField(
                "clip", \.clip, in: 1e-6...1e6, "the length to which all gradients together are cut; null for none"),
            RecipeField(
                "drop-path", \.dropPath, in: 0...0.9,
                "the share of images for which the last block adds nothing (Huang et al. 2016); 0 is off"),
            RecipeField(
                "recompute", \.recompute,
                "whether blocks are run again on the way back in place of kept (Chen et al. 2016): less memory, more time"
            ),
            RecipeField("sam", \.sam, in: 0...10, "how far SAM looks for the worst loss (Foret et al. 2021); 0 is off"),
            RecipeField("average", \.average, "what the stage ends with: its last weights, or an average of them"),
            RecipeField("average-decay", \.averageDecay, in: 0...0.999999, "ema: the share that stays at a step"),
            RecipeField(
                "average-from", \.averageFrom, in: 0...0.999, "swa: the share of the epochs after which it begins"),
            RecipeField("nesterov", \.nesterov, "Nesterov's momentum"),
            RecipeField(
                "mixup", \.mixup, in: 0...100, "alpha of mixup's Beta distribution (Zhang et al. 2018); 0 is off"),
            RecipeField("trains", \.trains, "which parameters are trainable"),
            RecipeField("adapters", \.adapters, "trains: adapters: which ones; null where other parts train"),
            RecipeField(
                "batch-norm", \.batchNorm,
                "batch normalisation: batch statistics, running ones, or batch ones with frozen weights"),
            RecipeField("sampler", \.sampler, "the order of an epoch"),
            RecipeField("drop-last", \.dropLast, "whether images beyond the last whole batch are left out"),
            RecipeField(
                "augmentation", \.augmentation, "steps of a training image in this stage; null for those of data"),
            RecipeField(
                "images-per-draw", \.imagesPerDraw, in: 1...1000, "class-aware sampler: images of one class in a row"),
        ]
    }

    /// Rules between the length and the rate.
    public func conflicts() -> [RecipeConflict] {
        var found = rate.conflicts().map { $0.under(RecipePath().key("rate")) }
        if rate.warmup >= epochs {
            found.append(
                RecipeConflict(
                    "rate.warmup", "must be smaller than epochs (\(epochs)), found \(rate.warmup)",
                    remedy: "Shorten the warm-up (0 is none), or train longer."))
        }
        if shards > batchSize {
            found.append(
                RecipeConflict(
                    "shards", "must not be above batch-size (\(batchSize)), found \(shards)",
                    remedy: "A shard needs an image."))
        }
        if betas.count != 2 || !betas.allSatisfy((0..<1).contains) {
            found.append(
                RecipeConflict(
                    "betas", "must be two numbers from 0 to below 1, found \(RecipeText.inline(betas.encode()))"))
        }
        if nesterov, optimizer != .sgd {
            found.append(
                RecipeConflict(
                    "nesterov", "is SGD's, and the optimizer is \(optimizer.rawValue)", remedy: "Leave it out."))
        }
        if trainedAdapters?.kind == .lora, average != .none {
            found.append(
                RecipeConflict(
                    "average", "is of LoRA's factors, and their products' mean is another thing",
                    remedy: "Leave it out, or train adaptformer."))
        }
        if sam > 0, batchNorm == .train, average == .swa {
            found.append(
                RecipeConflict(
                    "sam", "stands beside average: swa", remedy: "Take one of them: both look for wide minima."))
        }
        if nesterov, momentum == 0 {
            found.append(RecipeConflict("nesterov", "needs a momentum above 0"))
        }
        return found
    }
}
