import Vision

/// The network and the weights to start from.
public struct NetworkRecipe: RecipePart {
    /// The network.
    public var name = Network.Name.resnet32
    /// The last layer.
    public var classifier = Classifier.Kind.linear
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
