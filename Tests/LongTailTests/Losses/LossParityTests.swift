import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Every loss against scripts/fixtures/losses.py, which writes each formula out sample by sample in float64.
@Suite struct LossParityTests {
    private let fixture: StateDict

    init() throws {
        try Engine.setThreads(1)
        fixture = try parityFixture("LongTailTests/Fixtures/losses")
    }

    @Test(
        "Value and gradient of every loss are PyTorch's",
        arguments: LossCase.all, [(DType.float64, 1e-10), (.float32, 1e-5)])
    func parity(item: LossCase, precision: (dtype: DType, tolerance: Double)) throws {
        var inputs: [Tensor] = []
        for input in item.inputs {
            inputs.append(try input.tensor(precision.dtype).detach())
            try inputs.last?.setRequiresGrad(true)
        }
        let value = try item.loss(inputs)
        #expect(value.dtype == precision.dtype && value.shape.isEmpty)
        try value.backward()
        #expect(try relativeError(value.to(.float64), fixture["\(item.name)/value"]) <= precision.tolerance)
        for (index, input) in inputs.enumerated() {
            let expected = try #require(fixture["\(item.name)/gradient/\(index)"])
            guard !item.constant.contains(index) else {
                #expect(try input.grad() == nil && expected.doubles.allSatisfy { $0 == 0 })
                continue
            }
            let gradient = try #require(try input.grad())
            #expect(try relativeError(gradient.to(.float64), expected) <= precision.tolerance, "input \(index)")
        }
    }

    @Test("The gradient of every loss is its slope", arguments: LossCase.all)
    func slope(item: LossCase) throws {
        // RIDE detaches the experts' mean, so that its gradient is not the slope of its value; parity covers it.
        if item.name.hasPrefix("ride") { return }
        for index in item.inputs.indices where !item.constant.contains(index) {
            var inputs: [Tensor] = []
            for input in item.inputs { inputs.append(try input.tensor(.float64)) }
            let error = try gradientError(at: item.inputs[index].host) { (moved) throws(LongTailError) in
                inputs[index] = moved
                return try item.loss(inputs)
            }
            #expect(error < 1e-6, "input \(index)")
        }
    }

    @Test("RIDE's gradient is the slope for a mean that stands still")
    func diversitySlope() throws {
        let term = try DiversityTerm(temperatures: (0..<10).map { 0.6 + 0.04 * Double($0) })
        let mean = try LossInputs.teacher.tensor(.float64)
        let error = try gradientError(at: LossInputs.logits.host) { (logits) throws(LongTailError) in
            try term(logits, mean: mean)
        }
        #expect(error < 1e-6)
        let moving = try LossInputs.teacher.tensor(.float64).detach()
        try moving.setRequiresGrad(true)
        let expert = try LossInputs.logits.tensor(.float64).detach()
        try expert.setRequiresGrad(true)
        try term(expert, mean: moving).backward()
        #expect(try moving.grad() == nil && expert.grad() != nil)
    }

    @Test("Figures per class are those of their formulas")
    func figures() throws {
        let counts = try LossInputs.counts()
        func check(_ name: String, _ found: [Double], _ tolerance: Double = 1e-12) throws {
            let expected = try #require(fixture["figures/\(name)"])
            #expect(
                relativeError(HostTensor(found, shape: expected.shape, dtype: .float64), expected) <= tolerance,
                "\(name)")
        }
        // The sum of powers and the quotient round differently.
        try check("effective-0.9999", counts.effectiveNumberWeights(beta: 0.9999), 1e-11)
        try check("margins", LDAMLoss.margins(counts))
        let experts = try LossInputs.experts(0, like: .float64)
        let wanted = try ExpertRouting.targets(experts, Tensor([1, 0, 4, 2, 9, 6, 3, 5]))
        try check("routing-targets", wanted.array())
        let remix = try Remix(counts)
        try check("remix", remix.targets(LossInputs.repeated, LossInputs.other, lambda: 0.3).array())
        try check("remix-0.8", remix.targets(LossInputs.repeated, LossInputs.other, lambda: 0.8).array())
        let teacher = try LossInputs.teacher.tensor(.float64)
        try check("virtual-examples", DiVELoss(counts).virtualExamples(teacher).array())
        let weight = LossCase.Input(k: 38, shape: [6, 4]).host
        for tau in [0.7, 2.0] { try check("tau-\(tau)", TauNormalization.normalized(weight, tau: tau).doubles) }
    }
}
