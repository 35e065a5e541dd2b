import Foundation
import LongTailRecipeCoding
import TestSupport
import Testing

@testable import LongTailExperiments

/// What processes compare of their recipes.
@Suite struct StatedRecipeTests {
    private static let stages = """
        - pre-train: { epochs: 3, rate: { warmup: 0 } }
        - post-train: { name: a, epochs: 1 }
        - post-train: { name: b, epochs: 1 }
        """
    private func recipe(_ stages: String = stages, _ head: String = "", _ overrides: [String] = []) throws -> Recipe {
        let text = "\(head)\ndata: { name: glyphs, classes: 3, images-per-class: 9 }\nstages:\n" + stages
        return try Recipe.parse(text, overrides: overrides)
    }

    @Test("A value is found under the key by which --set takes it") func keys() throws {
        let recipe = try recipe()
        let settings = recipe.encode().settings
        #expect(settings.contains { $0 == ("stages.a.epochs", "1") } && settings.contains { $0 == ("seed", "0") })
        #expect(Set(settings.map(\.key)).count == settings.count)
        let numbers = settings.filter { $0.key.hasSuffix(".epochs") }
        #expect(numbers.count == 3)
        for (key, value) in numbers {
            let other = try self.recipe(Self.stages, "", ["\(key)=\((Int(value) ?? 0) + 1)"])
            let changed = zip(settings, other.encode().settings).filter { $0 != $1 }
            // Milestones follow epochs, in the same stage.
            let keys = changed.map(\.0.key)
            #expect(keys.contains(key) && keys.allSatisfy { $0.hasPrefix(key.dropLast(6)) }, "\(keys)")
        }
    }

    @Test("The first difference is named with both values; names and the places of weights are none") func differences()
        throws
    {
        let first = StatedRecipe(try recipe())
        func found(_ other: Recipe) -> String? { StatedRecipe(other).difference(fromFirst: first) }
        #expect(found(try recipe()) == nil)
        #expect(found(try recipe(Self.stages, "name: other")) == nil)
        #expect(
            found(try recipe(Self.stages, "", ["stages.b.epochs=2"]))
                == "another recipe than rank 0: stages.b.epochs is 2, on rank 0 1")
        #expect(
            found(try recipe(Self.stages + "\n- post-train: { name: c }"))?
                .contains("stages.c.name is c, on rank 0 not there") == true)
        let lines = Self.stages.split(separator: "\n").map(String.init)
        #expect(
            found(try recipe([lines[0], lines[2], lines[1]].joined(separator: "\n")))
                == "another recipe than rank 0: its stages come in another order")
    }

    @Test("Of weights the bytes count, where both can be read") func weights() throws {
        let folder = NSTemporaryDirectory() + "longtail-stated-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in [("a", "one"), ("b", "one"), ("c", "two")] {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        func stated(_ name: String) throws -> StatedRecipe {
            StatedRecipe(try recipe(Self.stages, "", ["network.weights=\(folder)/\(name)"]))
        }
        let first = try stated("a")
        #expect(try stated("b").difference(fromFirst: first) == nil)
        #expect(try stated("c").difference(fromFirst: first)?.hasPrefix("other weights to begin with") == true)
        #expect(try stated("is-not-there").difference(fromFirst: first) == nil)
        #expect(StatedRecipe(try recipe()).difference(fromFirst: first)?.contains("SHA-256 none") == true)
    }

    @Test("What is too long for the store is still told apart, and what is sent fits it") func long() throws {
        func stated(_ seed: Int) throws -> StatedRecipe {
            let stages = (0..<60).map { "- post-train: { name: s\($0), epochs: 1 }" }.joined(separator: "\n")
            return StatedRecipe(try recipe(stages, "seed: \(seed)"))
        }
        #expect(try stated(1).difference(fromFirst: stated(0)) == "another recipe than rank 0")
        #expect(try stated(0).difference(fromFirst: stated(0)) == nil)
        for recipe in [try stated(0), StatedRecipe(try recipe())] {
            #expect(try JSONEncoder().encode(recipe).count < 1 << 16)
        }
    }
}
