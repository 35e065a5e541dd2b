import LongTailBasics

extension ClassReport {
    /// The figures in the order in which tables print them.
    ///
    /// - Parameters:
    ///   - groups: The group of each class in label order; nil where training counts are not known. A group without
    ///     tested classes is left out.
    ///   - seed: For the halves of `worstTen`, which is left out where no class has two test images.
    public func figures(groups: [ShotGroup]?, seed: UInt64) -> [Figure: Double] {
        var found: [Figure: Double] = [
            .accuracy: accuracy, .harmonicMean: harmonicMean, .geometricMean: geometricMean,
            .lowestRecall: lowestRecall, .zeroClasses: Double(zeroClasses),
        ]
        if let worst = WorstTen(totals: tested.map { totals[$0] }) {
            var random = CounterRandom(seed: seed, purpose: .halves)
            found[.worstTen] = worst.mean(of: tested.map { hits[$0] }, splits: WorstTen.splits, &random)
        }
        if let groups { for (group, mean) in groupMeans(groups) { found[.group(group)] = mean } }
        return found
    }
}
