import Basics
import OrderedCollections
import Serialization
import Torch
import Vision

// Balanced training and merging (Yu, Du and Wu 2024, section 4): the input is fine-tuned once on each of N_D small
// balanced subsets, and the results are merged as they come. In memory there are one training state and one
// accumulator, whatever N_D is; the input is read again for every member.
extension Experiment {
    /// Runs the members that are not done and gives the merged model.
    func runBTM(_ stage: StageRecipe, _ input: Checkpoint) throws(Failure) -> Checkpoint {
        guard let btm = stage.btm else { throw Failure(.usage, "stage \(stage.name) is no BTM stage") }
        var merge = try MergeInProgress(btm, point)
        for member in point.position.member..<btm.members {
            let images = try SubsetDataset(data.dataset, indices: try drawSubset(btm, member: member))
            let weights = try trainMember(stage, input, member, images)
            if btm.keepMembers {
                let info = input.info.named("\(stage.name)-member-\(member + 1)", listHash: data.listHash)
                try Checkpoint(info: info, weights: weights).write(to: path(of: info.stage))
            }
            try merge.add(weights, member: member) { (candidate) throws(Failure) in
                try measure(candidate, input.info, on: images, btm)
            }
            if let last = merge.remark { try tell(.note("\(stage.name): \(last)")) }
            try save(
                ResumePoint(
                    position: .init(stage: point.position.stage, member: member + 1), merge: merge.snapshot,
                    decisions: merge.decisions))
        }
        return Checkpoint(info: input.info, weights: try merge.merged())
    }

    /// The images of a member: a balanced subset, or the union of some.
    private func drawSubset(_ btm: BTMRecipe, member: Int) throws(Failure) -> [Int] {
        var subsets: [BalancedSubset] = []
        for index in member * btm.subsetsPerMember..<(member + 1) * btm.subsetsPerMember {
            subsets.append(
                try BalancedSubset.draw(
                    labels: data.dataset.labels, names: data.counts.names, imagesPerClass: btm.imagesPerClass,
                    member: index, seed: recipe.seed, shortClasses: btm.shortClasses))
        }
        return subsets.count == 1 ? subsets[0].indices : BalancedSubset.union(of: subsets)
    }

    private func trainMember(
        _ stage: StageRecipe, _ input: Checkpoint, _ member: Int, _ images: any Dataset
    ) throws(Failure) -> StateDict {
        let key = MemberStore.key(stage, input, recipe, listHash: data.listHash, member: member)
        if let known = try memberStore?.find(key) {
            try tell(.note("\(stage.name): member \(member + 1) taken from the member store"))
            return known.weights
        }
        let counts = try ClassCounts(names: data.counts.names, labels: images.labels)
        let network = try train(stage, input, member: member, on: images, counts: counts)
        let weights = try network.stateDict()
        try memberStore?.keep(Checkpoint(info: input.info, weights: weights), key)
        return weights
    }

    /// The mean of recalls that adaptive ratios and soups go by, on training images without augmentation: of a member
    /// on its own subset, of a soup on the union of all subsets.
    private func measure(
        _ weights: StateDict, _ info: Checkpoint.Info, on own: any Dataset, _ btm: BTMRecipe
    ) throws(Failure) -> Double {
        var images = own
        if btm.merge.isSoup {
            var union = Set<Int>()
            for member in 0..<btm.members { union.formUnion(try drawSubset(btm, member: member)) }
            images = try SubsetDataset(data.dataset, indices: union.sorted())
        }
        let network = try Checkpoint(info: info, weights: weights).makeNetwork()
        let evaluator = Evaluator(batchSize: recipe.evaluation.batchSize, precision: recipe.precision)
        let report = try evaluator(network, on: images).report
        return switch btm.merge {
        case .adaptiveGeometric, .soupGeometric: report.geometricMean
        case .adaptiveHarmonic, .soupHarmonic, .average: report.harmonicMean
        }
    }
}

extension Checkpoint.Info {
    /// The same under another stage's name and list.
    func named(_ stage: String, listHash: String?) -> Checkpoint.Info {
        var info = self
        (info.stage, info.listHash) = (stage, listHash)
        return info
    }
}
