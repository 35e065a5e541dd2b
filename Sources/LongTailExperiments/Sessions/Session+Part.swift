import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining

/// One of several equal parts of a stage's members, for jobs that know nothing of each other: part i of n has the members k with
/// k ≡ i (mod n), both counted from 1.
public struct MemberPart: Sendable, Equatable, CustomStringConvertible {
    public let index: Int
    public let count: Int

    /// The part that "3/10" names; nil for anything else.
    public init?(_ text: String) {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], (1...1_000_000).contains(count),
            (1...count).contains(index)
        else { return nil }
        (self.index, self.count) = (index, count)
    }

    /// Its members, from 0, of so many.
    public func members(of all: Int) -> [Int] { (0..<all).filter { ($0 + 1) % count == index % count } }

    /// As it is typed.
    public var description: String { "\(index)/\(count)" }
}

extension Session {
    /// Trains a part of the members of a recipe's BTM stage into a folder, for a run that will merge them.
    ///
    /// - Parameters:
    ///   - part: Which members.
    ///   - preparation: The recipe, which begins with its BTM stage, and what it stands on.
    ///   - folder: The folder of members.
    ///   - watch: A callback for every event; its answer says whether training goes on.
    /// - Returns: The stage, and how many are in the folder now of those that the part has; fewer than all when it was stopped.
    /// - Throws: `.usage` where a stage comes before the BTM stage.
    public func train(
        _ part: MemberPart, of preparation: Preparation, members folder: String,
        watch: @escaping (TrainingEvent) -> TrainingAnswer = { _ in .continue }
    ) throws(LongTailError) -> (stage: String, done: Int, of: Int) {
        let recipe = preparation.recipe.resolved
        guard let place = recipe.stages.firstIndex(where: { $0.btm != nil }), let btm = recipe.stages[place].btm else {
            throw LongTailError(
                .usage,
                "\(recipe.name.map { "recipe \($0)" } ?? "the recipe") has no BTM stage, so there are no members to share out",
                remedy: "Leave out \(Wording.option("part")), or add a stage btm to the recipe.")
        }
        guard place == 0 else {
            let before = recipe.stages[..<place]
            throw LongTailError(
                .usage,
                "stage \(recipe.stages[place - 1].name) comes before \(recipe.stages[place].name) and is not finished",
                remedy: before.allSatisfy { $0.kind == .preTrain }
                    ? "Train it first, and give the parts its model with \(Wording.option("checkpoint", "RUN"))."
                    : "Parts know of no run, so that nothing but pre-training may come before their stage: train this recipe "
                        + "with \(Wording.option("jobs", "N")) or a launcher, which share out members too.")
        }
        for later in recipe.stages.dropFirst() where later.btm != nil {
            sink.say("members of \(later.name) are no part: the run that merges \(recipe.stages[0].name) trains them")
        }
        let progress = TrainingProgress(sink)
        let input =
            if let known = preparation.start { known } else {
                try StartingWeights.make(recipe, preparation.data)
            }
        let training = try MemberTraining(
            recipe, recipe.stages[0], input, preparation.data, MemberStore(folder), base: ModelName.start,
            earlier: { (name) throws(LongTailError) in
                throw LongTailError(.usage, "a part has no model \(name) to ask")
            },
            tell: { (event) throws(LongTailError) in
                progress.show(event)
                return watch(event)
            })
        Compute.bindThreads()
        let members = part.members(of: btm.members)
        var done = 0
        for member in members {
            if !training.has(member) {
                guard try training(member, at: 0) != nil else { break }
            }
            done += 1
        }
        progress.finish()
        return (recipe.stages[0].name, done, members.count)
    }
}
