import Foundation
import LongTailBasics

/// How recall is spread over classes, learnt from all of them, and what each class's own may then be.
///
/// A Dirichlet process mixture of beta distributions, truncated to K = `kernels` of them (Ishwaran and James 2001): class c of
/// group g belongs to kernel z with probability w_gz, its recall is p_c ~ Beta(a_z, b_z), its hits are Binomial(n_c, p_c).
/// Kernels are common to all groups of classes, weights are a group's own: w_g ~ Dirichlet(α/K, …, α/K). It is the Bayesian kin
/// of Kiefer and Wolfowitz's (1956) mixing distribution without a shape: a dead tail, a few perfect classes or equal ones are
/// kernels of their own, and a class with few images leans on what is known of the others.
///
/// Drawn by Gibbs sampling with p_c integrated out: all z, then the weights, then each kernel by four steps of Metropolis.
/// Classes of one group with the same numbers are one row: only how many of them have each kernel matters.
struct RecallMixture: Sendable {
    private static let kernels = 8
    private static let concentration = 0.5
    /// The logarithms of a + b that kernels are looked among.
    private static let range = 1.5...12.0
    private static let burnIn = 100
    private static let sweeps = 1_000
    private static let steps = 4

    private let classes: Int
    /// Of every row: its classes, their group, their hits.
    private let labels: [[Int]]
    private let group: [Int]
    private let trials: [Trials]
    private let most: Int

    /// The model of classes in `groups`, which are numbered from 0.
    ///
    /// - Parameters:
    ///   - trials: Hits and test images of every class.
    ///   - groups: Its group.
    init(_ trials: [Trials], groups: [Int]) {
        struct Key: Hashable {
            let group: Int
            let trials: Trials
        }
        var rows: [Key: Int] = [:]
        var (labels, keys) = ([[Int]](), [Key]())
        for (label, pair) in trials.enumerated() {
            let key = Key(group: groups[label], trials: pair)
            if let row = rows[key] {
                labels[row].append(label)
                continue
            }
            rows[key] = labels.count
            labels.append([label])
            keys.append(key)
        }
        (classes, self.labels) = (trials.count, labels)
        (group, self.trials) = (keys.map(\.group), keys.map(\.trials))
        most = trials.map(\.total).max() ?? 0
    }

    /// Where the chain stands at `count` sweeps, spread evenly over all.
    ///
    /// - Parameters:
    ///   - count: At most as many as there are sweeps, 1,000.
    ///   - seed: The same seed gives the same chain.
    ///   - epoch: Different ones give independent chains.
    func standings(_ count: Int, seed: UInt64, epoch: Int) -> [Standing] {
        var random = CounterRandom(seed: seed, purpose: .testSets, epoch: epoch)
        var state = State(self)
        var found: [Standing] = []
        for sweep in 0..<Self.burnIn + Self.sweeps {
            state.assign(self, &random)
            state.moveKernels(self, &random)
            if sweep >= Self.burnIn, found.count * Self.sweeps < (sweep + 1 - Self.burnIn) * count {
                found.append(Standing(classes: classes, labels: labels, kernels: state.kernels, members: state.members))
            }
        }
        return found
    }

    /// The kernels, and how many classes of each row have each of them.
    struct Standing: Sendable {
        fileprivate let classes: Int
        fileprivate let labels: [[Int]]
        fileprivate let kernels: [BetaKernel]
        fileprivate let members: [Int]

        /// Every class's kernel; which of the alike classes have which is drawn.
        func kernelOfClass(_ random: inout CounterRandom) -> [BetaKernel] {
            var found = [BetaKernel](repeating: kernels[0], count: classes)
            for (row, labels) in labels.enumerated() {
                var order = labels
                random.shuffle(&order)
                var next = 0
                for (kernel, beta) in kernels.enumerated() {
                    let count = members[row * kernels.count + kernel]
                    for label in order[next..<next + count] { found[label] = beta }
                    next += count
                }
            }
            return found
        }
    }
}

extension RecallMixture {
    /// Where the chain stands.
    private struct State {
        private(set) var kernels: [BetaKernel]
        /// How many classes of each row have each kernel: row by row.
        private(set) var members: [Int]
        /// By group and kernel.
        private var weights: [[Double]]
        /// Log-likelihoods by kernel and row.
        private var columns: [[Double]]
        private var proposal: [Double]

        init(_ model: RecallMixture) {
            let (count, rows) = (RecallMixture.kernels, model.labels.count)
            kernels = (0..<count).map { BetaKernel(angle: (Double($0) + 0.5) / Double(count), logConcentration: 2.5) }
            members = Array(repeating: 0, count: rows * count)
            let even = [Double](repeating: 1 / Double(count), count: count)
            weights = Array(repeating: even, count: (model.group.max() ?? 0) + 1)
            columns = Array(repeating: Array(repeating: 0, count: rows), count: count)
            proposal = Array(repeating: 0, count: rows)
            for kernel in kernels.indices { refresh(kernel, model) }
        }

        /// Draws every class's kernel, then the weights.
        mutating func assign(_ model: RecallMixture, _ random: inout CounterRandom) {
            let count = kernels.count
            var tally = weights.map { $0.map { _ in RecallMixture.concentration / Double(count) } }
            var cumulative = [Double](repeating: 0, count: count)
            for row in model.labels.indices {
                let top = columns.reduce(-Double.infinity) { max($0, $1[row]) }
                var sum = 0.0
                for kernel in 0..<count {
                    sum += weights[model.group[row]][kernel] * exp(columns[kernel][row] - top)
                    cumulative[kernel] = sum
                    members[row * count + kernel] = 0
                }
                var left = model.labels[row].count
                if left > 8 {
                    // As many as one: from the last kernel down, each takes its binomial share.
                    for kernel in (1..<count).reversed() where left > 0 {
                        let share = cumulative[kernel] > 0 ? 1 - cumulative[kernel - 1] / cumulative[kernel] : 0
                        members[row * count + kernel] = random.binomial(left, share)
                        left -= members[row * count + kernel]
                    }
                    members[row * count] = left
                } else {
                    for _ in 0..<left {
                        let point = random.uniform() * sum
                        let chosen = cumulative.firstIndex { $0 > point } ?? count - 1
                        members[row * count + chosen] += 1
                    }
                }
                for kernel in 0..<count {
                    tally[model.group[row]][kernel] += Double(members[row * count + kernel])
                }
            }
            for (group, counts) in tally.enumerated() { weights[group] = random.dirichlet(counts) }
        }

        /// Moves every kernel that has classes, and draws those anew that have none.
        mutating func moveKernels(_ model: RecallMixture, _ random: inout CounterRandom) {
            let count = kernels.count
            for kernel in 0..<count {
                let own = model.labels.indices.filter { members[$0 * count + kernel] > 0 }
                guard !own.isEmpty else {
                    kernels[kernel] = BetaKernel(within: RecallMixture.range, &random)
                    refresh(kernel, model)
                    continue
                }
                var hasMoved = false
                for _ in 0..<RecallMixture.steps {
                    let next = kernels[kernel].neighbour(within: RecallMixture.range, &random)
                    next.logLikelihoods(of: model.trials, at: own, most: model.most, into: &proposal)
                    let gain = own.reduce(0.0) {
                        $0 + Double(members[$1 * count + kernel]) * (proposal[$1] - columns[kernel][$1])
                    }
                    guard log(1 - random.uniform()) < gain else { continue }
                    kernels[kernel] = next
                    for row in own { columns[kernel][row] = proposal[row] }
                    hasMoved = true
                }
                if hasMoved { refresh(kernel, model) }
            }
        }

        private mutating func refresh(_ kernel: Int, _ model: RecallMixture) {
            kernels[kernel].logLikelihoods(
                of: model.trials, at: Array(model.labels.indices), most: model.most, into: &columns[kernel])
        }
    }
}
