import LongTailBasics
import LongTailImbalance

/// The finished report of a run: facts, before/after table, figure 3, worst classes and every class.
public struct RunReport: Sendable {
    /// What stands at the top.
    public let title: String
    /// The command that made it, as typed.
    public let command: String
    /// The recipe as resolved, as text; may be empty.
    public let recipe: String
    /// Rows of the table of facts: machine, seed, time, hashes.
    public let facts: [(name: String, value: String)]
    /// The models, in the order of the stages; the first is "before", the last "after".
    public let models: [ComparedModel]
    /// The training set.
    public let counts: ClassCounts
    /// How classes are grouped.
    public let rule: ShotGroupRule
    /// Over how many of the worst classes a mean is given.
    public let worst: Int
    /// Stamps that must not be overlooked ("chosen by test data").
    public let notes: [String]
    /// The before/after table; its resampling takes a while and is done once.
    public let comparison: ReportTable
    /// The per-class recall plot as an SVG document.
    public let figure: String
    /// Further figures below the first, each a name and an SVG document.
    public let figures: [(name: String, svg: String)]
    /// For the bootstrap.
    public let seed: UInt64

    /// A report from its parts.
    public init(
        title: String, command: String = "", recipe: String = "", facts: [(name: String, value: String)] = [],
        models: [ComparedModel], counts: ClassCounts, rule: ShotGroupRule = .threshold, worst: Int = 10,
        notes: [String] = [],
        figures: [(name: String, svg: String)] = [], seed: UInt64
    ) throws(LongTailError) {
        self.title = title
        self.command = command
        self.recipe = recipe
        self.facts = facts
        self.models = models
        self.counts = counts
        self.rule = rule
        self.worst = worst
        self.notes = notes
        self.figures = figures
        self.seed = seed
        comparison = try .comparison(models, counts: counts, rule: rule, worst: worst, seed: seed)
        figure = try RecallFigure(models, counts: counts, rule: rule).svg()
    }

    func worstClasses() throws(LongTailError) -> ReportTable {
        try .worstClasses(models, counts: counts, rule: rule)
    }

    /// What the last model takes for what, where its predictions are known.
    func worstConfusions() -> ReportTable? {
        models.last?.predictions.map { .worstConfusions(Confusions($0), names: counts.names) }
    }

    var confusionsHeading: String { "What \(models.last?.name ?? "") takes for what: the worst confusions" }

    /// Every class with its training images, test images and recalls.
    public func allClasses() throws(LongTailError) -> ReportTable { try .perClass(models, counts: counts, rule: rule) }

    /// One sentence on the training set.
    var trainingSet: String {
        let ratio = percent(counts.imbalance / 100, decimals: counts.imbalance == counts.imbalance.rounded() ? 0 : 1)
        let empty = counts.counts.count { $0 == 0 }
        return
            "\(counts.total) images; classes: \(counts.classCount), of \(counts.maximum) to \(counts.minimum) images "
            + "(imbalance \(ratio))" + (empty > 0 ? "; empty: \(empty)" : "")
    }

    var worstHeading: String { "Worst classes of \(models.last?.name ?? "")" }
}
