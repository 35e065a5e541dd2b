/// How the members of a BTM stage become one model (the paper's Table 6).
public enum MergeStrategy: String, Sendable, Codable, CaseIterable {
    /// Every member counts the same (the paper's choice).
    case average
    /// Members count in proportion to the harmonic mean of their recalls, each on its own balanced subset.
    case adaptiveHarmonic = "adaptive-h"
    /// As `adaptiveHarmonic`, by the geometric mean.
    case adaptiveGeometric = "adaptive-g"
    /// Greedy soup: a member is taken in if the harmonic mean on the union of the subsets improves.
    case soupHarmonic = "soup-h"
    /// As `soupHarmonic`, by the geometric mean.
    case soupGeometric = "soup-g"

    /// Whether each member is measured once and weighed by what it reached.
    public var isAdaptive: Bool { self == .adaptiveHarmonic || self == .adaptiveGeometric }
    /// Whether members are tried one after the other and may be turned away.
    public var isSoup: Bool { self == .soupHarmonic || self == .soupGeometric }
}

/// What merging does with integer tensors, whose mean need not be an integer.
public enum IntegerRule: String, Sendable, Codable, CaseIterable {
    /// The first member's.
    case first
    /// The largest, element by element: the default, because the integers of networks count steps, and the merged
    /// model has seen no fewer than any member. (`num_batches_tracked` has no effect at a fixed momentum.)
    case max
    /// The sum.
    case sum
    /// The weighted mean, computed in double, rounded to the nearest integer (halves to even).
    case roundedMean = "rounded-mean"
}

/// What merging does with batch normalisation's `running_mean`, `running_var` and `num_batches_tracked`.
public enum BufferPolicy: String, Sendable, Codable, CaseIterable {
    /// They are averaged like weights, without estimating them anew (the paper's code).
    case average
    /// The first member's are kept.
    case first

    /// Whether a name is one of a running statistic.
    static func covers(_ name: String) -> Bool {
        let last = name.split(separator: ".").last ?? ""
        return ["running_mean", "running_var", "num_batches_tracked"].contains(last)
    }
}
