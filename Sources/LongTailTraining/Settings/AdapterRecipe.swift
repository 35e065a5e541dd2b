import LongTailRecipeCoding
import LongTailVision

extension Adapters.Kind: RecipeChoice {}
extension Adapters.Layers: RecipeChoice {}

/// The adapters of a stage that trains them (`trains: adapters`).
public struct AdapterRecipe: RecipePart {
    /// What an adapter is.
    public var kind = Adapters.Kind.lora
    /// The rank of LoRA's product; the inner width of AdaptFormer.
    public var rank = 8
    /// What the change is multiplied with; nil for 1 (LoRA) and 0.1 (AdaptFormer).
    public var scale: Double?
    /// LoRA: the layers of a block.
    public var layers = Adapters.Layers.attention
    /// LoRA: whether the stage ends with a network without adapters, of which they have become part.
    public var fold = true

    public init() {}

    /// What the network gets.
    public var adapters: Adapters { Adapters(kind, rank: rank, scale: scale, layers: layers) }

    public static var fields: [RecipeField<AdapterRecipe>] {
        [
            RecipeField("kind", \.kind, "lora (Hu et al. 2022), or adaptformer (Chen et al. 2022)"),
            RecipeField("rank", \.rank, in: 1...4096, "the rank of LoRA's product, the inner width of AdaptFormer"),
            RecipeField(
                "scale", \.scale, in: 1e-6...1e6,
                "what the change is multiplied with: LoRA's alpha / rank (null: 1), AdaptFormer's s (null: 0.1)"),
            RecipeField("layers", \.layers, "lora: the layers of a block"),
            RecipeField(
                "fold", \.fold, "lora: whether adapters become part of the weights at the stage's end"),
        ]
    }
}
