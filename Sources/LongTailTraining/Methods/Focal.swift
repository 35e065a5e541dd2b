import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding

/// Focal loss: cross-entropy times (1 − p_y)^γ.
///
/// Lin et al. 2017, "Focal Loss for Dense Object Detection", in the soft-max form of LDAM-DRW's code.
public struct Focal: LossMethod {
    public static let name = "focal"
    public static let summary = "cross-entropy that counts hard images more"
    public static let page = MethodPage(
        "Focal Loss for Dense Object Detection", "Lin et al.", 2017, stages: "pre-train", recipe: "focal",
        idea: "Images that are already predicted well weigh little.",
        formula: "L = mean( (1 - p_y)^gamma (-log p_y) )",
        differences: [
            "gamma is 1 in LDAM-DRW's code on CIFAR, 2 in the paper on detection.",
            "BagofTricks-LT and class-balanced-loss have a sigmoid per class: form: sigmoid.",
        ])

    /// γ; LDAM-DRW's code has 1 on CIFAR, the paper 2.
    public var gamma = 1.0
    /// Soft-max or a sigmoid per class.
    public var form = FocalLoss.Form.softmax

    public init() {}

    public static var fields: [RecipeField<Focal>] {
        [
            RecipeField("gamma", \.gamma, in: 0...100, "power of 1 − p"),
            RecipeField("form", \.form, "where the probabilities come from"),
        ]
    }

    /// The focal loss.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        try FocalLoss(gamma: gamma, form: form)
    }
}

extension FocalLoss.Form: RecipeChoice {}
