import Foundation
import LongTailRecipeCoding
import LongTailTorch

/// The learning rate over a stage.
public struct RateRecipe: RecipePart {
    /// How the rate falls.
    public enum Schedule: String, RecipeChoice {
        /// It does not.
        case constant
        /// base/2 · (1 + cos(π·e/E)) in epoch e of E, from 0.
        case cosine
        /// base/2 · (1 + cos(π·(e−w+1)/(E−w+1))) after w epochs of warm-up (PaCo's on large sets).
        case cosineAfterWarmup = "cosine-after-warmup"
        /// Times `factor` from each milestone on.
        case steps
    }

    /// What the schedule counts.
    public enum Unit: String, RecipeChoice {
        /// Epochs: the rate is one number throughout an epoch.
        case epoch
        /// Steps: warm-up and fall go on with every step, as with timm's `--sched-on-updates`.
        case step
    }

    /// The rate before any schedule.
    public var base = 0.1
    /// How the rate falls.
    public var schedule = Schedule.cosine
    /// Whether it changes with every epoch or with every step.
    public var unit = Unit.epoch
    /// Epochs of warm-up: in epoch e, from 0, the rate is base · (e+1)/warmup.
    public var warmup = 0
    /// What the warm-up begins with, as a share of the base: in epoch e the rate is base · (from + (to − from) · e/warmup).
    public var warmupFrom: Double?
    /// What the warm-up's line leads to in the first epoch after it, as a share of the base; 1 when it has a beginning.
    public var warmupTo: Double?
    /// Steps: the epochs, from 0, at which the rate falls.
    public var milestones: [Int] = []
    /// Steps: what the rate is multiplied with.
    public var factor = 0.1

    public init() {}

    /// A rate with a schedule.
    public init(
        _ base: Double, _ schedule: Schedule, warmup: Int = 0, milestones: [Int] = [], factor: Double = 0.1
    ) {
        (self.base, self.schedule, self.warmup) = (base, schedule, warmup)
        (self.milestones, self.factor) = (milestones, factor)
    }

    /// The same schedule over another number of epochs: warm-up and milestones keep their share of the stage, rounded
    /// down; milestones stay from epoch 1 on, and those that become one are one.
    ///
    /// - Parameters:
    ///   - length: The epochs that this schedule is meant for.
    ///   - epochs: The epochs that it is to be used for.
    package func scaled(from length: Int, to epochs: Int) -> RateRecipe {
        var rate = self
        rate.warmup = warmup * epochs / length
        rate.milestones = milestones.reduce(into: []) { scaled, milestone in
            let epoch = max(1, milestone * epochs / length)
            if scaled.last != epoch { scaled.append(epoch) }
        }
        return rate
    }

    /// The schedule in words, as in "0.1, warm-up 5, times 0.1 at 160, 180".
    package var summary: String {
        let start = String(format: "%g", base) + (warmup > 0 ? ", warm-up \(warmup)" : "")
        switch schedule {
        case .constant: return "\(start), constant"
        case .cosine: return "\(start), cosine"
        case .cosineAfterWarmup: return "\(start), cosine after the warm-up"
        case .steps:
            let falls = milestones.map(String.init).joined(separator: ", ")
            return "\(start), times \(String(format: "%g", factor)) at \(falls)"
        }
    }

    public static var fields: [RecipeField<RateRecipe>] {
        [
            RecipeField("base", \.base, in: 1e-12...1e3, "the rate before any schedule"),
            RecipeField("schedule", \.schedule, "how the rate falls"),
            RecipeField("unit", \.unit, "whether the rate changes with every epoch or with every step"),
            RecipeField("warmup", \.warmup, in: 0...100_000, "epochs in which the rate rises from base/warmup to base"),
            RecipeField(
                "warmup-from", \.warmupFrom, in: 0...1,
                "the first epoch's share of base; null: one of the warm-up's epochs"),
            RecipeField(
                "warmup-to", \.warmupTo, in: 0...10, "the share of base to which the warm-up's line leads; null: 1"),
            RecipeField(
                "milestones", \.milestones, "steps: the epochs, from 0, at which the rate is multiplied with factor"),
            RecipeField("factor", \.factor, in: 1e-6...1, "steps: what the rate is multiplied with at a milestone"),
        ]
    }

    /// Milestones rise, and steps need some.
    public func conflicts() -> [RecipeConflict] {
        if schedule == .steps, milestones.isEmpty {
            return [RecipeConflict("milestones", "must name an epoch when the schedule is steps")]
        }
        if let first = milestones.first, first < 1 {
            return [RecipeConflict("milestones", "must be epochs from 1 on, found \(first)")]
        }
        if let late = milestones.first(where: { $0 > 100_000 }) {
            return [RecipeConflict("milestones", "must be epochs up to 100000, found \(late)")]
        }
        if warmup == 0, warmupFrom != nil || warmupTo != nil {
            let key = warmupFrom != nil ? "warmup-from" : "warmup-to"
            return [
                RecipeConflict(key, "needs a warm-up", remedy: "Set warmup to a number of epochs, or leave \(key) out.")
            ]
        }
        let rises = zip(milestones, milestones.dropFirst()).allSatisfy { $0 < $1 }
        return rises
            ? []
            : [
                RecipeConflict(
                    "milestones", "must rise from entry to entry, found \(RecipeText.inline(milestones.encode()))")
            ]
    }
}

extension RateRecipe {
    /// The rate of every epoch of a stage, or of every step.
    ///
    /// - Parameters:
    ///   - epochs: Of the stage.
    ///   - steps: Of an epoch.
    func schedule(epochs: Int, steps: Int) -> LongTailTorch.Schedule {
        let scale = unit == .step ? steps : 1
        let main: LongTailTorch.Schedule =
            switch schedule {
            case .constant: .constant(base)
            case .cosine: .cosine(base, epochs: epochs * scale)
            case .cosineAfterWarmup: .cosine(base, epochs: epochs * scale, after: warmup * scale)
            case .steps: .steps(base, milestones: milestones.map { $0 * scale }, factor: factor)
            }
        return main.warmedUp(base, epochs: warmup * scale, from: warmupFrom, to: warmupTo)
    }
}
