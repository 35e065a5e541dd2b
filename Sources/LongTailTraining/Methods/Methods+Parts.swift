import LongTailRecipeCoding
import LongTailVision

extension Methods {
    /// What methods of this list put on classifiers, each once: what the network of a checkpoint may have.
    public static var parts: [any ClassifierPart.Type] { parts(of: all) }

    /// The same of other methods.
    public static func parts(of methods: [any Method.Type]) -> [any ClassifierPart.Type] {
        var known: Set<ObjectIdentifier> = []
        return methods.flatMap { $0.parts }.filter { known.insert(ObjectIdentifier($0)).inserted }
    }
}

extension TrainablePart: OpenRecipeChoice {
    /// The house's: what every network has, and what its methods bring.
    public static let allCases = ofEveryNetwork + parts(Methods.parts)
}
