import LongTailBasics

/// What a test set with few images a class can show at best, said before anything is trained.
public struct TestSetOutlook: Sendable {
    /// Test images a class from which on nothing needs to be said.
    static let enough = 10
    /// The accuracy that is taken for granted, because none is known yet.
    static let accuracy = 0.7

    /// Test images of the class in the middle.
    let images: Int
    /// Where the harmonic mean of a model that recognises every class equally well would lie from one test set to the next.
    let harmonicMean: ConfidenceInterval
    /// Images of the class in the middle with which that is half as wide; nil where 16 times as many are not enough.
    let imagesToHalve: Int?

    /// nil where the class in the middle has ten test images or more.
    ///
    /// - Parameter totals: Test images per class; those without any are left out.
    public init?(totals: [Int]) {
        let tested = totals.filter { $0 > 0 }.sorted()
        guard !tested.isEmpty, tested[tested.count / 2] < Self.enough else { return nil }
        images = tested[tested.count / 2]
        // Of many classes few test sets tell: all scatter alike.
        let draws = max(100, min(1_000, 200_000 / tested.count))
        func interval(_ factor: Double) -> ConfidenceInterval {
            EvenClassifier(totals: tested.map { max(1, Int(factor * Double($0))) }, accuracy: Self.accuracy)
                .harmonicMeanInterval(seed: 0, draws: draws)
        }
        harmonicMean = interval(1)
        let half = (harmonicMean.upper - harmonicMean.lower) / 2
        // More images can widen it first, where H leaves the floor; so from the largest down.
        var halving: Int?
        var wanted = 16 * images
        while wanted > images {
            let found = interval(Double(wanted) / Double(images))
            guard found.upper - found.lower <= half else { break }
            halving = wanted
            wanted = wanted * 4 / 5
        }
        imagesToHalve = halving
    }

    /// The same from the class of every test image.
    public init?(labels: [Int]) {
        self.init(totals: Array(labels.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }.values))
    }

    /// A sentence or two.
    public var text: String {
        let ends = [harmonicMean.lower, harmonicMean.upper].map { ($0 * 1000).rounded() / 10 }
        let subject =
            images == 1
            ? "1 test image a class (the median) shows" : "\(images) test images a class (the median) show"
        return
            "\(subject) little of the worst classes: at 70 % accuracy even a model that recognises all classes equally "
            + "well prints an H-mean from \(ends[0]) to \(ends[1]) % by chance"
            + (imagesToHalve.map { "; about \($0) images a class would halve that" } ?? "")
    }
}
