import LongTailBasics

/// What two models did with the same images of one class: the 2 × 2 table of right and wrong.
struct PairedOutcomes: Equatable {
    var both = 0
    var firstOnly = 0
    var secondOnly = 0
    var neither = 0

    var total: Int { both + firstOnly + secondOnly + neither }
    var disagreements: Int { firstOnly + secondOnly }
    var firstHits: Int { both + firstOnly }
    var secondHits: Int { both + secondOnly }

    /// The table of `count` of the images, drawn without replacement.
    func drawn(_ count: Int, _ random: inout CounterRandom) -> PairedOutcomes {
        var (left, images) = (count, total)
        func take(_ marked: Int) -> Int {
            let taken = random.hypergeometric(marked: marked, total: images, drawn: left)
            (left, images) = (left - taken, images - marked)
            return taken
        }
        let (both, firstOnly, secondOnly) = (take(both), take(firstOnly), take(secondOnly))
        return PairedOutcomes(both: both, firstOnly: firstOnly, secondOnly: secondOnly, neither: left)
    }

    /// The table of every class of two models.
    ///
    /// - Throws: When the models' predictions are not about the same classes and images.
    static func tables(
        _ first: PredictionTable, _ second: PredictionTable
    ) throws(LongTailError) -> [PairedOutcomes] {
        guard first.classNames == second.classNames, first.targets == second.targets else {
            throw LongTailError(
                .data, "the two models were not evaluated on the same images, so they cannot be compared in pairs",
                remedy: "Evaluate both on the same split with the same class order.")
        }
        var tables = [PairedOutcomes](repeating: PairedOutcomes(), count: first.classNames.count)
        for (row, target) in first.targets.enumerated() {
            switch (first.predicted[row] == target, second.predicted[row] == target) {
            case (true, true): tables[Int(target)].both += 1
            case (true, false): tables[Int(target)].firstOnly += 1
            case (false, true): tables[Int(target)].secondOnly += 1
            case (false, false): tables[Int(target)].neither += 1
            }
        }
        return tables
    }
}
