import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTraining

/// Members that a BTM stage has kept, to be merged in another way than the run did.
///
/// Each says of itself which member of which stage it is; their subsets are drawn again by their recipe.
public struct KeptMembers {
    /// The recipe of the run that kept them.
    public let recipe: Recipe
    private let stage: StageRecipe
    private let info: Checkpoint.Info
    private let members: [(path: String, member: Int)]

    /// Looks at what checkpoints say of themselves; their weights are read when they are merged.
    ///
    /// - Parameters:
    ///   - paths: Member checkpoints, at least one.
    ///   - registry: What a program adds to the words of recipes.
    /// - Throws: `.checkpoint` for a file that is no member of a BTM stage.
    public init(_ paths: [String], registry: Registry = Registry()) throws(LongTailError) {
        guard let first = paths.first else { throw LongTailError(.usage, "there is nothing to merge") }
        info = try Checkpoint.readInfo(first)
        guard let text = info.recipe else { throw Self.unknown(first) }
        recipe = try Recipe.parse(text, file: "\(first) (its recipe)", registry: registry)
        var members: [(path: String, member: Int)] = []
        var found: StageRecipe?
        for path in paths {
            let info = try Checkpoint.readInfo(path)
            guard let member = info.member, let stage = recipe.stages.first(where: { $0.name == info.stage }),
                let btm = stage.btm, (0..<btm.members).contains(member)
            else { throw Self.unknown(path) }
            members.append((path, member))
            guard info.base == self.info.base, info.adapters == self.info.adapters,
                info.base == nil || info.stage == self.info.stage
            else {
                throw LongTailError(
                    .checkpoint, "\(path): its adapters are others than those of \(first), or stand on another model",
                    remedy: "Merge members of one stage of one run.")
            }
            found = stage
        }
        guard let found else { throw Self.unknown(first) }
        (stage, self.members) = (found, members)
    }

    /// The merged weights.
    ///
    /// - Parameters:
    ///   - strategy: How they are merged.
    ///   - buffers: What becomes of running statistics.
    ///   - data: The images of their recipe.
    ///   - crew: The processes that share the measuring and know the recipe; nil for this one alone.
    ///   - note: Hears the ratio or decision of each member.
    public func merged(
        by strategy: MergeStrategy, buffers: BufferPolicy, on data: TrainingData, with crew: Crew? = nil,
        note: (String) -> Void
    ) throws(LongTailError) -> Checkpoint {
        guard var btm = stage.btm else { throw Self.unknown(members[0].path) }
        (btm.merge, btm.buffers) = (strategy, buffers)
        var criterion = MergeCriterion(
            recipe: recipe, stage: stage, btm: btm, data: data, members: members.map(\.member))
        criterion.team = crew?.team
        let desk = crew == nil ? nil : try ScratchFolder()
        defer { desk?.remove() }
        var merge = try MergeInProgress(btm, ResumePoint(position: .init(stage: 0)))
        let base = try Checkpoint.base(of: info, members[0].path)
        let form = try MemberForm(
            stage, base ?? Checkpoint(info: info, weights: [:]), named: info.base?.name ?? info.stage,
            members: members.count)
        for (path, member) in members {
            let checkpoint = try Checkpoint(SafeTensorsFile.read(path), path)
            try checkpoint.check(classNames: data.counts.names, listHash: data.listHash, path: path)
            try merge.add(form.summand(checkpoint.weights), member: member) { (sum) throws(LongTailError) in
                let candidate = try form.whole(sum, isFinal: false)
                if let crew, let desk {
                    try crew.measure(candidate, by: criterion, member: member, scratch: desk.path("candidate"))
                }
                return try criterion.measure(candidate, member: member)
            }
            if let remark = merge.remark { note(remark) }
        }
        var merged = try form.whole(merge.merged())
        (merged.info.stage, merged.info.member, merged.info.base) = (strategy.rawValue, nil, nil)
        (merged.info.listHash, merged.info.recipe) = (info.listHash, info.recipe)
        return merged
    }

    private static func unknown(_ path: String) -> LongTailError {
        LongTailError(
            .checkpoint, "\(path): is not a member that a run has kept, so its training subset is not known",
            remedy:
                "Train with btm.keep-members: true, or merge by average or with \(Wording.option("ratios")), which need no subset."
        )
    }
}
