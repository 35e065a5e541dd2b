import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTraining
import LongTailVision

extension Recipe {
    /// The recipe by which a trained model is balanced, before images are looked at.
    ///
    /// - Parameters:
    ///   - checkpoint: The model.
    ///   - recipe: A recipe, whose pre-training is left out. The built-in ones take the checkpoint's network.
    ///   - overrides: `key.path=value` texts.
    ///   - registry: What a program adds to the words of recipes.
    public static func balancing(
        _ checkpoint: String, recipe: String = "folder", overrides: [String] = [], registry: Registry = Registry()
    ) throws(LongTailError) -> Recipe {
        try opened(balancing: checkpoint, recipe: recipe, overrides: overrides, registry: registry).recipe
    }

    fileprivate static func opened(
        balancing checkpoint: String, recipe: String, overrides: [String], registry: Registry
    ) throws(LongTailError) -> (recipe: Recipe, file: ModelFile) {
        let file = try Checkpoint.openFile(checkpoint)
        var found: [String] = []
        if BuiltInRecipes.names.contains(recipe) {
            let match = try NetworkMatch(file, checkpoint, overrides)
            found = match.overrides + match.trainingOverrides(["btm"], given: overrides)
        }
        let recipe = try Recipe.load(recipe, overrides: found + overrides, registry: registry).continued(
            from: checkpoint)
        return (recipe, file)
    }
}

extension Preparation {
    /// What balanced training and merging of a trained model stands on; the checkpoint is read once.
    ///
    /// - Parameters:
    ///   - checkpoint: A state dict of PyTorch, also in the layouts of the official repositories, or this program's.
    ///   - recipe: A recipe, whose pre-training is left out. The built-in ones take the checkpoint's network.
    ///   - overrides: `key.path=value` texts.
    ///   - root: The folder of the data set.
    ///   - registry: What a program adds to the words of recipes.
    public init(
        balancing checkpoint: String, recipe: String = "folder", overrides: [String] = [], root: String?,
        registry: Registry = Registry()
    ) throws(LongTailError) {
        let (recipe, file) = try Recipe.opened(
            balancing: checkpoint, recipe: recipe, overrides: overrides, registry: registry)
        do throws(LongTailError) { try self.init(recipe, root: root, file: file) } catch {
            guard let ordered = try Self.ordered(recipe, root, by: file, checkpoint) else { throw error }
            try self.init(ordered, root: root, file: file)
            notes.append("\(checkpoint): its classes give the order of the data's")
        }
        try takeOrder(statedBy: file, checkpoint)
    }

    /// The recipe with the data's classes in the order of a checkpoint of this program that knows no images, as `import` makes it; nil
    /// where that is not all that differs.
    private static func ordered(
        _ recipe: Recipe, _ root: String?, by file: ModelFile, _ path: String
    ) throws(LongTailError) -> Recipe? {
        guard recipe.data.ordersClasses, recipe.data.lists.classOrder == nil,
            let own = try Checkpoint.info(of: file, path), own.listHash == nil,
            let data = try? TrainingData(recipe.data, root: root, seed: recipe.seed),
            case .other(let order) = StatedOrder(own.classNames, data: data.counts.names), order == own.classNames
        else { return nil }
        var ordered = recipe
        ordered.data.lists.classOrder = .names(order)
        return ordered
    }

    /// Puts the data's classes in the order that the checkpoint's file states, unless the recipe has one.
    private mutating func takeOrder(statedBy file: ModelFile, _ path: String) throws(LongTailError) {
        let names = data.counts.names
        guard recipe.data.ordersClasses else { return }
        let inside = file.statedClasses.map { (place: "\(path): its \($0.key)", names: $0.names) }
        // What this program wrote is in order, or was refused.
        let config = try Checkpoint.info(of: file, path) == nil ? ModelConfig.of(file, path) : nil
        let beside = config.flatMap { config in
            config.classNames.map { (place: "\(config.source): its list of classes", names: $0) }
        }
        guard let stated = (inside + [beside].compactMap(\.self)).first(where: { $0.names.count == names.count })
        else { return }
        let place = stated.place
        switch StatedOrder(stated.names, data: names) {
        case .same: notes.append("\(place) has the classes in the data's order")
        case .strange:
            notes.append(
                "\(place) has other names (\(stated.names.prefix(3).joined(separator: ", ")) …) than the data's classes: what "
                    + "their order is worth is seen on images alone")
        case .other(let order) where recipe.data.lists.classOrder == nil:
            var ordered = recipe
            ordered.data.lists.classOrder = .names(order)
            self = try Preparation(ordered, root: root, file: file)
            notes.append("\(place) gives the order of the classes: \(Self.shortened(order))")
        case .other(let order):
            notes.append("\(place) has another order of the classes than data.class-order: \(Self.shortened(order))")
        case .partly(let own, let others):
            guard recipe.data.lists.classOrder == nil else {
                notes.append("\(place) names other classes, too: \(Self.shortened(own))")
                return
            }
            throw LongTailError(
                .checkpoint,
                "\(place) names classes that the data lack: \(Self.shortened(own)); the data have \(Self.shortened(others))",
                remedy:
                    "Give the folders the model's names, or name the order with \(Wording.option("classes", "FILE")), one "
                    + "folder name a line.")
        }
    }

    private static func shortened(_ names: [String]) -> String {
        names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", … (\(names.count))" : "")
    }
}

extension Session {
    /// Decodes every picture that the run will be measured on, before hours are spent on it.
    ///
    /// - Throws: `.data` for those that cannot be decoded.
    public func decodeTest(_ preparation: Preparation) throws(LongTailError) {
        for (what, images) in [("test", preparation.test), ("validation", preparation.data.validation)]
        where images.count > 0 {
            let progress = ProgressReporter("decoding \(what) images", total: images.count, unit: "images", sink: sink)
            try TestPictures.require(images, what, whole: true) { progress.advance(by: $0) }
            progress.finish()
        }
    }
}

extension Run {
    /// The weights that the run's last stage ended with.
    public func result() throws(LongTailError) -> Checkpoint { try Checkpoint.read(layout.checkpoint(model(nil))) }

    /// Writes the final model where it is still to be written to, and gives that place.
    func writePendingOutput() throws(LongTailError) -> String? {
        guard let output = record.pendingOutput else { return nil }
        try result().write(to: output)
        try update { $0.pendingOutput = nil }
        try log("final model written to \(output)")
        return output
    }
}
