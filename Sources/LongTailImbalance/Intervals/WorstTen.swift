import LongTailBasics

/// b10: the mean recall of a model's ten worst classes, chosen on one half of the test images and measured on the other.
///
/// The lowest recall of many is low by bad luck too: chosen and measured on the same images, the worst classes seem worse
/// than they are. Here half A of every class's images chooses and half B measures, then the other way round, and the mean
/// is taken over many splits; so it is without bias for the true recall of the classes that half a test set calls the
/// worst. Classes that tie for the last places share them evenly. A class with one image has no two halves and takes
/// no part; with fewer than ten others, all do.
public struct WorstTen: Sendable {
    /// Splits that a printed figure takes.
    public static let splits = 100

    private let totals: [Int]
    private let places: Double

    /// - Parameter totals: Test images of each class; nil where none has two.
    init?(totals: [Int]) {
        let count = totals.count { $0 > 1 }
        guard count > 0 else { return nil }
        (self.totals, places) = (totals, Double(min(10, count)))
    }

    /// b10 of hits by class.
    func mean(of hits: [Int], splits: Int, _ random: inout CounterRandom) -> Double {
        mean(splits, among: candidates(hits), &random) { (label, half, random) in
            let found = random.hypergeometric(marked: hits[label], total: totals[label], drawn: half)
            return (found, hits[label] - found)
        }
    }

    /// b10 of two models on the same images: each model's own ten worst, from the same halves.
    func means(of outcomes: [PairedOutcomes], splits: Int, _ random: inout CounterRandom) -> (Double, Double) {
        let start = random
        let labels = Set(candidates(outcomes.map(\.firstHits)) + candidates(outcomes.map(\.secondHits))).sorted()
        // The same halves are drawn twice, as the same random numbers.
        func mean(_ hits: (PairedOutcomes) -> Int, _ random: inout CounterRandom) -> Double {
            self.mean(splits, among: labels, &random) { (label, half, random) in
                let all = outcomes[label]
                let chosen = all.drawn(half, &random)
                return (hits(chosen), hits(all) - hits(chosen))
            }
        }
        let first = mean(\.firstHits, &random)
        random = start
        return (first, mean(\.secondHits, &random))
    }

    /// What b10 is on average over test sets of classes with these true recalls: the true recall of the classes that half a
    /// test set calls the worst.
    func expectation(of recalls: [Double], splits: Int, _ random: inout CounterRandom) -> Double {
        var sum = 0.0
        for _ in 0..<splits {
            var (found, truth) = ([Double](), [Double]())
            for (label, total) in totals.enumerated() where total > 1 {
                let half = half(of: total, &random)
                found.append(Double(random.binomial(half, recalls[label])) / Double(half))
                truth.append(recalls[label])
            }
            sum += worst(by: found, of: truth)
        }
        return sum / Double(splits)
    }

    /// The classes that some half can put among the ten worst: the others' lowest recall on any half is above what the ten
    /// lowest can reach at most.
    func candidates(_ hits: [Int]) -> [Int] {
        let labels = totals.indices.filter { totals[$0] > 1 }
        let last = smallest(
            Int(places), of: labels.map { min(1, Double(hits[$0]) / Double(totals[$0] / 2)) })
        return labels.filter { label in
            let small = totals[label] / 2
            return Double(hits[label] - (totals[label] - small)) / Double(small) <= last
        }
    }

    /// The mean over splits of what half B says of the ten worst of half A, and the other way round.
    ///
    /// - Parameters:
    ///   - labels: The classes that take part.
    ///   - draw: A class's hits in half A, of which the number of images is given, and in half B.
    private func mean(
        _ splits: Int, among labels: [Int], _ random: inout CounterRandom,
        draw: (Int, Int, inout CounterRandom) -> (Int, Int)
    ) -> Double {
        var sum = 0.0
        var (first, second) = ([Double](), [Double]())
        for _ in 0..<splits {
            first.removeAll(keepingCapacity: true)
            second.removeAll(keepingCapacity: true)
            for label in labels {
                let total = totals[label]
                let half = half(of: total, &random)
                let (a, b) = draw(label, half, &random)
                first.append(Double(a) / Double(half))
                second.append(Double(b) / Double(total - half))
            }
            sum += worst(by: first, of: second) + worst(by: second, of: first)
        }
        return sum / Double(2 * splits)
    }

    /// Half of a class's images; of an odd number one more or one less, by lot.
    private func half(of total: Int, _ random: inout CounterRandom) -> Int {
        total / 2 + (total.isMultiple(of: 2) ? 0 : random.below(2))
    }

    /// The mean of `values` over the places with the lowest `keys`, ties sharing what places are left.
    private func worst(by keys: [Double], of values: [Double]) -> Double {
        let last = smallest(Int(places), of: keys)
        var (below, tied) = ((sum: 0.0, count: 0.0), (sum: 0.0, count: 0.0))
        for (key, value) in zip(keys, values) where key <= last {
            if key < last {
                below = (below.sum + value, below.count + 1)
            } else {
                tied = (tied.sum + value, tied.count + 1)
            }
        }
        return (below.sum + tied.sum / tied.count * (places - below.count)) / places
    }

    /// The `count`-th smallest of at least as many values.
    private func smallest(_ count: Int, of values: [Double]) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { lowest in
            var filled = 0
            for value in values where filled < count || value < lowest[count - 1] {
                var place = min(filled, count - 1)
                while place > 0, lowest[place - 1] > value {
                    lowest[place] = lowest[place - 1]
                    place -= 1
                }
                lowest[place] = value
                filled = min(filled + 1, count)
            }
            return lowest[count - 1]
        }
    }
}
