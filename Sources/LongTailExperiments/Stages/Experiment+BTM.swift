import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision
import OrderedCollections

// Balanced training and merging (Yu, Du and Wu 2024, section 4): the input is fine-tuned once on each of N_D small
// balanced subsets, and the results are merged as they come. In memory there are one training state and one
// accumulator, whatever N_D is; the input is read again for every member.
extension Experiment {
    /// Runs the members that are not done and gives the merged model; nil when it was stopped.
    func runBTM(_ stage: StageRecipe, _ input: Checkpoint) throws(LongTailError) -> Checkpoint? {
        guard let btm = stage.btm else { throw LongTailError(.usage, "stage \(stage.name) is no BTM stage") }
        let criterion = MergeCriterion(recipe: recipe, btm: btm, data: data, members: Array(0..<btm.members))
        var merge = try MergeInProgress(btm, point)
        for member in point.position.member..<btm.members {
            let images = try SubsetDataset(data.dataset, indices: try criterion.subset(member))
            guard let weights = try trainMember(stage, input, member, images) else { return nil }
            if btm.keepMembers {
                var info = input.info
                (info.stage, info.member) = (stage.name, member)
                (info.listHash, info.recipe) = (data.listHash, recipe.yaml)
                let path = run.layout.checkpoint(ModelName.member(member, of: stage.name))
                try Checkpoint(info: info, weights: weights).write(to: path)
            }
            try merge.add(weights, member: member) { (candidate) throws(LongTailError) in
                try criterion.measure(candidate, input.info, member: member)
            }
            if let last = merge.remark { try tell(.note("\(stage.name): \(last)")) }
            try save(
                ResumePoint(
                    position: .init(stage: point.position.stage, member: member + 1), merge: merge.snapshot,
                    decisions: merge.decisions))
            if isStopped, member + 1 < btm.members { return nil }
        }
        return Checkpoint(info: input.info, weights: try merge.merged())
    }

    private func trainMember(
        _ stage: StageRecipe, _ input: Checkpoint, _ member: Int, _ images: any Dataset
    ) throws(LongTailError) -> StateDict? {
        let key = memberStore.map { _ in
            MemberStore.key(stage, input, recipe, listHash: data.listHash, member: member)
        }
        if let key, let known = try memberStore?.find(key) {
            try tell(.note("\(stage.name): member \(member + 1) taken from the member store"))
            return known.weights
        }
        let counts = try ClassCounts(names: data.counts.names, labels: images.labels)
        guard let network = try train(stage, input, member: member, on: images, counts: counts) else { return nil }
        guard network.design == input.info.design else {
            throw LongTailError(
                .usage,
                "stage \(stage.name): \(type(of: stage.method).name) builds the network anew, so that there is "
                    + "nothing in common to merge",
                remedy: "Train with that method in a stage before, and put another method into btm (method: ce).")
        }
        let weights = try network.stateDict()
        if let key { try memberStore?.keep(Checkpoint(info: input.info, weights: weights), key) }
        return weights
    }
}
