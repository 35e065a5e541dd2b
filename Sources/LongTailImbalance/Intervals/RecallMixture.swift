import Foundation
import LongTailBasics

/// How a share is spread over classes, learnt from all of them, and what each class's own share may then be.
///
/// A Dirichlet process mixture of beta distributions, truncated to `kernels` of them (Ishwaran and James 2001): class c of
/// group g belongs to kernel z with probability w_gz, its share is p_c ~ Beta(a_z, b_z), its hits are Binomial(n_c, p_c).
/// Kernels are common to all groups of classes, weights are a group's own: w_g ~ Dirichlet(α/K, …, α/K), α = 1/2. It is the
/// Bayesian kin of Kiefer and Wolfowitz's (1956) mixing distribution without a shape: a dead tail, a few perfect classes
/// or equal ones are kernels of their own, and a class with few images leans on what is known of the others.
///
/// Several shares of a class (`factors`) have kernels in common: one kernel holds a beta distribution for each.
///
/// Drawn by Gibbs sampling with p_c integrated out: all z, then the weights, then each kernel by four steps of Metropolis.
struct RecallMixture {
    /// One share of every class.
    struct Factor {
        /// Hits and trials, in the order of classes; no trials are allowed.
        var trials: [Trials]
        /// The logarithms of concentrations that are looked among.
        var range: ClosedRange<Double> = 0...7
    }

    private static let kernels = 8
    private static let concentration = 0.5
    private static let burnIn = 100
    private static let sweeps = 1_000
    private static let steps = 4

    private let groups: [Int]
    private let factors: [Factor]
    /// Classes with the same numbers are one row.
    private let row: [Int]
    private let rowGroup: [Int]
    private let rowTrials: [[Trials]]
    private let most: [Int]

    /// The model of classes in `groups`, which are numbered from 0.
    init(_ factors: [Factor], groups: [Int]) {
        struct Key: Hashable {
            let group: Int
            let trials: [Trials]
        }
        var rows: [Key: Int] = [:]
        var (row, rowGroup) = ([Int](), [Int]())
        var rowTrials = [[Trials]](repeating: [], count: factors.count)
        for (index, group) in groups.enumerated() {
            let key = Key(group: group, trials: factors.map { $0.trials[index] })
            if rows[key] == nil {
                rows[key] = rowGroup.count
                rowGroup.append(group)
                for (factor, trials) in key.trials.enumerated() { rowTrials[factor].append(trials) }
            }
            row.append(rows[key] ?? 0)
        }
        (self.factors, self.groups, self.row) = (factors, groups, row)
        (self.rowGroup, self.rowTrials) = (rowGroup, rowTrials)
        most = rowTrials.map { $0.map(\.total).max() ?? 0 }
    }

    /// Hands over `count` draws of every class's shares: `body(draw, shares)`, shares by factor and class.
    func sample(_ count: Int, _ random: inout CounterRandom, _ body: (Int, [[Double]], inout CounterRandom) -> Void) {
        var state = State(self)
        var shares = factors.map { [Double](repeating: 0, count: $0.trials.count) }
        var draw = 0
        for sweep in 0..<Self.burnIn + Self.sweeps {
            state.assign(self, &random)
            state.moveKernels(self, &random)
            // Draws are spread evenly over the sweeps.
            while sweep >= Self.burnIn, draw * Self.sweeps < (sweep + 1 - Self.burnIn) * count, draw < count {
                for (factor, own) in factors.enumerated() {
                    for (label, trials) in own.trials.enumerated() {
                        let kernel = state.kernels[factor][state.kernel[label]]
                        shares[factor][label] = random.beta(
                            kernel.a + Double(trials.hits), kernel.b + Double(trials.misses))
                    }
                }
                body(draw, shares, &random)
                draw += 1
            }
        }
    }
}

extension RecallMixture {
    /// Where the chain stands.
    private struct State {
        /// By factor and kernel.
        var kernels: [[BetaKernel]]
        /// Each class's kernel.
        var kernel: [Int]
        /// How many classes of each row have each kernel: row by row.
        private var members: [Int]
        /// By group and kernel.
        private var weights: [[Double]]
        /// Log-likelihoods by factor, kernel and row.
        private var columns: [[[Double]]]
        private var proposal: [Double]
        private var cumulative: [Double]

        init(_ model: RecallMixture) {
            let (count, rows) = (RecallMixture.kernels, model.rowGroup.count)
            kernels = model.factors.map { factor in
                (0..<count).map {
                    BetaKernel(
                        angle: (Double($0) + 0.5) / Double(count),
                        logConcentration: max(factor.range.lowerBound, 2.5))
                }
            }
            kernel = Array(repeating: 0, count: model.groups.count)
            members = Array(repeating: 0, count: rows * count)
            let even = [Double](repeating: 1 / Double(count), count: count)
            weights = Array(repeating: even, count: (model.groups.max() ?? 0) + 1)
            columns = model.factors.map { _ in
                Array(repeating: Array(repeating: 0, count: rows), count: count)
            }
            proposal = Array(repeating: 0, count: rows)
            cumulative = Array(repeating: 0, count: rows * count)
            for factor in kernels.indices {
                for kernel in 0..<count { refresh(factor, kernel, model) }
            }
        }

        /// Draws every class's kernel, then the weights.
        mutating func assign(_ model: RecallMixture, _ random: inout CounterRandom) {
            let (count, rows) = (RecallMixture.kernels, model.rowGroup.count)
            var logs = [Double](repeating: 0, count: count)
            for row in 0..<rows {
                for kernel in 0..<count {
                    logs[kernel] = columns.reduce(0) { $0 + $1[kernel][row] }
                }
                let top = logs.max() ?? 0
                var sum = 0.0
                for kernel in 0..<count {
                    sum += weights[model.rowGroup[row]][kernel] * exp(logs[kernel] - top)
                    cumulative[row * count + kernel] = sum
                }
            }
            for slot in members.indices { members[slot] = 0 }
            var tally = weights.map { $0.map { _ in RecallMixture.concentration / Double(count) } }
            for (label, row) in model.row.enumerated() {
                let point = random.uniform() * cumulative[row * count + count - 1]
                var chosen = 0
                while chosen < count - 1, cumulative[row * count + chosen] <= point { chosen += 1 }
                kernel[label] = chosen
                members[row * count + chosen] += 1
                tally[model.groups[label]][chosen] += 1
            }
            for (group, counts) in tally.enumerated() { weights[group] = random.dirichlet(counts) }
        }

        /// Moves every kernel that has classes, and draws those anew that have none.
        mutating func moveKernels(_ model: RecallMixture, _ random: inout CounterRandom) {
            let (count, rows) = (RecallMixture.kernels, model.rowGroup.count)
            for kernel in 0..<count {
                let own = (0..<rows).filter { members[$0 * count + kernel] > 0 }
                for factor in kernels.indices {
                    let range = model.factors[factor].range
                    guard !own.isEmpty else {
                        kernels[factor][kernel] = BetaKernel(within: range, &random)
                        refresh(factor, kernel, model)
                        continue
                    }
                    for _ in 0..<RecallMixture.steps {
                        let next = kernels[factor][kernel].neighbour(within: range, &random)
                        proposal.withUnsafeMutableBufferPointer {
                            guard let base = $0.baseAddress else { return }
                            next.logLikelihoods(of: model.rowTrials[factor], most: model.most[factor], into: base)
                        }
                        let gain = own.reduce(0.0) {
                            $0 + Double(members[$1 * count + kernel]) * (proposal[$1] - columns[factor][kernel][$1])
                        }
                        guard log(1 - random.uniform()) < gain else { continue }
                        kernels[factor][kernel] = next
                        swap(&columns[factor][kernel], &proposal)
                    }
                }
            }
        }

        private mutating func refresh(_ factor: Int, _ kernel: Int, _ model: RecallMixture) {
            let beta = kernels[factor][kernel]
            columns[factor][kernel].withUnsafeMutableBufferPointer {
                guard let base = $0.baseAddress else { return }
                beta.logLikelihoods(of: model.rowTrials[factor], most: model.most[factor], into: base)
            }
        }
    }
}
