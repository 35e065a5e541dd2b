import LongTailRecipeCoding
import LongTailTraining
import LongTailVision

/// The documentation of every key of a recipe, from the tables that decode it.
package enum RecipeKeys {
    /// The text of `longtail recipe keys`.
    package static var text: String {
        let top = KeyDocument.all(of: Recipe.fields, in: Recipe()).flatMap { $0.lines() }
        let extends = [
            "extends: a text",
            "    another recipe file, relative to this one, whose keys hold where this one is silent",
        ]
        return (extends + top + steps + StageKind.allCases.flatMap(stage) + Methods.all.flatMap(method)).joined(
            separator: "\n")
            + "\n"
    }

    private static var steps: [String] {
        ["", "A step of augmentation and preparation, written as a word, as 'step: first key' or as 'step: { keys }':"]
            + StepRecipe.all.flatMap { type in
                ["  \(type.name):"] + KeyDocument.all(of: type).flatMap { $0.lines(indent: 4) }
            }
    }

    private static func stage(_ kind: StageKind) -> [String] {
        // A method's own keys follow once, under the method.
        let stage = StageRecipe(kind)
        let own = Set(type(of: stage.method).stageFields.map(\.name))
        let documents = KeyDocument.all(of: stage.fields.filter { !own.contains($0.name) }, in: stage)
        return ["", "A stage '\(kind.rawValue)':"] + documents.flatMap { $0.lines(indent: 2) }
    }

    private static func method(_ type: any Method.Type) -> [String] {
        ["", "The method '\(type.name)': \(type.summary)"] + KeyDocument.all(of: type).flatMap { $0.lines(indent: 2) }
    }
}

extension Method {
    /// The method's own keys, a line each with type, default and meaning.
    public static var keyLines: [String] { KeyDocument.all(of: Self.self).flatMap { $0.lines(indent: 2) } }
}
