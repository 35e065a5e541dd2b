import LongTailBasics
import LongTailRecipeCoding
import LongTailTraining
import LongTailVision

extension Recipe {
    /// Every rule between values that does not hold, with the path of the value at fault.
    public func conflicts() -> [RecipeConflict] {
        var found = name.flatMap { Self.nameConflict($0, at: "name") }.map { [$0] } ?? []
        found += data.conflicts().map { $0.under(RecipePath().key("data")) }
        found += network.conflicts().map { $0.under(RecipePath().key("network")) }
        found += evaluation.conflicts().map { $0.under(RecipePath().key("evaluation")) }
        if stages.isEmpty {
            found.append(RecipeConflict("stages", "is empty", remedy: "An experiment has at least one stage."))
        }
        var names: Set<String> = []
        var (kept, last): ([String: Adapters?], String) = ([:], ModelName.start)
        let merged = stages.filter { $0.btm != nil }.map(\.name)
        for (index, stage) in stages.enumerated() {
            let place = RecipePath().key("stages").index(index).key(stage.kind.rawValue)
            found += stage.conflicts().map { $0.under(place) }
            if let steps = stage.training.augmentation {
                found += data.stepConflicts("augmentation", steps).map { $0.under(place) }
            }
            found += networkConflicts(stage).map { $0.under(place) }
            let before = kept[stage.from ?? last] ?? nil
            let own = stage.training.trainedAdapters?.adapters
            if let before, let own, before.kind == .adaptformer, before != own {
                found.append(
                    RecipeConflict(
                        "adapters", "are others than those of the stage before, which stay in the network",
                        remedy: "Train on with the same kind, rank and scale, or begin with another stage (from)."
                    )
                    .under(place))
            }
            let isKept = stage.training.trainedAdapters.map { $0.kind == .adaptformer || !$0.fold } ?? false
            kept[stage.name] = .some(isKept ? own : own == nil || before?.kind == .adaptformer ? before : nil)
            last = stage.name
            for (key, wanted) in [
                ("from", stage.from.map { [$0] } ?? []),
                ("teacher", (stage.method as? any TrainedMethod)?.teachers ?? []),
            ] {
                for name in wanted where name != ModelName.start && !names.contains(name) {
                    found.append(
                        RecipeConflict(
                            key, "is '\(name)', and no stage before this one is called so",
                            remedy: names.isEmpty
                                ? "This is the first stage." : "There are: \(names.sorted().joined(separator: ", "))."
                        )
                        .under(place))
                }
            }
            if let other = ModelName.owner(of: stage.name, merged: merged) {
                found.append(
                    RecipeConflict(
                        "name", "is '\(stage.name)', the name of \(other)",
                        remedy: "Give the stage a name of its own: name: \(stage.kind.rawValue)-2"
                    )
                    .under(place))
            }
            if names.contains(where: { $0.lowercased() == stage.name.lowercased() }) {
                found.append(
                    RecipeConflict(
                        "name", "is '\(stage.name)', like an earlier stage's",
                        remedy: "Give it a name of its own: name: \(stage.name)-2"
                    )
                    .under(place))
            }
            names.insert(stage.name)
        }
        return found
    }

    /// A name becomes a name of folders, so that it is a plain word.
    static func nameConflict(_ name: String, at key: String) -> RecipeConflict? {
        let allowed = name.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0))
        }
        guard !allowed || name.isEmpty || name.hasPrefix(".") || name.count > 100 else { return nil }
        return RecipeConflict(
            key, "is '\(name)', which is no name for a folder",
            remedy: "Use up to 100 letters, digits, '-', '_' and '.', not beginning with '.'.")
    }
}
