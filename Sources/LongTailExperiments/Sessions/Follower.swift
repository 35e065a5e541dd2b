import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// A process that does its part of what rank 0 of its team says.
///
/// It has no folder but one of its own; recipe, models and resume points are sent.
final class Follower {
    private let team: Team
    private let desk: ScratchFolder
    private let registry: Registry
    private let root: String?
    private let members: String?
    private let keepsThreads: Bool
    private let isStopped: () -> Bool
    private var run: FollowedRun?

    /// - Parameters:
    ///   - team: The processes.
    ///   - desk: Where what is sent is kept.
    ///   - registry: What a program adds to the words of recipes.
    ///   - root: Where the data set is here; where rank 0 has it when nil.
    ///   - members: A folder for members, as `Session.follow` says.
    ///   - keepsThreads: Whether this process was told its threads.
    ///   - isStopped: Whether to end after the step under way.
    init(
        _ team: Team, _ desk: ScratchFolder, _ registry: Registry, root: String?, members: String?, keepsThreads: Bool,
        isStopped: @escaping () -> Bool
    ) {
        (self.team, self.desk, self.registry, self.root) = (team, desk, registry, root)
        (self.members, self.keepsThreads, self.isStopped) = (members, keepsThreads, isStopped)
    }

    /// Works until rank 0 has no more to do.
    func callAsFunction() throws(LongTailError) {
        var number = 0
        while true {
            guard let said = try team.wait(for: "order/\(number)", unless: isStopped) else { throw Self.interrupted }
            guard let order = RunJSON.decode(CrewOrder.self, said) else {
                throw LongTailError(.network, "what came as an order of rank 0 is none")
            }
            if case .end = order { return try team.close() }
            try follow(order, label: "\(number)")
            number += 1
        }
    }

    private func follow(_ order: CrewOrder, label: String) throws(LongTailError) {
        if case .run(let theirs, let threads, let lists) = order {
            if !keepsThreads { try Engine.setThreads(threads) }
            let file = desk.path("recipe.yaml")
            try team.copy(from: 0, file)
            let begun = FollowedRun(
                try Recipe.read(file, registry: registry), root: root ?? theirs, rank: team.world.rank)
            run = begun
            guard let lists else { return }
            try begun.compare(lists)
            return try team.gather(at: Crew.comparedImages(label))
        }
        guard let run else { throw LongTailError(.network, "rank 0 gave an order before a run began") }
        switch order {
        case .run, .end: break
        case .members(let name, let place, let first, let folder, let input, let models, let listHash):
            let stage = try run.stage(name)
            try receive([input] + models, of: run)
            let training = try MemberTraining(
                run.recipe, stage, Checkpoint.read(desk.path(input)), run.preparation(listHash).data,
                MemberStore(members ?? (desk.canWrite(folder) ? folder : desk.path("members"))),
                base: input,
                earlier: { [self] (name) throws(LongTailError) in try model(name) },
                tell: { [self] (_) throws(LongTailError) in try answer() })
            Compute.bindThreads()
            let isDone = try MemberShift(team: team, label: label, training: training)(
                from: first, at: place, isStopped: isStopped)
            guard isDone else { throw Self.interrupted }
        case .shards(let name, let place, let input, let models, let isBegun, let listHash):
            let stage = try run.stage(name)
            try receive([input] + models, of: run)
            let file = desk.path(ModelName.resume)
            if isBegun { try team.copy(from: 0, file) }
            let data = try run.preparation(listHash).data
            let (images, counts) = try stage.images(of: data)
            let training = StageTraining(
                recipe: run.recipe, stage: stage, input: try Checkpoint.read(desk.path(input)), member: nil,
                images: images, counts: counts, team: team,
                earlier: { [self] (name) throws(LongTailError) in try model(name) },
                tell: { [self] (_) throws(LongTailError) in try answer() })
            let point = isBegun ? try ResumePoint.read(file) : nil
            Compute.bindThreads()
            let network = try training(from: point ?? ResumePoint(position: .init(stage: place))) { _ in }
            guard network != nil else { throw Self.interrupted }
        case .criterion(let name, let members, let listHash):
            let stage = try run.stage(name)
            guard let btm = stage.btm, members.allSatisfy((0..<btm.members).contains) else {
                throw LongTailError(.network, "rank 0 asks about a member that its recipe does not have")
            }
            let sent = try received()
            var criterion = MergeCriterion(
                recipe: run.recipe, stage: stage, btm: btm, data: try run.preparation(listHash).data, members: members)
            criterion.team = team
            try criterion.serve(sent, on: members)
        case .evaluation(let part, let asProbabilities, let listHash):
            let sent = try received()
            var evaluator = Evaluator(run.recipe)
            evaluator.team = team
            let images = try run.images(part, sent.info.classNames)
            try run.check("images to evaluate on", images.listHash, listHash)
            try evaluator.serve(sent.makeNetwork(registry), on: images, asProbabilities: asProbabilities)
        }
    }

    /// Takes up models that rank 0 sends, by names that its recipe has.
    private func receive(_ models: [String], of run: FollowedRun) throws(LongTailError) {
        guard Set(models).isSubset(of: [ModelName.start] + run.recipe.stages.map(\.name)) else {
            throw LongTailError(.network, "rank 0 names models that its recipe does not have")
        }
        for model in models { try team.copy(from: 0, desk.path(model)) }
    }

    /// Weights that rank 0 sends for one use.
    private func received() throws(LongTailError) -> Checkpoint {
        let file = desk.path("sent")
        try team.copy(from: 0, file)
        return try Checkpoint.read(file)
    }

    private func model(_ name: String) throws(LongTailError) -> Network {
        try Checkpoint.read(desk.path(name)).makeNetwork(registry)
    }

    private func answer() throws(LongTailError) -> TrainingAnswer {
        try team.check()
        return isStopped() ? .stop : .continue
    }

    private static var interrupted: LongTailError {
        LongTailError(.stopped, "was stopped; the last whole epoch is kept")
    }
}

/// The run that rank 0 leads, as another process sees it: its recipe, and images that are opened when they are asked for.
private final class FollowedRun {
    let recipe: Recipe
    private let root: String?
    private let rank: Int
    private var known: Preparation?
    private var opened: [EvaluatedImages: any Dataset] = [:]

    init(_ recipe: Recipe, root: String?, rank: Int) { (self.recipe, self.root, self.rank) = (recipe, root, rank) }

    func stage(_ name: String) throws(LongTailError) -> StageRecipe {
        guard let stage = recipe.stages.first(where: { $0.name == name }) else {
            throw LongTailError(.network, "rank 0 names a stage that its recipe does not have")
        }
        return stage
    }

    /// What the recipe stands on here, where that is what rank 0 has.
    func preparation(_ listHash: String) throws(LongTailError) -> Preparation {
        let preparation = try preparation()
        try check("training images", preparation.data.listHash, listHash)
        return preparation
    }

    private func preparation() throws(LongTailError) -> Preparation {
        let preparation = if let known { known } else { try Preparation(following: recipe, root: root) }
        known = preparation
        return preparation
    }

    /// - Throws: `.data` where the images here are not those that rank 0 has.
    func compare(_ lists: ImageLists) throws(LongTailError) {
        try check("test images", preparation(lists.training).test.listHash, lists.test)
    }

    /// The images that a model of some classes is evaluated on; without those that are trained on where they are not needed.
    func images(_ part: EvaluatedImages, _ classNames: [String]) throws(LongTailError) -> any Dataset {
        if let found = opened[part] { return found }
        let images: any Dataset =
            switch part {
            case .test:
                if let known { known.test } else { try TestSplit.open(recipe.data, root: root, classNames: classNames) }
            case .validation:
                if let known {
                    known.data.validation
                } else {
                    try TrainingData(recipe.data, root: root, seed: recipe.seed).validation
                }
            case .pictures: try preparation().pictures().images
            }
        opened[part] = images
        return images
    }

    func check(_ what: String, _ own: String, _ theirs: String) throws(LongTailError) {
        guard own != theirs else { return }
        throw LongTailError(
            .data, "rank \(rank) has other \(what) (list \(own.prefix(12))) than rank 0 (\(theirs.prefix(12)))",
            remedy: "All processes need the same data set; \(Wording.option("data")) says where it is.")
    }
}
