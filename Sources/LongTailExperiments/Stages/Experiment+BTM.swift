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
        var criterion = MergeCriterion(
            recipe: recipe, stage: stage, btm: btm, data: data, members: Array(0..<btm.members))
        criterion.team = crew?.team
        let training = try memberStore.map { (store) throws(LongTailError) in
            try members(stage, input, in: store)
        }
        if training != nil, point.position.epoch > 0 {
            // A member that the run itself had begun is trained anew into the store, which has its own place for one under way.
            try save(
                ResumePoint(
                    position: .init(stage: point.position.stage, member: point.position.member), merge: point.merge,
                    decisions: point.decisions))
            try run.dropMetrics(after: point.position)
        }
        if let crew, let training {
            let isDone = try crew.train(training, input: inputName(stage), from: point.position) {
                run.layout.checkpoint($0)
            } isStopped: {
                isStopped
            }
            guard isDone else { return nil }
        }
        let form = try MemberForm(stage, input, named: inputName(stage))
        var merge = try MergeInProgress(btm, point)
        var origins = OriginTally()
        for member in point.position.member..<btm.members {
            let own: Checkpoint
            if let training {
                guard let found = try shared(member, training) else { return nil }
                own = form.adopted(found.checkpoint)
                origins.add(found.origin, member)
            } else {
                let images = try SubsetDataset(data.dataset, indices: try criterion.subset(member))
                let counts = try ClassCounts(names: data.counts.names, labels: images.labels)
                guard let network = try train(stage, input, member: member, on: images, counts: counts) else {
                    return nil
                }
                try MemberTraining.check(network, stage, input)
                own = try form.kept(network)
            }
            if btm.keepMembers {
                var info = own.info
                (info.stage, info.member) = (stage.name, member)
                (info.listHash, info.recipe) = (data.listHash, recipe.yaml)
                let path = run.layout.checkpoint(ModelName.member(member, of: stage.name))
                try Checkpoint(info: info, weights: own.weights).write(to: path)
            }
            try merge.add(form.summand(own.weights), member: member) { [criterion] (sum) throws(LongTailError) in
                let candidate = try form.whole(sum, isFinal: false)
                try crew?.measure(candidate, by: criterion, member: member, scratch: run.layout.candidate)
                return try criterion.measure(candidate, member: member)
            }
            if let last = merge.remark { try tell(.note("\(stage.name): \(last)")) }
            try save(
                ResumePoint(
                    position: .init(stage: point.position.stage, member: member + 1), merge: merge.snapshot,
                    decisions: merge.decisions))
            if isStopped, member + 1 < btm.members { return nil }
        }
        if let mixture = origins.mixture {
            try tell(.note("\(stage.name): \(mixture)"))
            try run.update { $0.notes.append("\(stage.name): \(mixture)") }
        }
        return try form.whole(merge.merged())
    }

    /// The training of a stage's members into a store.
    private func members(
        _ stage: StageRecipe, _ input: Checkpoint, in store: MemberStore
    ) throws(LongTailError) -> MemberTraining {
        try MemberTraining(
            recipe, stage, input, data, store, base: inputName(stage),
            earlier: { (name) throws(LongTailError) in try self.model(name).makeNetwork(self.recipe.words) },
            tell: { (event) throws(LongTailError) in try self.tell(event) })
    }

    /// A member from the store, trained where it is not there, with its metrics written; nil when it was stopped.
    private func shared(_ member: Int, _ training: MemberTraining) throws(LongTailError) -> TrainedMember? {
        let known = try training.store.find(training.key(member))
        if known != nil { try tell(.note("\(training.stage.name): member \(member + 1) taken from the member store")) }
        let found = if let known { known } else { try training(member, at: point.position.stage) }
        for var line in found?.origin?.metrics ?? [] {
            (line.stage, line.member) = (point.position.stage, member)
            try run.append(line)
        }
        return found
    }
}

/// On what the members of a stage were trained.
private struct OriginTally {
    private var members: OrderedDictionary<String, [Int]> = [:]

    mutating func add(_ origin: MemberOrigin?, _ member: Int) {
        members[origin?.sentence ?? "an older version, which did not say on what", default: []].append(member + 1)
    }

    /// That members come from unlike processes; nil when all are alike.
    var mixture: String? {
        guard members.count > 1 else { return nil }
        let parts = members.map { kind, members in
            "\(members.count == 1 ? "member" : "members") \(members.map(String.init).joined(separator: ", ")): \(kind)"
        }
        return "its members were trained on unlike processes, so that another training may differ in the last bits ("
            + parts.joined(separator: "; ") + ")"
    }
}
