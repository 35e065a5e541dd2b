import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining

extension Session {
    /// What a process does that is not the first of its team: trains the members that fall to it, until rank 0 has no more to do.
    ///
    /// - Parameters:
    ///   - root: Where the data set is here; where rank 0 has it when nil.
    ///   - members: A folder for members; rank 0's, or where that is not to be had a temporary one, when nil.
    ///   - isStopped: Whether to end after the step under way.
    /// - Throws: What another process failed of, and what this one does; `.training` when it was stopped.
    public func follow(
        root: String? = nil, members: String? = nil, unless isStopped: @escaping () -> Bool = { false }
    ) throws(LongTailError) {
        guard let team else { return }
        try team.perform { () throws(LongTailError) in
            let desk = try ScratchFolder()
            defer { desk.remove() }
            var (number, preparation): (Int, Preparation?) = (0, nil)
            while true {
                guard let said = try team.wait(for: "order/\(number)", unless: isStopped) else {
                    throw Self.interrupted
                }
                guard let order = RunJSON.decode(CrewOrder.self, said) else {
                    throw LongTailError(.network, "what came as an order of rank 0 is none")
                }
                switch order {
                case .begin(let theirs, let listHash, let threads):
                    if compute.threads == nil { try Engine.setThreads(threads) }
                    let file = desk.path("recipe.yaml")
                    try team.copy(from: 0, file)
                    preparation = try followed(
                        Recipe.read(file, registry: registry), root: root ?? theirs, listHash, team.world.rank)
                    Compute.bindThreads()
                case .members(let name, let place, let first, let folder, let input, let models):
                    guard let preparation, let stage = preparation.recipe.stages.first(where: { $0.name == name })
                    else { throw LongTailError(.network, "rank 0 gave an order before a run began") }
                    let known = [ModelName.start] + preparation.recipe.stages.map(\.name)
                    guard Set([input] + models).isSubset(of: known) else {
                        throw LongTailError(.network, "rank 0 names models that its recipe does not have")
                    }
                    for model in [input] + models { try team.copy(from: 0, desk.path(model)) }
                    let training = try MemberTraining(
                        preparation.recipe, stage, Checkpoint.read(desk.path(input)), preparation.data,
                        MemberStore(members ?? (desk.canWrite(folder) ? folder : desk.path("members"))),
                        earlier: { [registry] (name) throws(LongTailError) in
                            try Checkpoint.read(desk.path(name)).makeNetwork(registry)
                        },
                        tell: { (_) throws(LongTailError) in
                            try team.check()
                            return isStopped() ? .stop : .continue
                        })
                    let isDone = try MemberShift(team: team, label: "\(number)", training: training)(
                        from: first, at: place, isStopped: isStopped)
                    guard isDone else { throw Self.interrupted }
                case .end: return try team.close()
                }
                number += 1
            }
        }
    }

    private static var interrupted: LongTailError {
        LongTailError(.training, "was stopped; the last whole epoch of its member is kept")
    }

    /// What rank 0's recipe stands on here.
    private func followed(
        _ recipe: Recipe, root: String?, _ listHash: String, _ rank: Int
    ) throws(LongTailError) -> Preparation {
        let preparation = try Preparation(following: recipe, root: root)
        guard preparation.data.listHash == listHash else {
            throw LongTailError(
                .data,
                "rank \(rank) has other training images (list \(preparation.data.listHash.prefix(12))) than rank 0 "
                    + "(\(listHash.prefix(12)))",
                remedy: "All processes need the same data set; \(Wording.option("data")) says where it is.")
        }
        return preparation
    }
}

/// A folder for what is of use as long as the process lives.
private struct ScratchFolder {
    private let folder: String

    init() throws(LongTailError) {
        folder = NSTemporaryDirectory() + "longtail-\(getpid())-\(UInt64(Date().timeIntervalSince1970 * 1000))"
        try AtomicFile.makeFolder(folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Whether files can be written into a folder, which is made if it is missing.
    func canWrite(_ folder: String) -> Bool { (try? AtomicFile.check("\(folder)/.probe-\(getpid())")) != nil }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
