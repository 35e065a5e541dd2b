/// A figure that sums up the recalls of many classes.
public enum Figure: Hashable, Sendable {
    /// Top-1 accuracy.
    case accuracy
    /// H, recalls floored at `ClassReport.recallFloor`.
    case harmonicMean
    /// G, recalls floored at `ClassReport.recallFloor`.
    case geometricMean
    /// The lowest recall, L.
    case lowestRecall
    /// How many classes have no hit.
    case zeroClasses
    /// The ten worst classes, chosen on one half of the images and measured on the other (`WorstTen`).
    case worstTen
    /// The mean recall of a group's classes.
    case group(ShotGroup)

    /// What files call it.
    public var name: String {
        switch self {
        case .accuracy: "accuracy"
        case .harmonicMean: "h-mean"
        case .geometricMean: "g-mean"
        case .lowestRecall: "lowest-recall"
        case .zeroClasses: "zero-classes"
        case .worstTen: "ten-worst"
        case .group(let group): group.rawValue
        }
    }

    /// Whether the true recalls' figure is asked for: of the lowest of many it cannot be told (docs/metrics.md), and no class's
    /// true recall is exactly 0.
    var hasPopulation: Bool { self != .lowestRecall && self != .zeroClasses }
}
