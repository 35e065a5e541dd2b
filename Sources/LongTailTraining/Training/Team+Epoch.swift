import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// What each process says at the end of an epoch that all of them trained.
private struct EpochEnd: Codable {
    /// Of weights and momentum.
    let digest: String
    /// Pictures that were skipped, of each input, by their place in the data set.
    let broken: [[Int: String]]
}

extension Team {
    /// Compares the weights and momentum of all processes at the end of an epoch.
    ///
    /// - Returns: The pictures that any of them skipped, of each input.
    /// - Throws: `.training` when processes have drifted apart, which bits that flipped in memory can do.
    func compared(
        _ epoch: Int, _ optimizer: any Optimizer, _ network: Network, _ stage: String, _ broken: [[Int: String]]
    ) throws(LongTailError) -> [[Int: String]] {
        var sum = XXH64()
        for state in [try network.stateDict(), try optimizer.stateDict()] {
            for tensor in state.values { tensor.bytes.withUnsafeBytes { sum.update($0) } }
        }
        var ends: [EpochEnd] = []
        for data in try gather(RunJSON.encode(EpochEnd(digest: sum.text, broken: broken))) {
            guard let end = RunJSON.decode(EpochEnd.self, data), end.broken.count == broken.count else {
                throw LongTailError(
                    .network, "what another process said at the end of an epoch is not to be understood")
            }
            ends.append(end)
        }
        let others = ends.indices.filter { ends[$0].digest != ends[0].digest }
        guard others.isEmpty else {
            throw LongTailError(
                .training,
                "ranks 0 and \(others.map(String.init).joined(separator: ", ")) have "
                    + "drifted apart in stage \(stage), epoch \(epoch + 1): their weights differ",
                remedy:
                    "Memory or processor of one of them is not to be trusted. The last resume point is of the epoch before."
            )
        }
        return broken.indices.map { input in
            ends.reduce(into: [:]) { $0.merge($1.broken[input]) { first, _ in first } }
        }
    }
}
