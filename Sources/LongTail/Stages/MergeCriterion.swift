import Basics
import Serialization
import Torch
import Vision

/// What adaptive ratios and soups go by: a mean of recalls on training images without augmentation, of a member on its
/// own balanced subset, of a soup on the union of all members' subsets.
struct MergeCriterion {
    let recipe: Recipe
    let btm: BTMRecipe
    let data: TrainingData
    /// The members whose subsets make up the union.
    let members: [Int]

    /// Positions of a member's images: a balanced subset, or the union of some.
    func subset(_ member: Int) throws(Failure) -> [Int] {
        var subsets: [BalancedSubset] = []
        for index in member * btm.subsetsPerMember..<(member + 1) * btm.subsetsPerMember {
            subsets.append(
                try BalancedSubset.draw(
                    labels: data.dataset.labels, names: data.counts.names, imagesPerClass: btm.imagesPerClass,
                    member: index, seed: recipe.seed, shortClasses: btm.shortClasses))
        }
        return subsets.count == 1 ? subsets[0].indices : BalancedSubset.union(of: subsets)
    }

    /// The mean of recalls that the strategy asks for, of weights that a member has led to.
    func measure(_ weights: StateDict, _ info: Checkpoint.Info, member: Int) throws(Failure) -> Double {
        var indices = try subset(member)
        if btm.merge.isSoup {
            var union = Set<Int>()
            for member in members { union.formUnion(try subset(member)) }
            indices = union.sorted()
        }
        let network = try Checkpoint(info: info, weights: weights).makeNetwork()
        let evaluator = Evaluator(recipe, in: recipe.precision)
        let report = try evaluator(network, on: SubsetDataset(data.dataset, indices: indices)).report
        return switch btm.merge {
        case .adaptiveGeometric, .soupGeometric: report.geometricMean
        case .adaptiveHarmonic, .soupHarmonic, .average: report.harmonicMean
        }
    }
}

/// Merges members that a run has kept, in another way than the run did.
///
/// The members' metadata name their recipe and stage, from which their subsets are drawn again.
///
/// - Parameters:
///   - paths: Member checkpoints (`…-member-3.safetensors`), at least one.
///   - strategy: How.
///   - root: The folder of the data set.
///   - note: Hears the ratio or decision of each member.
public func mergeMembers(
    _ paths: [String], _ strategy: MergeStrategy, buffers: BufferPolicy, root: String?, note: (String) -> Void
) throws(Failure) -> Checkpoint {
    guard let first = paths.first else { throw Failure(.usage, "there is nothing to merge") }
    var info = try Checkpoint.read(first).info
    guard let text = info.recipe else { throw unknown(first) }
    let recipe = try Recipe.parse(text, file: "\(first) (its recipe)")
    let data = try TrainingData(recipe.data, root: root, seed: recipe.seed)
    var members: [Int] = []
    var settings: BTMRecipe?
    for path in paths {
        let parts = try Checkpoint.read(path).info.stage.components(around: "-member-")
        guard let (stage, number) = parts, let member = Int(number), member > 0,
            let btm = recipe.stages.first(where: { $0.name == stage })?.btm
        else { throw unknown(path) }
        members.append(member - 1)
        settings = btm
    }
    guard var btm = settings else { throw unknown(first) }
    (btm.merge, btm.buffers) = (strategy, buffers)
    let criterion = MergeCriterion(recipe: recipe, btm: btm, data: data, members: members)
    var merge = try MergeInProgress(btm, ResumePoint(position: .init(stage: 0)))
    for (path, member) in zip(paths, members) {
        let checkpoint = try Checkpoint.read(path)
        try checkpoint.check(classNames: data.counts.names, listHash: data.listHash, path: path)
        try merge.add(checkpoint.weights, member: member) { (weights) throws(Failure) in
            try criterion.measure(weights, checkpoint.info, member: member)
        }
        if let remark = merge.remark { note(remark) }
    }
    info.stage = strategy.rawValue
    return Checkpoint(info: info, weights: try merge.merged())
}

private func unknown(_ path: String) -> Failure {
    Failure(
        .checkpoint, "\(path): is not a member that a run has kept, so its training subset is not known",
        remedy: "Train with btm.keep-members: true, or merge by average or with --ratios, which need no subset.")
}

extension String {
    /// What stands before and after the last place of a separator.
    fileprivate func components(around separator: String) -> (String, String)? {
        guard let range = ranges(of: separator).last else { return nil }
        return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
    }
}
