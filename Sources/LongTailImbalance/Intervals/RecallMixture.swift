import Dispatch
import Foundation
import LongTailBasics
import Synchronization

/// How a share is spread over classes, learnt from all of them, and what each class's own share may then be.
///
/// A Dirichlet process mixture of beta distributions, truncated to K = `kernels` of them (Ishwaran and James 2001): class c of
/// group g belongs to kernel z with probability w_gz, its share is p_c ~ Beta(a_z, b_z), its hits are Binomial(n_c, p_c).
/// Kernels are common to all groups of classes, weights are a group's own: w_g ~ Dirichlet(α/K, …, α/K), α = 1/2 or as
/// said. It is the Bayesian kin of Kiefer and Wolfowitz's (1956) mixing distribution without a shape: a dead tail, a few perfect classes
/// or equal ones are kernels of their own, and a class with few images leans on what is known of the others.
///
/// Several shares of a class (`factors`) have kernels in common: one kernel holds a beta distribution for each.
///
/// Drawn by Gibbs sampling with p_c integrated out: all z, then the weights, then each kernel by four steps of Metropolis.
/// Classes of one group with the same numbers are one row: only how many of them have each kernel matters.
struct RecallMixture {
    /// One share of every class.
    struct Factor {
        /// Hits and trials, in the order of classes; no trials are allowed.
        var trials: [Trials]
        /// The logarithms of concentrations that are looked among.
        var range: ClosedRange<Double> = 1.5...9
    }

    private static let burnIn = 100
    private static let sweeps = 1_000
    private static let steps = 4

    private let factors: [Factor]
    private let concentration: Double
    private let kernels: Int
    /// The classes of each row, in order.
    private let labels: [[Int]]
    private let group: [Int]
    /// By factor and row.
    private let trials: [[Trials]]
    private let most: [Int]
    private let rows: [Int]

    /// The model of classes in `groups`, which are numbered from 0.
    ///
    /// - Parameters:
    ///   - factors: The shares.
    ///   - groups: The group of every class.
    ///   - kernels: K.
    ///   - concentration: α: the larger, the more kernels are in use.
    init(_ factors: [Factor], groups: [Int], kernels: Int = 8, concentration: Double = 0.5) {
        struct Key: Hashable {
            let group: Int
            let trials: [Trials]
        }
        var places: [Key: Int] = [:]
        var (labels, group) = ([[Int]](), [Int]())
        var trials = [[Trials]](repeating: [], count: factors.count)
        for (label, own) in groups.enumerated() {
            let key = Key(group: own, trials: factors.map { $0.trials[label] })
            if let row = places[key] {
                labels[row].append(label)
                continue
            }
            places[key] = labels.count
            labels.append([label])
            group.append(own)
            for (factor, pair) in key.trials.enumerated() { trials[factor].append(pair) }
        }
        (self.kernels, self.concentration) = (kernels, concentration)
        (self.factors, self.labels, self.group, self.trials) = (factors, labels, group, trials)
        most = trials.map { $0.map(\.total).max() ?? 0 }
        rows = Array(labels.indices)
    }

    /// What `body` makes of `count` draws of every class's shares, which it gets by factor and class.
    ///
    /// The chain is one thread's; draws, spread evenly over its sweeps, have random numbers of their own, so that threads
    /// share them and change nothing.
    ///
    /// - Parameters:
    ///   - count: At most as many as there are sweeps, 1,000.
    ///   - seed: The same seed gives the same draws.
    ///   - epoch: Different ones give independent draws.
    func sample<Value: Sendable>(
        _ count: Int, seed: UInt64, epoch: Int, _ body: @Sendable ([[Double]], inout CounterRandom) -> Value
    ) -> [Value] {
        let states = chain(count, seed: seed, epoch: epoch)
        let found = Mutex([Value?](repeating: nil, count: states.count))
        DispatchQueue.concurrentPerform(iterations: states.count) { draw in
            var random = CounterRandom(seed: seed, purpose: .testSets, epoch: epoch, index: draw + 1)
            let shares = shares(states[draw], &random)
            let value = body(shares, &random)
            found.withLock { $0[draw] = value }
        }
        return found.withLock { $0.compactMap(\.self) }
    }

    /// Where the chain stood at `count` sweeps.
    private func chain(_ count: Int, seed: UInt64, epoch: Int) -> [State.Snapshot] {
        var random = CounterRandom(seed: seed, purpose: .testSets, epoch: epoch)
        var state = State(self)
        var found: [State.Snapshot] = []
        for sweep in 0..<Self.burnIn + Self.sweeps {
            state.assign(self, &random)
            state.moveKernels(self, &random)
            if sweep >= Self.burnIn, found.count * Self.sweeps < (sweep + 1 - Self.burnIn) * count {
                found.append(state.snapshot)
            }
        }
        return found
    }

    /// A draw of every class's shares.
    private func shares(_ state: State.Snapshot, _ random: inout CounterRandom) -> [[Double]] {
        var shares = factors.map { [Double](repeating: 0, count: $0.trials.count) }
        for row in rows {
            var next = 0
            for kernel in 0..<kernels {
                for label in labels[row][next..<next + state.members[row * kernels + kernel]] {
                    for factor in factors.indices {
                        let (beta, pair) = (state.kernels[factor][kernel], trials[factor][row])
                        shares[factor][label] = random.beta(beta.a + Double(pair.hits), beta.b + Double(pair.misses))
                    }
                }
                next += state.members[row * kernels + kernel]
            }
        }
        return shares
    }
}

extension RecallMixture {
    /// Where the chain stands.
    private struct State {
        /// By factor and kernel.
        private var kernels: [[BetaKernel]]
        /// How many classes of each row have each kernel: row by row.
        private var members: [Int]
        /// By group and kernel.
        private var weights: [[Double]]
        /// Log-likelihoods by factor, kernel and row.
        private var columns: [[[Double]]]
        private var proposal: [Double]

        /// What a draw needs of it.
        struct Snapshot: Sendable {
            let kernels: [[BetaKernel]]
            let members: [Int]
        }

        var snapshot: Snapshot { Snapshot(kernels: kernels, members: members) }

        init(_ model: RecallMixture) {
            let (count, rows) = (model.kernels, model.rows.count)
            kernels = model.factors.map { factor in
                (0..<count).map {
                    BetaKernel(
                        angle: (Double($0) + 0.5) / Double(count),
                        logConcentration: max(factor.range.lowerBound, 2.5))
                }
            }
            members = Array(repeating: 0, count: rows * count)
            let even = [Double](repeating: 1 / Double(count), count: count)
            weights = Array(repeating: even, count: (model.group.max() ?? 0) + 1)
            columns = model.factors.map { _ in
                Array(repeating: Array(repeating: 0, count: rows), count: count)
            }
            proposal = Array(repeating: 0, count: rows)
            for factor in kernels.indices {
                for kernel in 0..<count { refresh(factor, kernel, model) }
            }
        }

        /// Draws every class's kernel, then the weights.
        mutating func assign(_ model: RecallMixture, _ random: inout CounterRandom) {
            let count = model.kernels
            var tally = weights.map { $0.map { _ in model.concentration / Double(count) } }
            var (logs, cumulative) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
            for row in model.rows {
                for kernel in 0..<count { logs[kernel] = columns.reduce(0) { $0 + $1[kernel][row] } }
                let top = logs.max() ?? 0
                var sum = 0.0
                for kernel in 0..<count {
                    sum += weights[model.group[row]][kernel] * exp(logs[kernel] - top)
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
            let count = model.kernels
            for kernel in 0..<count {
                let own = model.rows.filter { members[$0 * count + kernel] > 0 }
                for factor in kernels.indices {
                    let range = model.factors[factor].range
                    guard !own.isEmpty else {
                        kernels[factor][kernel] = BetaKernel(within: range, &random)
                        refresh(factor, kernel, model)
                        continue
                    }
                    var hasMoved = false
                    for _ in 0..<RecallMixture.steps {
                        let next = kernels[factor][kernel].neighbour(within: range, &random)
                        next.logLikelihoods(
                            of: model.trials[factor], at: own, most: model.most[factor], into: &proposal)
                        let gain = own.reduce(0.0) {
                            $0 + Double(members[$1 * count + kernel]) * (proposal[$1] - columns[factor][kernel][$1])
                        }
                        guard log(1 - random.uniform()) < gain else { continue }
                        kernels[factor][kernel] = next
                        for row in own { columns[factor][kernel][row] = proposal[row] }
                        hasMoved = true
                    }
                    if hasMoved { refresh(factor, kernel, model) }
                }
            }
        }

        private mutating func refresh(_ factor: Int, _ kernel: Int, _ model: RecallMixture) {
            kernels[factor][kernel].logLikelihoods(
                of: model.trials[factor], at: model.rows, most: model.most[factor], into: &columns[factor][kernel])
        }
    }
}
