import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// What adaptive ratios and soups go by: a mean of recalls on training images without augmentation, of a member on its
/// own balanced subset, of a soup on the union of all members' subsets.
struct MergeCriterion {
    let recipe: Recipe
    let stage: StageRecipe
    let btm: BTMRecipe
    let data: TrainingData
    /// The members that are merged, whose subsets make up the union.
    let members: [Int]
    /// The processes that share the measuring; nil for this one alone.
    var team: Team?

    /// Positions of a member's images: a balanced subset, or the union of some.
    func subset(_ member: Int) throws(LongTailError) -> [Int] {
        var subsets: [BalancedSubset] = []
        for index in member * btm.subsetsPerMember..<(member + 1) * btm.subsetsPerMember {
            subsets.append(
                try BalancedSubset.draw(
                    labels: data.dataset.labels, names: data.counts.names, imagesPerClass: btm.imagesPerClass,
                    member: index, seed: recipe.seed, shortClasses: btm.shortClasses))
        }
        return subsets.count == 1 ? subsets[0].indices : BalancedSubset.union(of: subsets)
    }

    /// The mean of recalls that the strategy asks for, of weights that a member has led to; of a team on rank 0.
    func measure(_ candidate: Checkpoint, member: Int) throws(LongTailError) -> Double {
        let report = try evaluator(
            candidate.makeNetwork(recipe.words), on: data.dataset, at: union(of: measured(member))
        ).report
        return switch btm.merge {
        case .adaptiveGeometric, .soupGeometric: report.geometricMean
        default: report.harmonicMean
        }
    }

    /// Does another rank's part of measuring weights on the union of some members' subsets.
    func serve(_ candidate: Checkpoint, on members: [Int]) throws(LongTailError) {
        try evaluator.serve(
            candidate.makeNetwork(recipe.words), on: data.dataset, asProbabilities: true, at: union(of: members))
    }

    /// The members on whose subsets weights are measured that a member has led to.
    func measured(_ member: Int) -> [Int] { btm.merge.isSoup ? members : [member] }

    private func union(of members: [Int]) throws(LongTailError) -> [Int] {
        if members.count == 1 { return try subset(members[0]) }
        var union = Set<Int>()
        for member in members { union.formUnion(try subset(member)) }
        return union.sorted()
    }

    private var evaluator: Evaluator {
        var evaluator = Evaluator(recipe, in: recipe.precision)
        (evaluator.broken, evaluator.team) = (recipe.data.brokenImages, team)
        return evaluator
    }
}
