import LongTailBasics

/// The figures of two models on the same images.
struct FigurePair: Sendable {
    var first: [Figure: Double]
    var second: [Figure: Double]

    /// Second minus first.
    var differences: [Figure: Double] {
        var found: [Figure: Double] = [:]
        for (figure, value) in first { found[figure] = second[figure].map { $0 - value } }
        return found
    }
}

/// What turns every class's outcomes, or true recalls, into the figures of two models.
struct PairedFigures: Sendable {
    private let totals: [Int]
    private let figures: FiguresOfRecalls
    private let worst: WorstTen?

    /// - Parameters:
    ///   - totals: Test images of each tested class.
    ///   - groups: Their groups; nil where they are not known.
    init(totals: [Int], groups: [ShotGroup]?) {
        self.totals = totals
        (figures, worst) = (FiguresOfRecalls(totals: totals, groups: groups), WorstTen(totals: totals))
    }

    /// What a test set prints.
    func callAsFunction(_ tables: [PairedOutcomes], _ random: inout CounterRandom) -> FigurePair {
        func recalls(_ hits: (PairedOutcomes) -> Int) -> [Double] {
            zip(tables, totals).map { Double(hits($0)) / Double($1) }
        }
        var pair = FigurePair(first: figures(recalls(\.firstHits)), second: figures(recalls(\.secondHits)))
        if let (first, second) = worst?.means(of: tables, splits: FigureIntervals.splits, &random) {
            (pair.first[.worstTen], pair.second[.worstTen]) = (first, second)
        }
        return pair
    }

    /// The figures of true recalls, where they have intervals.
    func population(_ first: [Double], _ second: [Double], _ random: inout CounterRandom) -> FigurePair {
        func own(_ recalls: [Double]) -> [Figure: Double] {
            var found = figures(recalls)
            found[.worstTen] = worst?.expectation(of: recalls, splits: FigureIntervals.splits, &random)
            return found.filter(\.key.hasPopulation)
        }
        return FigurePair(first: own(first), second: own(second))
    }
}
