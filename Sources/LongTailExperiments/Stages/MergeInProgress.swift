import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTraining

/// The merge of a BTM stage while members come in: a mean with or without ratios, or a greedy soup.
struct MergeInProgress {
    private enum State {
        case mean(StreamingMean)
        case soup(GreedySoup)
        case own(any MergeRule)
    }

    private let strategy: MergeStrategy
    private var state: State
    /// What the last member led to, in words; nil where there is nothing to say.
    private(set) var remark: String?

    /// The merge that a resume point holds, or an empty one.
    init(_ btm: BTMRecipe, _ point: ResumePoint) throws(LongTailError) {
        strategy = btm.merge
        if var rule = strategy.makeRule() {
            if !point.merge.isEmpty { try passing("merge \(strategy.rawValue)") { try rule.restore(point.merge) } }
            state = .own(rule)
        } else if point.merge.isEmpty {
            state =
                strategy.isSoup ? .soup(GreedySoup(buffers: btm.buffers)) : .mean(StreamingMean(buffers: btm.buffers))
        } else if strategy.isSoup {
            state = .soup(try GreedySoup(restoring: point.merge, decisions: point.decisions, buffers: btm.buffers))
        } else {
            state = .mean(try StreamingMean(restoring: point.merge, buffers: btm.buffers))
        }
    }

    /// Takes in a member; `measure` gives the mean of recalls of the weights that the strategy asks about.
    mutating func add(
        _ weights: StateDict, member: Int, measure: (StateDict) throws(LongTailError) -> Double
    ) throws(LongTailError) {
        let label = "member \(member + 1)"
        switch state {
        case .mean(var mean):
            let ratio = strategy.isAdaptive ? try measure(weights) : 1
            try mean.add(weights, weight: ratio, label: label)
            if strategy.isAdaptive { remark = "\(label) counts \(ratio)" }
            state = .mean(mean)
        case .soup(var soup):
            let decision = try soup.consider(weights, label: label, criterion: measure)
            remark = "\(label) \(decision.isKept ? "joins" : "is left out of") the soup at \(decision.score)"
            state = .soup(soup)
        case .own(var rule):
            try passing("merge \(strategy.rawValue)") {
                try rule.add(weights, member: member) { (weights) in try measure(weights) }
            }
            state = .own(rule)
        }
    }

    /// The merged weights.
    func merged() throws(LongTailError) -> StateDict {
        switch state {
        case .mean(let mean): try mean.mean()
        case .soup(let soup): try soup.merged()
        case .own(let rule): try passing("merge \(strategy.rawValue)") { try rule.merged() }
        }
    }

    /// What a resumed run goes on with.
    var snapshot: StateDict {
        switch state {
        case .mean(let mean): mean.snapshot
        case .soup(let soup): soup.snapshot
        case .own(let rule): rule.snapshot
        }
    }

    /// What a soup decided so far.
    var decisions: [GreedySoup.Decision] {
        guard case .soup(let soup) = state else { return [] }
        return soup.decisions
    }
}
