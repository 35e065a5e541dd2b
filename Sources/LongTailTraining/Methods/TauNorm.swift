import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// τ-normalisation: class vectors divided by their length to the power τ; nothing is trained.
///
/// Kang et al. 2020, "Decoupling Representation and Classifier for Long-Tailed Recognition", equation 6.
public struct TauNorm: FittedMethod {
    public static let name = "tau-norm"
    public static let summary = "class vectors divided by a power of their length; nothing is trained"
    public static let page = MethodPage(
        "Decoupling Representation and Classifier for Long-Tailed Recognition", "Kang et al.", 2020,
        stages: "pre-train (ce), post-train", recipe: "tau-norm",
        idea: "Vectors of large classes grow longer in training; dividing by a power of the length takes that back.",
        formula: "w'_c = w_c / |w_c|^tau, no bias",
        differences: [
            "The code searches tau on validation images (0 to 2 in steps of 0.1): search: true, with data.validation."
        ])

    /// τ; about 0.7 in the paper, for ImageNet-LT.
    public var tau = 0.7
    /// Whether τ is searched on validation images, by the mean of recalls.
    public var search = false

    public init() {}

    public static var fields: [RecipeField<TauNorm>] {
        [
            RecipeField("tau", \.tau, in: 0...10, "the power of the length"),
            RecipeField("search", \.search, "whether tau is searched on the validation images: 0, 0.1, … 2"),
        ]
    }

    /// Normalises the class vectors.
    public func fit(_ network: Network, _ context: FitContext) throws(LongTailError) {
        let before = try network.stateDict()
        func apply(_ tau: Double) throws(LongTailError) {
            try network.changeLinear(for: "τ-normalisation") { (_, _) throws(LongTailError) in }
            try network.load(TauNormalization.apply(to: before, tau: tau))
        }
        guard search else { return try apply(tau) }
        let found = try TauNormalization.best { (tau) throws(LongTailError) in
            try apply(tau)
            return try context.validate(network, for: "the search for tau").arithmeticMean
        }
        guard let found else { return }
        try apply(found.tau)
        try context.note("tau-norm: tau \(found.tau), of 0 to 2 the best on the validation images")
    }
}
