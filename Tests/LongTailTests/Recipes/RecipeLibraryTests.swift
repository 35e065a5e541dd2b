import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Recipes found by name among those that come with the program.
@Suite struct RecipeLibraryTests {
    private let folder: RunFolder
    private let library: RecipeLibrary

    init() throws {
        folder = try RunFolder()
        for name in ["demo/glyphs", "set-a/ce", "set-a/crt", "set-b/ce"] {
            try folder.write("recipes/\(name).yaml", "# What \(name) is.\n#\ndata: { name: glyphs }\nstages: [fc: ]\n")
        }
        try folder.write("recipes/set-a/notes.txt", "no recipe")
        library = RecipeLibrary(folder: folder.path("recipes"))
    }

    @Test("Names are paths without .yaml; a folder with one recipe stands for it") func names() {
        #expect(library.names == ["demo/glyphs", "set-a/ce", "set-a/crt", "set-b/ce"])
        #expect(library.file("set-a/crt") == folder.path("recipes/set-a/crt.yaml"))
        #expect(library.file("set-a/crt.yaml") == library.file("set-a/crt"))
        #expect(library.file("demo") == folder.path("recipes/demo/glyphs.yaml"))
        #expect(library.heading(of: "set-b/ce") == "What set-b/ce is.")
        for name in ["set-a", "ce", "", "a", "/", ".", "../recipes/set-a/ce", "set-a/", "set-a/notes.txt", ".yaml"] {
            #expect(library.file(name) == nil, "\(name)")
        }
        #expect(RecipeLibrary(folder: nil).names.isEmpty && RecipeLibrary(folder: nil).file("demo") == nil)
    }

    @Test(
        "The folder is found from the program's own place: Python's package, an installation, a clone",
        arguments: [
            ("package/bin/longtail", "package/recipes", ""),
            ("lib/longtail/longtail", "share/longtail/recipes", ""),
            ("clone/.build/machine/release/longtail", "clone/Recipes", "clone/Package.swift"),
        ]) func places(program: String, recipes: String, beside: String) throws
    {
        let root = try RunFolder()
        try root.write("\(recipes)/demo/glyphs.yaml", "")
        if !beside.isEmpty { try root.write(beside, "") }
        #expect(RecipeLibrary(executable: root.path(program)).folder == root.path(recipes))
        let stranger = try RunFolder()
        try stranger.write("Recipes/cake/chocolate.yaml", "")
        #expect(RecipeLibrary(executable: stranger.path("bin/longtail")).folder == nil)
        #expect(RecipeLibrary(executable: stranger.path("a/b/c/longtail")).folder == nil)
    }

    @Test("No path, however odd, is a program's", arguments: ["", "/", "a", "longtail", "/longtail", "//", "a/b"])
    func oddPrograms(path: String) {
        #expect(RecipeLibrary(executable: path).folder == nil)
    }

    @Test("A file of that path wins over a recipe of the name, a folder does not") func fileWins() throws {
        try folder.write("here/demo", "data: { name: glyphs }\nstages: [fc: ]\n")
        try folder.write("there/demo/other.txt", "")
        let recipe = folder.path("recipes/demo/glyphs.yaml")
        func source(_ name: String, _ path: String) -> RecipeSource {
            RecipeSource(name, at: folder.path(path), library: library)
        }
        #expect(source("demo", "here/demo") == .file(folder.path("here/demo")))
        #expect(source("demo", "there/demo") == .file(recipe))
        #expect(source("demo", "nowhere/demo") == .file(recipe))
        #expect(source("there", "there") == .file(folder.path("there")))
        #expect(source("set-a", "there/demo") == .missing(folder.path("there/demo"), name: "set-a"))
        guard case .builtIn("folder", _) = source("folder", "there/folder") else {
            Issue.record("the built-in recipe is not found")
            return
        }
    }

    @Test("A name that leads nowhere is told with the nearest names") func suggestions() {
        func remedy(_ name: String) -> String {
            RecipeSource.failure(name, name: name, library: library).remedy ?? ""
        }
        #expect(remedy("dema").hasPrefix("Did you mean 'demo'?"))
        #expect(remedy("Recipes/set-a/crt.yaml").hasPrefix("Did you mean 'set-a/crt'"))
        #expect(remedy("ce").hasPrefix("Did you mean 'set-a/ce' or 'set-b/ce'"))
        #expect(remedy("something else altogether") == "recipe list shows those that come with longtail.")
        #expect(remedy("set-a") == "Name one: set-a/ce, set-a/crt")
    }

    @Test(
        "Names that are no file end in a failure, never a trap", arguments: ["", "a", "/", "a/", ".", "..", "//", "é"])
    func oddNames(name: String) {
        #expect(throws: LongTailError.self) { _ = try Recipe.load(name) }
    }

    @Test("The demo is found by name from this clone, and runs are called as before") func demo() throws {
        let recipe = try Recipe.load("demo", overrides: ["seed=3"])
        #expect(recipe.name == "demo-glyphs" && recipe.seed == 3)
        #expect(try Recipe.load("demo/glyphs.yaml").name == "demo-glyphs")
        #expect(try Recipe.load("cifar100-lt/mislas-btm") == Recipe.load("cifar100-lt/mislas-btm.yaml"))
        #expect(try Recipe.load("folder").name == "folder")
    }

    @Test("A recipe extends one that comes with the program, but one beside it first") func extends() throws {
        try folder.write("mine/one.yaml", "extends: demo\nseed: 5\n")
        try folder.write("mine/two.yaml", "extends: folder\nseed: 6\n")
        try folder.write("mine/three.yaml", "extends: cifar100-lt/gml-btm\n")
        let one = try Recipe.load(folder.path("mine/one.yaml"))
        #expect(one.name == "mine-one" && one.seed == 5 && one.data.classes == 10)
        #expect(try Recipe.load(folder.path("mine/two.yaml")).data.name == .folder)
        var (three, original) = try (
            Recipe.load(folder.path("mine/three.yaml")), Recipe.load("cifar100-lt/gml-btm.yaml")
        )
        #expect(original.name == "cifar100-lt-gml-btm")
        (three.name, original.name) = (nil, nil)
        #expect(three == original)
        try folder.write("mine/demo", "data: { name: glyphs, classes: 3 }\nstages: [fc: ]\n")
        #expect(try Recipe.load(folder.path("mine/one.yaml")).data.classes == 3)
    }
}
