import ArgumentParser
import Foundation
import LongTail

/// What has to be said of a file of weights that a run would know.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of weights: its classes' names in the order of the logits, one a line.", valueName: "file"),
        completion: .file())
    var classes: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "A file of weights: a value of the recipe that says how its images are prepared, as data.image-size=288.",
            valueName: "key.path=value"))
    var values: [String] = []

    /// Values of the recipe.
    var overrides: [String] {
        (classes.map { ["data.class-order=\(Path($0).absolute)"] } ?? []) + values
    }

    /// Refuses them for what knows all that already.
    func refuse(_ what: String) throws(LongTailError) {
        guard classes == nil, values.isEmpty else {
            throw LongTailError(
                .usage, "--classes and --set are for a file of weights: \(what) knows its classes and its images",
                remedy: "Leave them out.")
        }
    }
}
