import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// Nearest class mean: the score of a class is minus the squared distance of its mean feature.
///
/// Kang et al. 2020, section 4.2. Three variants as in the official code, the last one its default.
public struct NearestClassMean {
    /// What is done to a feature before means and distances.
    public enum Variant: String, Sendable, CaseIterable {
        case plain
        /// Unit length.
        case normalized
        /// The mean over all training images taken off, then unit length.
        case centredAndNormalized
    }

    private let transform: FeatureTransform
    /// What is taken off a feature, D in float64; nil unless the variant centres.
    public var centre: Tensor? { transform.centre }
    /// K×D in float64; a class without images has zeros and never wins.
    public let means: Tensor
    private let penalty: Tensor

    init(_ transform: FeatureTransform, means: Tensor, penalty: Tensor) {
        (self.transform, self.means, self.penalty) = (transform, means, penalty)
    }

    /// N×K scores in float64 for N×D features; −∞ for a class without images.
    public func callAsFunction(_ features: Tensor) throws(LongTailError) -> Tensor {
        try withoutGradients { () throws(LongTailError) in
            let rows = try transform(features)
            // −‖f − m‖² = 2 f·m − ‖f‖² − ‖m‖²
            let products = try rows.matmul(means.transpose(0, 1)).mul(2)
            let lengths = try rows.mul(rows).sum([1], keep: true)
            return try products.sub(lengths).sub(means.mul(means).sum([1])).sub(penalty)
        }
    }
}

/// What is done to features before they are averaged and compared.
struct FeatureTransform {
    let variant: NearestClassMean.Variant
    /// D in float64.
    let centre: Tensor?

    func callAsFunction(_ features: Tensor) throws(LongTailError) -> Tensor {
        guard features.rank == 2 else {
            throw LongTailError(.engine, "nearest class means need features of the shape N×D, found \(features.shape)")
        }
        let rows = try features.detach().to(.float64)
        guard variant != .plain else { return rows }
        return try (centre.map { (centre) throws(LongTailError) in try rows.sub(centre) } ?? rows).normalize(1)
    }
}

/// Running sums per class in float64, filled batch by batch, so that no more than a batch of features is held.
public struct ClassMeans {
    private let sums: Tensor
    private var counts: [Int]

    /// Nothing seen yet.
    ///
    /// - Throws: When there is no class or no dimension.
    public init(classes: Int, dimension: Int) throws(LongTailError) {
        guard classes > 0, dimension > 0 else {
            throw LongTailError(.usage, "class means need classes and a dimension, found \(classes) and \(dimension)")
        }
        sums = try .zeros([classes, dimension], dtype: .float64)
        counts = [Int](repeating: 0, count: classes)
    }

    /// Takes in N×D features of N labels.
    public mutating func add(_ features: Tensor, _ labels: [Int]) throws(LongTailError) {
        guard features.shape == [labels.count, sums.size(1)], labels.allSatisfy(counts.indices.contains) else {
            throw LongTailError(
                .engine,
                "features of the shape \(features.shape) with \(labels.count) labels do not fit means of the shape"
                    + " \(sums.shape)")
        }
        let rows = try features.detach().to(.float64).to(device: sums.device)
        try withoutGradients { () throws(LongTailError) in _ = try sums.indexAdd_(0, Tensor(labels), rows) }
        for label in labels { counts[label] += 1 }
    }

    /// The mean of all images, D in float64.
    public func overall() throws(LongTailError) -> Tensor {
        let total = counts.reduce(0, +)
        guard total > 0 else { throw LongTailError(.data, "there is no feature to average") }
        return try sums.sum([0]).div(Double(total))
    }

    /// K×D in float64; zeros for a class without images.
    public func means() throws(LongTailError) -> Tensor {
        try sums.div(Tensor(counts.map { Double(max(1, $0)) }, shape: [counts.count, 1]))
    }

    /// Which classes have images.
    var isPresent: [Bool] { counts.map { $0 > 0 } }
}

extension NearestClassMean {
    /// Means from two passes over features (one, unless the variant centres).
    ///
    /// - Parameters:
    ///   - variant: What is done to features.
    ///   - classes: K.
    ///   - dimension: D.
    ///   - pass: Hands every batch of training features (N×D) and labels to its argument, the same in every pass.
    public init(
        _ variant: Variant = .centredAndNormalized, classes: Int, dimension: Int,
        pass: (_ take: (Tensor, [Int]) throws(LongTailError) -> Void) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        var centre: Tensor?
        if variant == .centredAndNormalized {
            var all = try ClassMeans(classes: classes, dimension: dimension)
            try pass { (features, labels) throws(LongTailError) in try all.add(features, labels) }
            centre = try all.overall()
        }
        let transform = FeatureTransform(variant: variant, centre: centre)
        var sums = try ClassMeans(classes: classes, dimension: dimension)
        try pass { (features, labels) throws(LongTailError) in try sums.add(transform(features), labels) }
        let penalty = try Tensor(sums.isPresent.map { $0 ? 0 : Double.infinity })
        self.init(transform, means: try sums.means(), penalty: penalty)
    }
}
