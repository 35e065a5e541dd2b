import LongTailBasics
import LongTailTraining
import LongTailVision

/// How networks of the field want their images, where a recipe's way does badly: other normalisations, other sizes.
struct UsualInput {
    /// What it is, for a reader.
    let name: String
    /// The values of a recipe that say it.
    let overrides: [String]
    /// Makes a recipe's data so.
    let change: @Sendable (inout DataRecipe) -> Void

    /// Normalisations other than the recipe's.
    static func normalizations(_ data: DataRecipe) -> [UsualInput] {
        let known: [(String, Normalization)] = [
            ("ImageNet's mean and deviation", .imageNet), ("pixels from 0 to 1 alone", .none),
            ("pixels from -1 to 1", .half), ("CLIP's mean and deviation", .clip),
        ]
        return known.filter { $0.1 != data.normalization }.map { name, normalization in
            UsualInput(
                name: name,
                overrides: ["data.mean=\(list(normalization.mean))", "data.std=\(list(normalization.std))"]
            ) { data in
                data.mean = normalization.mean.map(Double.init)
                data.std = normalization.std.map(Double.init)
            }
        }
    }

    /// Sizes other than the recipe's, for photographs that go through the standard steps.
    static func sizes(_ data: DataRecipe, of network: Network.Architecture) -> [UsualInput] {
        guard data.preparesAsUsual else { return [] }
        return (network.isForSmallImages ? [32, 64] : [64, 128, 224, 288, 384]).filter { $0 != data.imageSize }.map {
            side in
            UsualInput(name: "pictures of \(side) pixels", overrides: ["data.image-size=\(side)"]) { data in
                data.imageSize = side
                data.preparation = nil
            }
        }
    }

    private static func list(_ values: [Float]) -> String {
        "[" + values.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ",") + "]"
    }
}
