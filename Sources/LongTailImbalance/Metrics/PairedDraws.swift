import LongTailBasics

/// One class's test images by which of two models recognised them.
struct PairedOutcomes {
    var both = 0
    var firstOnly = 0
    var secondOnly = 0
    var neither = 0
}

/// Resamples a class's outcomes as three binomial draws: how many images the models disagree on, for how many of
/// those the first is right, and for how many of the others both are.
struct PairedDraws {
    private let total: Int
    private let disagreeing: Binomial
    private let firstShare: Double
    private let bothShare: Double
    /// Tables of the last two draws by number of trials; only numbers near the expected ones occur.
    private var firstTables: [Int: Binomial] = [:]
    private var bothTables: [Int: Binomial] = [:]

    init(_ outcomes: PairedOutcomes) {
        let disagreements = outcomes.firstOnly + outcomes.secondOnly
        let agreements = outcomes.both + outcomes.neither
        total = disagreements + agreements
        disagreeing = Binomial(trials: total, probability: Self.share(disagreements, of: total))
        firstShare = Self.share(outcomes.firstOnly, of: disagreements)
        bothShare = Self.share(outcomes.both, of: agreements)
    }

    /// The hits of both models in one resample.
    mutating func next(_ random: inout CounterRandom) -> (first: Int, second: Int) {
        let disagreements = disagreeing.draw(&random)
        let firstOnly = Self.draw(disagreements, firstShare, &firstTables, &random)
        let both = Self.draw(total - disagreements, bothShare, &bothTables, &random)
        return (both + firstOnly, both + disagreements - firstOnly)
    }

    private static func draw(
        _ trials: Int, _ probability: Double, _ tables: inout [Int: Binomial], _ random: inout CounterRandom
    ) -> Int {
        if trials == 0 || probability == 0 { return 0 }
        if probability == 1 { return trials }
        if let table = tables[trials] { return table.draw(&random) }
        let table = Binomial(trials: trials, probability: probability)
        tables[trials] = table
        return table.draw(&random)
    }

    private static func share(_ part: Int, of whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
}
