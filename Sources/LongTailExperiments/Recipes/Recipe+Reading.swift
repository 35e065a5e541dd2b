import Foundation
import LongTailBasics
import LongTailRecipeCoding

extension Recipe {
    /// Reads a recipe, with those that it extends, and replaces single values.
    ///
    /// - Parameters:
    ///   - path: A YAML file; where there is none, the name of a recipe that comes with the program
    ///     (`RecipeLibrary`, `BuiltInRecipes`).
    ///   - overrides: `key.path=value` texts, as after `--set`, applied in order.
    ///   - registry: What a program adds to the words of recipes.
    /// - Throws: One failure that lists *all* problems: unknown keys, wrong types, values out of range,
    ///   contradictions, each with file, line and column.
    public static func load(
        _ path: String, overrides: [String] = [], registry: Registry = Registry()
    ) throws(LongTailError) -> Recipe {
        let source = RecipeSource(path)
        var recipe = try decode(RecipeFile.tree(source), overrides, registry)
        if recipe.name == nil {
            if case .builtIn(let name, _) = source {
                recipe.name = name
            } else {
                recipe.name = name(ofFile: source.place)
            }
        }
        return recipe
    }

    /// Reads a recipe from a file as it stands there, without a name of the file's.
    static func read(_ path: String, registry: Registry) throws(LongTailError) -> Recipe {
        try decode(RecipeFile.tree(RecipeSource(path)), [], registry)
    }

    /// Reads a recipe from text; `file` is what messages call it.
    public static func parse(
        _ text: String, file: String = "recipe", overrides: [String] = [], registry: Registry = Registry()
    ) throws(LongTailError) -> Recipe {
        try decode(RecipeFile.tree(text: text, file: file), overrides, registry)
    }

    /// The recipe as resolved, every key with its value; parsing it gives an equal recipe.
    public var yaml: String { RecipeText.document(encode()) }

    /// Throws all problems of a recipe that a program made.
    public func check() throws(LongTailError) { _ = try Self.decode(encode(), [], registry) }

    private static func decode(
        _ tree: RecipeNode, _ overrides: [String], _ registry: Registry
    ) throws(LongTailError) -> Recipe {
        var tree = tree
        for text in overrides {
            let replacement = try RecipeOverride(
                text, example: "data.imbalance=50", listExample: "stages.btm.members=4")
            tree = try replacement.applied(to: tree)
        }
        var report = RecipeReport(context: registry.context)
        let recipe = decode(tree, at: RecipePath(), over: nil, &report)
        try report.throwIfAny()
        guard var recipe else { throw LongTailError(.usage, "\(tree.origin): not a recipe") }
        recipe.registry = registry
        for conflict in recipe.conflicts() {
            report.add(
                .conflict(conflict.text, remedy: conflict.remedy), at: conflict.path,
                origin: tree.origin(of: conflict.path))
        }
        try report.throwIfAny()
        return recipe
    }

    /// `Recipes/cifar100-lt/ce.yaml` is called `cifar100-lt-ce`; what folders cannot hold becomes `-`.
    private static func name(ofFile path: String) -> String {
        let (folder, file) = (Path(Path(path).folder).name, Path(path).stem)
        let name = [".", "..", "/", "Recipes"].contains(folder) ? file : "\(folder)-\(file)"
        let safe = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
        return nameConflict(safe, at: "name") == nil ? safe : "recipe"
    }
}
