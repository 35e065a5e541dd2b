import LongTailImbalance
import LongTailRecipeCoding
import LongTailTraining
import LongTailVision

/// What a program adds to the words of recipes and checkpoints: values that are passed in where a recipe is read or a run
/// opened, and that go with it from there.
public struct Registry: Sendable {
    /// Methods, beside `Methods.all`.
    public var methods: [any Method.Type] = []
    /// Steps of augmentation and preparation.
    public var steps: [any RecipeStep.Type] = []
    /// Data sets.
    public var datasets: [DataRecipe.Name] = []
    /// Networks, by their backbones.
    public var networks: [Network.Architecture] = []
    /// Ways to merge.
    public var merges: [MergeStrategy] = []

    /// The house's words alone.
    public init() {}

    /// As decoding looks it up.
    var context: RecipeContext {
        var context = RecipeContext()
        context.add(methods)
        context.add(steps)
        context.add(datasets)
        context.add(networks)
        context.add(merges)
        context.add(TrainablePart.parts(Methods.parts(of: methods)))
        return context
    }

    /// What methods, the house's and these, put on classifiers.
    var parts: [any ClassifierPart.Type] { Methods.parts(of: Methods.all + methods) }

    /// The network of a name, also one that a file says.
    func network(_ name: Network.Architecture) -> Network.Architecture { networks.first { $0 == name } ?? name }
}

extension Registry: Equatable {
    /// What a recipe says does not depend on who reads it.
    public static func == (a: Registry, b: Registry) -> Bool { true }
}

extension Recipe {
    /// Its registry, with the methods of its own stages, which a program may have put there without a word.
    package var words: Registry {
        var words = registry
        words.methods += stages.map { type(of: $0.method) }
        return words
    }
}
