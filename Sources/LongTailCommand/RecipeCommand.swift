import ArgumentParser
import LongTail

struct RecipeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe",
        abstract: "Lists the recipes there are, shows one as resolved, and the keys that they know.",
        discussion: """
            longtail recipe list
            longtail recipe show demo
            """,
        subcommands: [List.self, Show.self, Keys.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The recipes that come with longtail; each can be named wherever a recipe is asked for.",
            discussion: "longtail recipe list")

        @Flag(help: "As JSON, for machines.")
        var json = false

        func run() throws {
            let library = RecipeLibrary.current
            var entries = BuiltInRecipes.names.map {
                Entry(name: $0, heading: BuiltInRecipes.heading(of: $0), file: nil)
            }
            entries += library.names.map { Entry(name: $0, heading: library.heading(of: $0), file: library.file($0)) }
            if json { return try showJSON(entries) }
            let place =
                library.folder.map { "They are files in \($0)." } ?? "No folder of recipes is beside this program."
            try show(
                ReportTable(
                    columns: ["recipe", "what it is"].map { .init($0, isNumeric: false) },
                    rows: entries.map { [.text($0.name), .text($0.heading)] },
                    notes: [place, "A folder with one recipe stands for it: longtail train demo"]
                ).plain())
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A recipe with every key and its value, after checks, `extends` and --set.",
            discussion: "longtail recipe show demo --set stages.btm.members=4")

        @Argument(
            help: "A recipe file, or the name of one (longtail recipe list).", completion: .file(extensions: ["yaml"]))
        var recipe: String

        @Option(
            name: .customLong("set"), parsing: .singleValue,
            help: ArgumentHelp("Replaces a value; may be given again.", valueName: "key.path=value"))
        var overrides: [String] = []

        func run() throws { try show(try Recipe.load(recipe, overrides: overrides).yaml) }
    }

    struct Keys: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every key of a recipe, with its default.", discussion: "longtail recipe keys")

        func run() throws { try show(RecipeKeys.text) }
    }
}

private struct Entry: Encodable {
    let name: String
    let heading: String
    let file: String?
}
