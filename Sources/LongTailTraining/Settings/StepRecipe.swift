import LongTailBasics
import LongTailRecipeCoding
import LongTailVision

/// A step that recipes know: its keys are its parameters.
public typealias RecipeStep = RecipePart & TransformStep

/// One step of a list of steps: its name, and under it its keys.
///
/// A step without keys, or with its defaults, may be written as a word (`flip`), and one whose first key is all there is
/// to say as a value (`resize: 256`).
public struct StepRecipe: RecipeValue {
    /// The steps that a recipe can name.
    package static let all: [any RecipeStep.Type] = [
        RandomResizedCrop.self, Resize.self, CenterCrop.self, RandomCrop.self, RandomHorizontalFlip.self,
        RandomRotation.self, ColorJitter.self, RandomGrayscale.self, GaussianBlur.self, AutoAugment.self,
        RandAugment.self, Cutout.self, RandomApply.self,
    ]

    /// The step with its parameters.
    public var step: any TransformStep { part }
    private let part: any RecipeStep

    /// A step of a recipe.
    public init(_ step: any RecipeStep) { part = step }

    /// Same step, same parameters.
    public static func == (a: StepRecipe, b: StepRecipe) -> Bool { a.part.isSame(as: b.part) }

    public static var kind: String { "a step" }

    private static func types(_ report: RecipeReport) -> [any RecipeStep.Type] {
        all + report.context.all((any RecipeStep.Type).self)
    }

    /// Reads `name`, `name: value` or `name: { keys }`.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: StepRecipe?, _ report: inout RecipeReport
    ) -> StepRecipe? {
        if case .scalar(let name, _) = node.content, !node.isNull {
            let types = types(report)
            if let type = types.first(where: { $0.name == name }) { return StepRecipe(type.init()) }
            report.add(.notAChoice(found: name, choices: types.map { $0.name }), at: path, origin: node.origin)
            return nil
        }
        guard case .mapping(let entries) = node.content, entries.count == 1 else {
            report.add(
                .wrongType(found: node.found, expected: "a step, as in flip or resize: 256"), at: path,
                origin: node.origin)
            return nil
        }
        let entry = entries[0]
        let types = types(report)
        guard let type = types.first(where: { $0.name == entry.key }) else {
            report.add(.unknownKey(entry.key, known: types.map { $0.name }), at: path, origin: entry.origin)
            return nil
        }
        return decode(type, entry.value, at: path.key(entry.key), &report)
    }

    private static func decode<Step: RecipeStep>(
        _ type: Step.Type, _ node: RecipeNode, at path: RecipePath, _ report: inout RecipeReport
    ) -> StepRecipe? {
        guard node.entries == nil, let first = Step.fields.first else {
            return Step.decode(node, at: path, over: nil, &report).map { StepRecipe($0) }
        }
        var step = Step()
        let before = report.problems.count
        first.decode(node, path, &step, &report)
        return report.problems.count == before ? StepRecipe(step) : nil
    }

    /// The name, and under it every key with its value.
    public func encode() -> RecipeNode {
        let name = type(of: part).name
        let keys = part.encode()
        return keys.entries?.isEmpty == false ? .mapping([(name, keys)]) : .plain(name)
    }

    func conflicts() -> [RecipeConflict] {
        part.conflicts().map { $0.under(RecipePath().key(type(of: part).name)) }
    }
}

extension Transform {
    package init(_ steps: [StepRecipe], decoding: Decoding = .exact) {
        self.init(steps.map(\.step), decoding: decoding)
    }
}
