import Foundation
import LongTailBasics
import LongTailTorch
import LongTailTraining

/// One process's part in the members of a stage: the same on every rank.
struct MemberShift {
    let team: Team
    /// What this stage's work is called in the store.
    let label: String
    let training: MemberTraining

    /// Trains members that nobody else has taken, then brings all to rank 0; false when it was stopped.
    ///
    /// - Parameters:
    ///   - first: The first member that is not merged yet.
    ///   - place: The stage's place in the recipe.
    ///   - isStopped: Whether to stop.
    func callAsFunction(
        from first: Int, at place: Int, isStopped: () -> Bool
    ) throws(LongTailError) -> Bool {
        let members = first..<training.btm.members
        for member in members where training.has(member) {
            if try team.claim("\(label)/\(member)") { try have(member) }
        }
        // A member that one process has is trained by no other.
        try team.gather(at: "\(label)/known")
        for member in members where try team.claim("\(label)/\(member)") {
            guard try training(member, at: place) != nil else { return false }
            try have(member)
        }
        for member in members {
            guard let said = try team.wait(for: "\(label)/has/\(member)", unless: isStopped) else { return false }
            guard let owner = Int(String(decoding: said, as: UTF8.self)), (0..<team.world.size).contains(owner) else {
                throw LongTailError(.network, "nobody says who has member \(member + 1)")
            }
            try bring(member, from: owner)
        }
        return true
    }

    private func have(_ member: Int) throws(LongTailError) {
        try team.put(Data("\(team.world.rank)".utf8), at: "\(label)/has/\(member)")
    }

    /// Sends a member to rank 0, unless that sees its file.
    private func bring(_ member: Int, from owner: Int) throws(LongTailError) {
        let key = "\(label)/wanted/\(member)"
        let path = training.store.path(training.key(member))
        if team.world.rank == 0 { try team.put(Data(training.has(member) ? "no".utf8 : "yes".utf8), at: key) }
        guard try team.wait(for: key) == Data("yes".utf8) else { return }
        try team.copy(from: owner, [0, owner].contains(team.world.rank) ? path : nil)
    }
}
