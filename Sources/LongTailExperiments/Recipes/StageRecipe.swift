import LongTailRecipeCoding
import LongTailTraining

/// One stage: its kind, how it trains, and with which method.
public struct StageRecipe: Sendable {
    /// What it is for.
    public let kind: StageKind
    /// What its files are called; the kind unless the recipe says otherwise.
    public var name: String
    /// The earlier stage whose weights it begins with, or "start" for those of the recipe; nil for the stage before.
    public var from: String?
    /// How it trains.
    public var training: TrainingRecipe
    /// The method, with its parameters.
    public var method: any Method
    /// What the BTM stage needs; nil for the other kinds.
    public var btm: BTMRecipe?

    /// A stage with the defaults of its kind and of a method (the kind's own when nil).
    ///
    /// With `epochs`, the default warm-up and milestones keep their share of the stage (`RateRecipe.scaled`).
    public init(_ kind: StageKind, method: (any Method.Type)? = nil, epochs: Int? = nil) {
        let type = method ?? kind.method
        (self.kind, name, training) = (kind, kind.rawValue, kind.defaults)
        self.method = type.init()
        btm = kind == .btm ? BTMRecipe() : nil
        type.adjustDefaults(&training)
        guard let epochs else { return }
        training.rate = training.rate.scaled(from: training.epochs, to: epochs)
        training.epochs = epochs
    }
}

extension StageRecipe: Equatable {
    /// Same kind, name, training, method and parameters.
    public static func == (a: StageRecipe, b: StageRecipe) -> Bool {
        a.kind == b.kind && a.name == b.name && a.from == b.from && a.training == b.training && a.btm == b.btm
            && a.method.isSame(as: b.method)
    }
}

extension StageRecipe: RecipeValue {
    public static var kind: String {
        "a mapping of one key, " + StageKind.allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// Reads `kind: { keys }`; the keys of training, method and BTM stand flat beside each other.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: StageRecipe?, _ report: inout RecipeReport
    ) -> StageRecipe? {
        guard case .mapping(let entries) = node.content, entries.count == 1 else {
            report.add(.wrongType(found: found(node), expected: kind), at: path, origin: node.origin)
            return nil
        }
        let entry = entries[0]
        guard let kind = StageKind(rawValue: entry.key) else {
            report.add(
                .unknownKey(entry.key, known: StageKind.allCases.map(\.rawValue)), at: path, origin: entry.origin)
            return nil
        }
        let place = path.key(entry.key)
        var stage = StageRecipe(
            kind, method: methodType(in: entry.value, at: place, &report), epochs: epochs(in: entry.value, at: place))
        guard entry.value.decode(stage.fields, at: place, into: &stage, &report) else { return nil }
        stage.training.adapters = stage.training.trainedAdapters ?? stage.training.adapters
        return stage
    }

    /// The kind, and under it every key with its value.
    public func encode() -> RecipeNode {
        .mapping([(kind.rawValue, .mapping(fields.map { ($0.name, $0.encode(self)) }))])
    }

    /// The rules of its parts, and of its name.
    func conflicts() -> [RecipeConflict] {
        let own = Recipe.nameConflict(name, at: "name").map { [$0] } ?? []
        return own + trainingConflicts() + (btm?.conflicts() ?? []) + method.conflicts()
    }

    private func trainingConflicts() -> [RecipeConflict] {
        guard let method = method as? any TrainedMethod else {
            guard kind == .btm else { return [] }
            return [
                RecipeConflict(
                    "method", "is \(type(of: method).name), which trains nothing that could be merged",
                    remedy: "Put it into a post-train stage.")
            ]
        }
        let type = type(of: method)
        let usual = StageRecipe(kind, method: type, epochs: training.epochs).training
        var found = training.conflicts() + training.idle(beside: usual)
        if training.mixup > 0, !type.takesMixup {
            found.append(RecipeConflict("mixup", "is \(training.mixup), and \(type.name) has none: it must be 0"))
        }
        return found
    }

    /// The keys of a stage of this kind with this method.
    var fields: [RecipeField<StageRecipe>] {
        let kind = kind
        var all: [RecipeField<StageRecipe>] = [
            RecipeField("name", \.name, "what the stage's files are called"),
            RecipeField("from", \.from, "the earlier stage to begin with, or start; null for the stage before"),
            .readElsewhere("method", kind: "one of " + Methods.names.joined(separator: ", "), "how the stage trains") {
                .plain(type(of: $0.method).name)
            },
        ]
        if kind == .btm {
            all += BTMRecipe.fields.map { $0.lifted(get: { $0.btm ?? BTMRecipe() }, set: { $0.btm = $1 }) }
        }
        if method is any TrainedMethod {
            all += TrainingRecipe.fields.map { $0.lifted(get: { $0.training }, set: { $0.training = $1 }) }
        }
        return all + type(of: method).stageFields
    }

    private static func methodType(
        in body: RecipeNode, at path: RecipePath, _ report: inout RecipeReport
    ) -> (any Method.Type)? {
        guard let entry = body.entries?.first(where: { $0.key == "method" }),
            let name = String.decode(entry.value, at: path.key("method"), over: nil, &report)
        else { return nil }
        let methods = Methods.all + report.context.all((any Method.Type).self)
        if let method = methods.first(where: { $0.name == name }) { return method }
        report.add(
            .notAChoice(found: name, choices: methods.map { $0.name }), at: path.key("method"),
            origin: entry.value.origin)
        return nil
    }

    /// The epochs that a stage gives itself, on which its other defaults depend; what is wrong with them is told when
    /// the key is read.
    private static func epochs(in body: RecipeNode, at path: RecipePath) -> Int? {
        var unheard = RecipeReport()
        guard let entry = body.entries?.first(where: { $0.key == "epochs" }),
            let epochs = Int.decode(entry.value, at: path.key("epochs"), over: nil, &unheard),
            TrainingRecipe.epochRange.contains(epochs)
        else { return nil }
        return epochs
    }

    private static func found(_ node: RecipeNode) -> String {
        guard case .mapping(let entries) = node.content else { return node.found }
        return "the keys " + entries.map(\.key).joined(separator: ", ")
    }
}

extension Method {
    /// The method's keys, standing in a stage.
    static var stageFields: [RecipeField<StageRecipe>] {
        fields.map { $0.lifted(get: { $0.method as? Self ?? Self() }, set: { $0.method = $1 }) }
    }

    /// Same method, same parameters.
    func isSame(as other: any Method) -> Bool { (other as? Self) == self }
}
