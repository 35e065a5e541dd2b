/// The network and the weights to start from.
public struct NetworkRecipe: RecipePart {
    /// The networks that a recipe can name.
    ///
    /// CIFAR ResNets with option-A shortcuts (He et al. 2015, section 4.2).
    public enum Name: String, RecipeChoice {
        /// 20, 32, 44, 56 or 110 layers.
        case resnet20, resnet32, resnet44, resnet56, resnet110
    }

    /// The last layer.
    public enum Classifier: String, RecipeChoice {
        /// Weights and biases.
        case linear
        /// Normalised features and weights, scaled.
        case cosine
    }

    /// The network.
    public var name = Name.resnet32
    /// The last layer.
    public var classifier = Classifier.linear
    /// A file to start from instead of random weights.
    public var checkpoint: String?

    /// The defaults.
    public init() {}

    /// The keys.
    public static var fields: [Field<NetworkRecipe>] {
        [
            Field("name", \.name, "the network (He et al. 2015)"),
            Field("classifier", \.classifier, "the last layer"),
            Field(
                "checkpoint", \.checkpoint,
                "a state dict to start from: .safetensors, .pth or .pth.tar; null for random weights"),
        ]
    }
}
