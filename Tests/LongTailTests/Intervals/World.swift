import LongTail

/// A made-up world: classes with true recalls, from which test sets are drawn.
struct World: Sendable {
    /// What the page calls it.
    let name: String
    /// What its recalls are, in a few words.
    let recalls: String
    /// Test images of each class.
    let totals: [Int]
    /// Whether some classes are all but dead, by design.
    let hasDeadTail: Bool
    /// Draws every class's true recall, from many to few training images.
    let truth: @Sendable (inout CounterRandom) -> [Double]

    init(
        _ name: String, _ recalls: String, totals: [Int], hasDeadTail: Bool = false,
        truth: @escaping @Sendable (inout CounterRandom) -> [Double]
    ) {
        (self.name, self.recalls, self.totals, self.hasDeadTail, self.truth) = (
            name, recalls, totals, hasDeadTail, truth
        )
    }

    /// Recalls that fall from `high` to `low` on average, each Beta(s·mean, s·(1 − mean)).
    init(_ name: String, totals: [Int], from high: Double, to low: Double, concentration s: Double) {
        let last = Double(max(1, totals.count - 1))
        self.init(name, "from \(high) to \(low) on average, beta with a + b = \(s)", totals: totals) { random in
            totals.indices.map {
                let mean = high + (low - high) * Double($0) / last
                return random.beta(s * mean, s * (1 - mean))
            }
        }
    }

    /// A third of the classes has many training images, a third few.
    var groups: [ShotGroup] { totals.indices.map { ShotGroup.allCases[min(2, 3 * $0 / totals.count)] } }
    var classNames: [String] { totals.indices.map { "c\($0)" } }
    /// The fewest test images of a class.
    var fewest: Int { totals.min() ?? 0 }

    /// Hits of a test set.
    func hits(_ recalls: [Double], _ random: inout CounterRandom) -> [Int] {
        zip(totals, recalls).map { random.binomial($0, $1) }
    }

    func report(_ hits: [Int]) throws -> ClassReport {
        try ClassReport(
            classNames: classNames, hits: hits, totals: totals, calibrationError: 0, classwiseCalibrationError: 0)
    }

    private static func even(_ classes: Int, _ images: Int) -> [Int] { Array(repeating: images, count: classes) }

    /// The worlds of the suite: those of the page with few classes, and the large ones made smaller in their shape.
    static let suite: [World] =
        small.filter { $0.totals.count <= 20 } + [
            World("CIFAR-100-LT, a tenth: 10 × 100", totals: even(10, 100), from: 0.8, to: 0.2, concentration: 10),
            World("Places-LT, a few: 15 × 100", totals: even(15, 100), from: 0.5, to: 0.25, concentration: 6),
            World("ImageNet-LT, a few: 20 × 50", totals: even(20, 50), from: 0.75, to: 0.3, concentration: 5),
            World("iNaturalist 2018, a few: 100 × 3", totals: even(100, 3), from: 0.75, to: 0.6, concentration: 2.5),
            World(
                "dead tail: 30 × 20", "21 classes Beta(6, 4), 9 Beta(0.3, 30)", totals: even(30, 20), hasDeadTail: true
            ) {
                random in (0..<30).map { $0 < 21 ? random.beta(6, 4) : random.beta(0.3, 30) }
            },
            World("two points: 30 × 20", "0.15 for 40 % of the classes, else 0.85", totals: even(30, 20)) { random in
                (0..<30).map { _ in random.uniform() < 0.4 ? 0.15 : 0.85 }
            },
            World("all perfect: 20 × 20", "1", totals: even(20, 20)) { _ in Array(repeating: 1, count: 20) },
        ]

    /// All worlds of the page.
    static let all: [World] =
        small + [
            World("Places-LT: 365 × 100", totals: even(365, 100), from: 0.5, to: 0.25, concentration: 6),
            World("ImageNet-LT: 1,000 × 50", totals: even(1000, 50), from: 0.75, to: 0.3, concentration: 5),
            World("iNaturalist 2018: 8,142 × 3", totals: even(8142, 3), from: 0.75, to: 0.6, concentration: 2.5),
        ]

    static let small: [World] = [
        World("CIFAR-100-LT: 100 × 100", totals: even(100, 100), from: 0.8, to: 0.2, concentration: 10),
        World("5 × 3", totals: even(5, 3), from: 0.8, to: 0.4, concentration: 6),
        World("10 × 5", totals: even(10, 5), from: 0.8, to: 0.3, concentration: 6),
        World("20 × 10", totals: even(20, 10), from: 0.9, to: 0.3, concentration: 8),
        World("20 × 20", totals: even(20, 20), from: 0.9, to: 0.3, concentration: 8),
        World("10 × 30", totals: even(10, 30), from: 0.9, to: 0.3, concentration: 8),
        World("30 × 300 to 5", totals: uneven, from: 0.9, to: 0.2, concentration: 8),
        World(
            "dead tail: 100 × 100", "70 classes Beta(6, 4), 30 Beta(0.3, 30)", totals: even(100, 100), hasDeadTail: true
        ) {
            random in (0..<100).map { $0 < 70 ? random.beta(6, 4) : random.beta(0.3, 30) }
        },
        World(
            "dead tail: 100 × 20", "70 classes Beta(6, 4), 30 Beta(0.3, 30)", totals: even(100, 20), hasDeadTail: true
        ) {
            random in (0..<100).map { $0 < 70 ? random.beta(6, 4) : random.beta(0.3, 30) }
        },
        World("all perfect: 50 × 20", "1", totals: even(50, 20)) { _ in Array(repeating: 1, count: 50) },
        World("two points: 100 × 20", "0.15 for 40 % of the classes, else 0.85", totals: even(100, 20)) { random in
            (0..<100).map { _ in random.uniform() < 0.4 ? 0.15 : 0.85 }
        },
        World("all equal: 100 × 20", "0.6", totals: even(100, 20)) { _ in Array(repeating: 0.6, count: 100) },
        World("nearly perfect: 50 × 50", "Beta(58.2, 1.8)", totals: even(50, 50)) { random in
            (0..<50).map { _ in random.beta(58.2, 1.8) }
        },
    ]

    /// 300 test images of the first class, 5 of the last, the same ratio from each to the next.
    private static let uneven = [
        300, 260, 226, 197, 171, 148, 129, 112, 97, 84, 73, 64, 55, 48, 42, 36, 31, 27, 24, 21, 18, 15, 13, 12, 10, 9,
        8,
        7, 6, 5,
    ]
}
