import LongTailBasics
import LongTailExperiments

/// Reads a recipe and up to three others beside it that it may extend: b.yaml, c.yaml, d.yaml.
enum FuzzedRecipe {
    static func read(_ bytes: [UInt8]) throws(LongTailError) {
        let parts = TextParts(bytes)
        let paths = ["a", "b", "c", "d"].enumerated().map { Scratch.file("\($1).yaml", parts[$0] ?? []) }
        let recipe = try Recipe.load(paths[0])
        // What is read can be written, and gives the same again.
        let again = try? Recipe.parse(recipe.yaml)
        precondition(again == recipe, "a recipe that its own text does not give again")
        _ = recipe.shortened(to: 2)
    }
}
