import LongTailRecipeCoding
import LongTailVision

/// The network and the weights to start from.
public struct NetworkRecipe: RecipePart {
    public var name = Network.Architecture.resnet32
    /// The last layer.
    public var classifier = Classifier.Kind.linear
    /// A file to start from instead of random weights.
    public var checkpoint: String?
    /// A file to start the body from, such as torchvision's for ImageNet; what it does not give is drawn.
    public var weights: String?
    /// Which set of weights of that file, where it holds several.
    public var weightsKey: String?

    public init() {}

    public static var fields: [RecipeField<NetworkRecipe>] {
        [
            RecipeField("name", \.name, "the network (He et al. 2015)"),
            RecipeField("classifier", \.classifier, "the last layer"),
            RecipeField(
                "checkpoint", \.checkpoint,
                "a state dict to start from: .safetensors, .pth or .pth.tar; null for random weights"),
            RecipeField(
                "weights", \.weights,
                "weights to start the body from, such as torchvision's; a classifier of other classes is drawn anew"),
            RecipeField(
                "weights-key", \.weightsKey,
                "which weights of that file, by the keys that lead to them, as state_dict_ema; null for the trained ones"
            ),
        ]
    }

    /// One start only, and a file for its key.
    public func conflicts() -> [RecipeConflict] {
        if weightsKey != nil, checkpoint == nil, weights == nil {
            return [
                RecipeConflict(
                    "weights-key", "chooses among the weights of a file, and none is named",
                    remedy: "Name one in checkpoint or weights, or leave the key out.")
            ]
        }
        guard checkpoint != nil, weights != nil else { return [] }
        return [
            RecipeConflict(
                "weights", "stands beside checkpoint, and there is one start only",
                remedy: "Keep checkpoint for a whole network, weights for its body.")
        ]
    }
}
