import LongTailRecipeCoding

/// Plain cross-entropy: the mean over the batch of -z_y + log Σ exp z_c; with mixup, its mixture of two targets.
public struct CrossEntropy: LossMethod {
    public static let name = "ce"
    public static let summary = "plain cross-entropy"
    public static let page = MethodPage(
        "mixup: Beyond Empirical Risk Minimization", "Zhang et al.", 2018, stages: "pre-train", recipe: "ce",
        idea: """
            The lower baseline of every table, and the first stage of most systems; with `mixup` above 0 the baseline of
            that name. `sampler` makes the other baselines of Kang et al. 2020 of it: square-root, balanced, progressive.
            """,
        formula: "L = mean( -z_y + log sum_c exp z_c );  mixup: x = l x_i + (1 - l) x_j, L = l L_i + (1 - l) L_j",
        differences: ["LDAM-DRW's code lets the rate fall a hundred-fold at its milestones, MiSLAS's ten-fold."])

    public init() {}

    public static var fields: [RecipeField<CrossEntropy>] { [] }
}
