import ArgumentParser
import Basics
import LongTail

struct RecipeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe", abstract: "Shows recipes as resolved, and the keys that they know.",
        discussion: "longtail recipe show Recipes/demo/glyphs.yaml",
        subcommands: [Show.self, Keys.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A recipe with every key and its value, after checks, `extends` and --set.",
            discussion: "longtail recipe show Recipes/demo/glyphs.yaml --set stages.btm.members=4")

        @Argument(help: "The recipe.", completion: .file(extensions: ["yaml"]))
        var recipe: String

        @Option(
            name: .customLong("set"), parsing: .singleValue,
            help: ArgumentHelp("Replaces a value; may be given again.", valueName: "key.path=value"))
        var overrides: [String] = []

        func run() throws { print(try Recipe.load(recipe, overrides: overrides).yaml) }
    }

    struct Keys: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every key of a recipe, with its default.", discussion: "longtail recipe keys")

        func run() throws { print(RecipeKeys.text) }
    }
}
