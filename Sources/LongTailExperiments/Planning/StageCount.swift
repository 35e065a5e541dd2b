import LongTailBasics
import LongTailImbalance
import LongTailTraining
import LongTailVision

/// How much a stage has to do, counted by the same rules that the stage itself goes by.
struct StageCount: Equatable {
    /// Networks trained.
    let members: Int
    /// Images of the first member, or of the training set.
    let images: Int
    /// Optimiser steps of an epoch of the first member.
    let stepsPerEpoch: Int
    /// Optimiser steps, all epochs and members.
    let steps: Int
    /// Images that go through the network, all epochs and members.
    let visits: Int
    /// Images on which the merge measures members.
    let measured: Int

    /// Counts a stage on a training set.
    init(_ stage: StageRecipe, _ recipe: Recipe, _ data: TrainingData) throws(LongTailError) {
        let subsets = try Self.subsets(stage, recipe, data)
        members = subsets.count
        images = subsets[0].count
        var perMember: [(steps: Int, visits: Int)] = []
        for indices in subsets { perMember.append(try stage.epochSize(images: indices.count)) }
        stepsPerEpoch = perMember[0].steps
        steps = perMember.reduce(0) { $0 + $1.steps } * stage.training.epochs
        visits = perMember.reduce(0) { $0 + $1.visits } * stage.training.epochs
        let merge = stage.btm?.merge ?? .average
        if merge.isSoup {
            measured = members * Set(subsets.joined()).count
        } else {
            measured = merge.isAdaptive ? subsets.reduce(0) { $0 + $1.count } : 0
        }
    }

    /// Positions of the images of each member; of all images for a stage without members.
    static func subsets(_ stage: StageRecipe, _ recipe: Recipe, _ data: TrainingData) throws(LongTailError) -> [[Int]] {
        guard let btm = stage.btm else { return [try stage.positions(of: data)] }
        let criterion = MergeCriterion(
            recipe: recipe, stage: stage, btm: btm, data: data, members: Array(0..<btm.members))
        var subsets: [[Int]] = []
        for member in 0..<max(1, btm.members) { subsets.append(try criterion.subset(member)) }
        return subsets
    }
}
