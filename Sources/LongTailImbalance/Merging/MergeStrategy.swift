import LongTailBasics
import LongTailSerialization

/// How the members of a BTM stage become one model (the paper's Table 6), or a rule of a program's own.
public struct MergeStrategy: Sendable, Hashable, RawRepresentable, CaseIterable, CustomStringConvertible {
    public let rawValue: String
    private let rule: (@Sendable () -> any MergeRule)?

    private init(_ name: String) { (rawValue, rule) = (name, nil) }

    /// A strategy of a program's own; `rule` makes an empty merge.
    public init(_ name: String, rule: @escaping @Sendable () -> any MergeRule) {
        (rawValue, self.rule) = (name, rule)
    }

    /// One of the house's.
    public init?(rawValue: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    /// Every member counts the same (the paper's choice).
    public static let average = MergeStrategy("average")
    /// Members count in proportion to the harmonic mean of their recalls, each on its own balanced subset.
    public static let adaptiveHarmonic = MergeStrategy("adaptive-h")
    /// As `adaptiveHarmonic`, by the geometric mean.
    public static let adaptiveGeometric = MergeStrategy("adaptive-g")
    /// Greedy soup: a member is taken in if the harmonic mean on the union of the subsets improves.
    public static let soupHarmonic = MergeStrategy("soup-h")
    /// As `soupHarmonic`, by the geometric mean.
    public static let soupGeometric = MergeStrategy("soup-g")

    /// The house's.
    public static let allCases = [average, adaptiveHarmonic, adaptiveGeometric, soupHarmonic, soupGeometric]

    /// Whether each member is measured once and weighed by what it reached.
    public var isAdaptive: Bool { self == .adaptiveHarmonic || self == .adaptiveGeometric }
    /// Whether members are tried one after the other and may be turned away.
    public var isSoup: Bool { self == .soupHarmonic || self == .soupGeometric }

    /// An empty merge of a program's own; nil for the house's.
    package func makeRule() -> (any MergeRule)? { rule?() }

    public var description: String { rawValue }

    public static func == (a: MergeStrategy, b: MergeStrategy) -> Bool { a.rawValue == b.rawValue }

    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// A way of a program's own to make one model of members that come one after the other.
///
/// Everything that it holds between members goes through `snapshot` and `restore`, so that a killed run goes on.
public protocol MergeRule: Sendable {
    /// Takes in a member.
    ///
    /// - Parameters:
    ///   - weights: Its state dict; names, shapes and types are those of all members.
    ///   - member: Its number, from 0.
    ///   - measure: The harmonic mean of recalls of any weights on the member's own balanced subset.
    mutating func add(_ weights: StateDict, member: Int, measure: (StateDict) throws -> Double) throws
    /// The merged weights.
    func merged() throws -> StateDict
    /// What a resumed merge goes on with.
    var snapshot: StateDict { get }
    /// Takes up a snapshot.
    mutating func restore(_ snapshot: StateDict) throws
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
