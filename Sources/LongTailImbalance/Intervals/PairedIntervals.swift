import LongTailBasics

/// 95 % intervals of the differences of two models' figures on the same images, second minus first.
struct PairedIntervals {
    /// What another test set of the same size would print.
    let replication: [Figure: ConfidenceInterval]
    /// The difference of the true recalls' figures; empty where they are not asked for.
    let population: [Figure: ConfidenceInterval]
    /// The figures whose population interval excludes zero.
    let significant: Set<Figure>

    /// - Parameters:
    ///   - tables: The 2 × 2 table of every tested class.
    ///   - groups: Their groups; nil where they are not known.
    ///   - bearsPopulation: Whether the true recalls' figures are wanted.
    ///   - seed: The same seed gives the same intervals.
    init(_ tables: [PairedOutcomes], groups: [ShotGroup]?, bearsPopulation: Bool, seed: UInt64) {
        let figures = PairedFigures(totals: tables.map(\.total), groups: groups)
        let draws = PairedDraws(
            tables, groups: groups?.map(\.place) ?? tables.map { _ in 0 }, figures: figures,
            bearsPopulation: bearsPopulation, seed: seed)
        replication = .init(of: draws.next.map(\.differences))
        guard bearsPopulation else {
            (population, significant) = ([:], [])
            return
        }
        let test = PairedRandomization(tables, figures: figures, seed: seed)
        let sampling = PairedResampling(tables, figures: figures, seed: seed).correlation
        let moments = FigureMoments.of(draws.truth)
        let differences = draws.truth.map(\.differences)
        var (population, significant) = ([Figure: ConfidenceInterval](), Set<Figure>())
        for (figure, moments) in moments {
            var interval = ConfidenceInterval(
                of: Self.narrowed(differences.compactMap { $0[figure] }, moments, to: sampling[figure] ?? 0))
            let isSignificant = (test.probability[figure] ?? 1) <= 0.05
            interval = interval.closed(
                atZero: isSignificant ? (test.observed[figure] ?? 0 > 0 ? .above : .below) : .inside)
            population[figure] = interval
            if isSignificant { significant.insert(figure) }
        }
        (self.population, self.significant) = (population, significant)
    }

    /// Draws of a difference as narrow about their median as the pairing says.
    ///
    /// The kernels of two models are learnt apart, so that drawn figures are tied by each class's own images alone. What is
    /// uncertain of two figures correlates as their sampling errors do; that fixes the variance of the difference.
    private static func narrowed(_ values: [Double], _ moments: FigureMoments, to correlation: Double) -> [Double] {
        let (now, aim) = (moments.ofDifference, moments.ofDifference(correlation: correlation))
        guard aim < now else { return values }
        let middle = values.sorted()[values.count / 2]
        let factor = (aim / now).squareRoot()
        return values.map { middle + factor * ($0 - middle) }
    }
}

extension ConfidenceInterval {
    /// Where zero lies.
    fileprivate enum Side { case below, inside, above }

    /// The interval, moved at one end so that zero lies where an exact test says.
    ///
    /// - Parameter side: Where the interval lies, seen from zero.
    fileprivate func closed(atZero side: Side) -> ConfidenceInterval {
        switch side {
        case .inside: ConfidenceInterval(lower: min(0, lower), upper: max(0, upper))
        case .above: ConfidenceInterval(lower: max(0, lower), upper: max(0, upper))
        case .below: ConfidenceInterval(lower: min(0, lower), upper: min(0, upper))
        }
    }
}
