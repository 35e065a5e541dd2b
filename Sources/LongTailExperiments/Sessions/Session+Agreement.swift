import Foundation
import LongTailBasics
import LongTailTorch

extension Session {
    /// Compares the recipe that this process was started with with those of its team, before anything is begun.
    ///
    /// Rank 0's is the one that is trained, and is told to the others. So a process that has no such file is told it, and not
    /// compared; one that has another is an error on all.
    ///
    /// - Parameter recipe: What the process's own words and files make of it; nil where they name none.
    /// - Throws: `.usage` with the rank that has another recipe, and where it differs; what other ranks failed of.
    public func agree(on recipe: () throws(LongTailError) -> Recipe?) throws(LongTailError) {
        guard let team else { return }
        try team.perform { () throws(LongTailError) in
            let rank = team.world.rank
            func place(_ rank: Int) -> String { "recipe/\(rank)" }
            var own: StatedRecipe?
            do throws(LongTailError) {
                if let recipe = try recipe() { own = StatedRecipe(recipe) }
            } catch {
                guard rank > 0, error.kind == .file else { throw error }
            }
            guard rank == 0 else {
                let said = if let own { try RunJSON.encode(own) } else { Data() }
                return try team.put(said, at: place(rank))
            }
            var unlike: [(rank: Int, difference: String)] = []
            for other in 1..<team.world.size {
                guard let said = try team.wait(for: place(other)), !said.isEmpty, let own else { continue }
                guard let found = RunJSON.decode(StatedRecipe.self, said) else {
                    throw LongTailError(.network, "what came as the recipe of rank \(other) is none")
                }
                if let difference = found.difference(fromFirst: own) { unlike.append((other, difference)) }
            }
            guard let first = unlike.first else { return }
            let others = unlike.dropFirst().map { "\($0.rank)" }.joined(separator: ", ")
            throw LongTailError(
                .usage,
                "rank \(first.rank) on \(team.meeting.hellos[first.rank].host) was started with \(first.difference)"
                    + (others.isEmpty ? "" : "; unlike rank 0, too: rank \(others)"),
                remedy: "Start all processes with the same words and the same files.")
        }
    }
}
