import LongTailBasics
import LongTailSerialization

/// A greedy soup: members are tried in the order given, and kept if the running average gets better.
///
/// Candidate k is merged with weight 1/(m+1) against m/(m+1) for the m members kept so far, and stays if the criterion
/// grows; the first always stays. As the official code does it (methods 11.6), with the running average in float64;
/// Wortsman et al. 2022 sort the members first, which here is the caller's to do.
public struct GreedySoup: Sendable {
    /// What became of one candidate.
    public struct Decision: Sendable, Codable, Equatable {
        /// The candidate's file or number.
        public let label: String
        /// The criterion of the soup with it.
        public let score: Double
        /// Whether it stayed.
        public let isKept: Bool
    }

    /// What became of the candidates so far, in order.
    public private(set) var decisions: [Decision] = []
    private var accumulator: StreamingMean

    /// Starts an empty soup.
    public init(integers: IntegerRule = .max, buffers: BufferPolicy = .average) {
        accumulator = StreamingMean(integers: integers, buffers: buffers)
    }

    /// The criterion of the soup as it stands; nil before the first candidate.
    public var best: Double? { decisions.last(where: \.isKept)?.score }

    /// Tries one candidate; at its peak one state dict beside the candidate and the accumulator is in memory.
    ///
    /// - Parameters:
    ///   - candidate: Its weights.
    ///   - label: Its file or number, for messages.
    ///   - criterion: The larger the better, measured on the trial average; must be finite.
    @discardableResult
    public mutating func consider(
        _ candidate: StateDict, label: String, criterion: (StateDict) throws(LongTailError) -> Double
    ) throws(LongTailError) -> Decision {
        let score = try criterion(try accumulator.mean(with: candidate, label: label))
        guard score.isFinite else {
            throw LongTailError(
                .checkpoint, "\(label): the soup with it scores \(score)",
                remedy: "Leave this member out, or evaluate it alone to see what is wrong with it.")
        }
        let decision = Decision(label: label, score: score, isKept: best.map { score > $0 } ?? true)
        if decision.isKept { try accumulator.add(candidate, label: label) }
        decisions.append(decision)
        return decision
    }

    /// The average of the members kept.
    public func merged() throws(LongTailError) -> StateDict { try accumulator.mean() }

    /// The accumulator, to be saved together with `decisions`.
    public var snapshot: StateDict { accumulator.snapshot }

    /// Goes on where `snapshot` and `decisions` were taken.
    public init(
        restoring state: StateDict, decisions: [Decision], integers: IntegerRule = .max,
        buffers: BufferPolicy = .average
    ) throws(LongTailError) {
        accumulator = try StreamingMean(restoring: state, integers: integers, buffers: buffers)
        self.decisions = decisions
        let kept = decisions.count(where: \.isKept)
        guard kept == accumulator.count else {
            throw LongTailError(
                .checkpoint, "a soup under way holds \(accumulator.count) members, its record names \(kept)",
                remedy: "Start the merge again.")
        }
    }
}
