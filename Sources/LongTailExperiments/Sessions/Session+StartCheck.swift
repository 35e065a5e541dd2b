import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTraining
import LongTailVision

extension Session {
    /// Looks at the classifier of a model that a recipe starts from, on training images, before hours are spent on it.
    ///
    /// - Throws: `.checkpoint` when it recognises them no better than chance, when another order of the classes explains it
    ///   better (which is written to a file of class names in the working directory), or another way to prepare images.
    public func checkStart(_ preparation: Preparation) throws(LongTailError) {
        guard let start = preparation.start, let path = preparation.recipe.network.checkpoint else { return }
        let recipe = preparation.recipe
        let network = try start.makeNetwork(recipe.words)
        let images = try StartCheck.sample(preparation.data)
        let check = try StartCheck.measure(network, recipe, on: images) { tellPassed($0, of: images) }
        if check.recallInOrder < 0.5, let found = try otherInput(network, recipe, images, check) {
            let options =
                found.overrides.map { Wording.option("set", "'\($0)'") }
                + (try written(found.check.order, path, preparation))
            throw LongTailError(
                .checkpoint,
                "\(path): \(check.words), and with \(found.names.joined(separator: ", ")) it \(found.check.wordsInOrder): it "
                    + "was trained on images that were prepared otherwise",
                remedy: "Say so with \(options.joined(separator: " ")); or go on all the same with "
                    + "\(Wording.option("unchecked")).")
        }
        if check.order.source != .data { throw try otherOrder(check.order, path, preparation) }
        guard check.isBetterThanChance else {
            throw LongTailError(
                .checkpoint,
                "\(path): \(check.words), which is no better than chance: its classes are in another order, or it was "
                    + "trained on something else, or on images that were prepared otherwise (data.mean, data.std, "
                    + "data.image-size)",
                remedy:
                    "Name the order of its classes with \(Wording.option("classes", "FILE")), one folder name a line; "
                    + "or go on all the same with \(Wording.option("unchecked")).")
        }
        sink.say("\(path): \(check.words)")
    }

    /// Says which images a check passed over.
    func tellPassed(_ broken: [Int: String], of images: any Dataset) {
        guard !broken.isEmpty else { return }
        let names = broken.keys.sorted().map { images.identity(of: $0) }
        sink.say("passed over in this check, because they cannot be read: \(firstOf(names, limit: 5))")
    }

    /// Another preparation of the images with which the network does better beyond doubt.
    private func otherInput(
        _ network: Network, _ recipe: Recipe, _ images: SubsetDataset, _ given: StartCheck
    ) throws(LongTailError) -> (names: [String], overrides: [String], check: StartCheck)? {
        var (data, best) = (recipe.data, given)
        var (names, overrides): ([String], [String]) = ([], [])
        for choices in [UsualInput.normalizations(recipe.data), UsualInput.sizes(recipe.data, of: recipe.network.name)]
        {
            var chosen: (input: UsualInput, check: StartCheck)?
            for input in choices {
                var changed = recipe
                changed.data = data
                input.change(&changed.data)
                // As much memory as before, whatever the size.
                let (old, new) = (recipe.data.imageSize, changed.data.imageSize)
                changed.evaluation.batchSize = max(1, min(128, recipe.evaluation.batchSize * old * old / (new * new)))
                let check = try StartCheck.measure(
                    network, changed, on: RenormalizedDataset(images, changed.data.normalization))
                guard check.recallInOrder > (chosen?.check ?? best).recallInOrder else { continue }
                chosen = (input, check)
            }
            // Larger pictures help many networks a little, whatever they were trained on.
            guard let chosen, chosen.check.recallInOrder > best.recallInOrder + 0.15, chosen.check.isBetter(than: best)
            else { continue }
            chosen.input.change(&data)
            best = chosen.check
            names.append(chosen.input.name)
            overrides += chosen.input.overrides
            if best.recallInOrder > 0.8 { break }
        }
        return overrides.isEmpty ? nil : (names, overrides, best)
    }

    private func otherOrder(
        _ order: HeadOrder, _ path: String, _ preparation: Preparation
    ) throws(LongTailError) -> LongTailError {
        let names = preparation.data.counts.names
        let found = String(
            format: "%.0f %% of the images of a class are recognised on average as they stand, %.0f %% in ",
            100 * order.recallBefore, 100 * order.recallAfter)
        let moved = order.rows.indices.filter { order.rows[$0] != $0 }
        let examples = moved.prefix(6).map { "'\(names[$0])' stands in the place of '\(names[order.rows[$0]])'" }
        let problem =
            "\(path): its classes are in another order than the data's: \(found)\(order.source.rawValue); "
            + examples.joined(separator: ", ") + (moved.count > 6 ? " and so on (\(moved.count) classes move)" : "")
        guard preparation.recipe.data.ordersClasses else {
            return LongTailError(
                .checkpoint, problem,
                remedy: "Put its classifier in order with \(Wording.command("doctor")) "
                    + "\(Wording.option("checkpoint", path)) \(Wording.option("recipe", "RECIPE")) "
                    + "\(Wording.option("output", "FILE")); or go on all the same with \(Wording.option("unchecked")).")
        }
        let option = try written(order, path, preparation).joined()
        return LongTailError(
            .checkpoint, problem,
            remedy: "Use the order, which is written to that file, with \(option); or go on all the same with "
                + "\(Wording.option("unchecked")).")
    }

    /// Writes another order of the classes to a file, and gives the option that uses it; none for the data's own order.
    private func written(
        _ order: HeadOrder, _ path: String, _ preparation: Preparation
    ) throws(LongTailError) -> [String] {
        guard order.source != .data, preparation.recipe.data.ordersClasses else { return [] }
        let file = Path(path).name + ".classes.txt"
        let names = order.names(preparation.data.counts.names)
        try AtomicFile.write(names.joined(separator: "\n") + "\n", to: file)
        return [Wording.option("classes", file)]
    }
}
