import LongTailBasics

/// Goes through a list of steps with a probability.
///
/// torchvision's `RandomApply`.
public struct RandomApply: TransformStep {
    public static let name = "random-apply"
    public var probability = 0.5
    public var steps: [any TransformStep] = []

    /// Nothing, half of the time.
    public init() {}

    /// Some steps, with a probability.
    public init(_ probability: Double, _ steps: [any TransformStep]) {
        (self.probability, self.steps) = (probability, steps)
    }

    /// The sides with and without the steps, which must be the same.
    public func size(after size: ImageSize?) throws(LongTailError) -> ImageSize? {
        var inside = size
        for step in steps { inside = try step.passedSize(after: inside) }
        guard inside == size else {
            throw LongTailError(.usage, "its steps change the picture's size, which would then depend on chance")
        }
        return size
    }

    /// Draws whether, then goes through the steps.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        guard random.uniform() < probability else { return }
        for step in steps { try step.passedApply(to: &canvas, random: &random) }
    }

    /// Same probability, same steps.
    public static func == (a: RandomApply, b: RandomApply) -> Bool {
        a.probability == b.probability && a.steps.count == b.steps.count
            && zip(a.steps, b.steps).allSatisfy { $0.isSame(as: $1) }
    }
}
