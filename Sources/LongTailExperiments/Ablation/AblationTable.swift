import LongTailBasics
import LongTailImbalance
import LongTailTraining

/// The paper's ablations on a recipe with one BTM stage and one post-training stage, from a trained model.
///
/// Stages before the two (the classifier that PaCo gets first) come first in every variant.
///
/// Tables share runs and members: a variant is a run of its own, named after what is different in it.
public enum AblationTable: Int, CaseIterable, Sendable {
    /// Stage by stage: stage 1, stage 2 alone, every member, merged, post-trained.
    case stages = 5
    /// The five ways to merge.
    case merging = 6
    /// The number of subsets and their size.
    case subsets = 7
    /// When BTM happens, and to which part of the network.
    case placement = 8

    /// A run, and which of its models are rows.
    public struct Variant: Sendable {
        /// What the run's folder is called.
        public let name: String
        public let recipe: Recipe
        /// Label of the row and name of the checkpoint.
        public let rows: [(label: String, model: String)]
    }

    /// What is trained.
    ///
    /// - Parameter recipe: Continues from a trained model: no pre-training, `network.checkpoint` set.
    /// - Throws: When the recipe has not one BTM and one post-training stage.
    public func variants(of recipe: Recipe) throws(LongTailError) -> [Variant] {
        let parts = try Parts(recipe)
        switch self {
        case .stages:
            let members = parts.btm.btm?.members ?? 0
            return [
                parts.alone(
                    rows: [("stage 1", ModelName.start)] + parts.first.map { ($0.name, $0.name) }
                        + [("stage 2 (post-training alone)", parts.post.name)]),
                parts.between(
                    rows: { btm, post in
                        (0..<max(1, members)).map { ("member \($0 + 1)", ModelName.member($0, of: btm)) }
                            + [("merged", btm), ("merged and post-trained", post)]
                    }),
            ]
        case .merging:
            return MergeStrategy.allCases.map { strategy in
                parts.between {
                    $0.merge = strategy
                } rows: { btm, post in
                    [("\(strategy.rawValue): merged", btm), ("\(strategy.rawValue): post-trained", post)]
                }
            }
        case .subsets:
            let sizes = [(2, 10), (4, 10), (8, 10), (10, 10), (20, 10), (10, 5), (10, 20)]
            return sizes.map { members, images in
                parts.between {
                    ($0.members, $0.imagesPerClass) = (members, images)
                } rows: { _, post in
                    [("N_D \(members), N_C \(images)", post)]
                }
            }
        case .placement:
            let placed: [TrainablePart] = [.all, .backbone, .classifier]
            return placed.map { part in
                parts.between(part) { _, post in [("before post-training, \(part.rawValue)", post)] }
            }
                + placed.map { part in
                    parts.after(part) { btm, _ in [("after post-training, \(part.rawValue)", btm)] }
                }
        }
    }
}

/// A recipe taken apart, to be put together in other ways.
private struct Parts {
    let recipe: Recipe
    /// Whatever comes before the two.
    let first: [StageRecipe]
    let btm: StageRecipe
    let post: StageRecipe

    init(_ recipe: Recipe) throws(LongTailError) {
        let btm = recipe.stages.filter { $0.kind == .btm }
        let post = recipe.stages.filter { $0.kind == .postTrain }
        guard btm.count == 1, post.count == 1, recipe.network.checkpoint != nil else {
            throw LongTailError(
                .usage, "an ablation needs a recipe with one btm and one post-train stage, and a trained model",
                remedy: "Name such a recipe and give the model by \(Wording.option("checkpoint")).")
        }
        let first = Array(recipe.stages.prefix { $0.kind != .btm && $0.kind != .postTrain })
        guard recipe.stages.count == first.count + 2 else {
            let strange = recipe.stages.dropFirst(first.count).first { $0.kind != .btm && $0.kind != .postTrain }
            throw LongTailError(
                .usage, "an ablation has no place for the stage '\(strange?.name ?? "")' after btm or post-train",
                remedy: "Name a recipe in which the btm and the post-train stage are the last two.")
        }
        (self.recipe, self.first, self.btm, self.post) = (recipe, first, btm[0], post[0])
    }

    typealias Rows = (_ btm: String, _ post: String) -> [(label: String, model: String)]

    func alone(rows: [(label: String, model: String)]) -> AblationTable.Variant {
        variant("post-train-alone", [post], rows)
    }

    func between(
        _ part: TrainablePart? = nil, _ change: (inout BTMRecipe) -> Void = { _ in }, rows: Rows
    ) -> AblationTable.Variant {
        let stage = changed(part ?? btm.training.trains, change)
        return variant("\(name(stage))-before", [stage, post], rows(stage.name, post.name))
    }

    func after(_ part: TrainablePart, rows: Rows) -> AblationTable.Variant {
        let stage = changed(part) { _ in }
        return variant("\(name(stage))-after", [post, stage], rows(stage.name, post.name))
    }

    private func changed(_ part: TrainablePart, _ change: (inout BTMRecipe) -> Void) -> StageRecipe {
        var stage = btm
        stage.training.trains = part
        var settings = stage.btm ?? BTMRecipe()
        settings.keepMembers = true
        change(&settings)
        stage.btm = settings
        return stage
    }

    private func name(_ stage: StageRecipe) -> String {
        let settings = stage.btm ?? BTMRecipe()
        return
            "d\(settings.members)-c\(settings.imagesPerClass)-\(settings.merge.rawValue)-\(stage.training.trains.rawValue)"
    }

    private func variant(
        _ name: String, _ stages: [StageRecipe], _ rows: [(label: String, model: String)]
    ) -> AblationTable.Variant {
        var recipe = recipe
        recipe.name = "\(name)-seed\(recipe.seed)"
        recipe.stages = first + stages
        // Each begins with the stage before it, whichever that is here.
        for index in first.count..<recipe.stages.count { recipe.stages[index].from = nil }
        return AblationTable.Variant(name: "\(name)-seed\(recipe.seed)", recipe: recipe, rows: rows)
    }
}
