import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// What losses say to parameters out of range, empty classes, one class and batches that do not fit.
@Suite struct LossInputTests {
    private let counts: ClassCounts
    private let logits: Tensor
    private let labels: Tensor

    init() throws {
        try Engine.setThreads(1)
        counts = try LossInputs.counts()
        logits = try LossInputs.logits.tensor(.float64)
        labels = try Tensor(LossInputs.distinct)
    }

    @Test("A parameter out of range is refused by name", arguments: [-1, -.infinity, .infinity, .nan] as [Double])
    func ranges(bad: Double) throws {
        let counts = counts
        let makers: [(String, () throws -> Void)] = [
            ("tau", { () throws in _ = try LogitAdjustedLoss(counts, tau: bad) }),
            ("tau", { () throws in _ = try PostHocAdjustment(counts, tau: bad) }),
            ("tau", { () throws in _ = try SADELoss(counts, tau: bad) }),
            ("floor", { () throws in _ = try LogitAdjustedLoss(counts, floor: bad) }),
            ("margin", { () throws in _ = try LDAMLoss(counts, margin: bad) }),
            ("scale", { () throws in _ = try LDAMLoss(counts, scale: bad) }),
            ("gamma", { () throws in _ = try FocalLoss(gamma: bad) }),
            ("power", { () throws in _ = try GeometricMeanLoss(counts, power: bad) }),
            ("beta", { () throws in _ = try counts.effectiveNumberWeights(beta: bad) }),
            ("temperature", { () throws in _ = try DistillationLoss(temperature: bad) }),
            ("temperature", { () throws in _ = try DiVELoss(counts, temperature: bad) }),
            ("alpha", { () throws in _ = try DiVELoss(counts, alpha: bad) }),
            ("power", { () throws in _ = try DiVELoss(counts, power: bad) }),
            ("alpha", { () throws in _ = try LADELoss(counts, alpha: bad) }),
            ("lambda", { () throws in _ = try LADELoss(counts, lambda: bad) }),
            ("weight", { () throws in _ = try CrossEntropyLoss(weights: [1, bad]) }),
            ("weight", { () throws in _ = try RoutingLoss(positiveWeight: bad) }),
            ("share", { () throws in _ = try BilateralShare(bad) }),
            ("kappa", { () throws in _ = try Remix(counts, kappa: bad) }),
            (
                "re-weighting",
                { () throws in
                    _ = try RIDELoss(counts, isDeferred: true, factor: -0.2, reweighting: bad)
                }
            ),
            (
                "alpha",
                { () throws in
                    _ = try ParametricContrastiveLoss(counts, weights: .init(alpha: bad), temperature: 0.1)
                }
            ),
            (
                "temperature",
                { () throws in
                    _ = try ParametricContrastiveLoss(counts, weights: .init(alpha: 1), temperature: bad)
                }
            ),
        ]
        for (index, (name, make)) in makers.enumerated() {
            let found = try #require(refusal(make), "\(name), number \(index)")
            #expect(found.kind == .usage && found.problem.contains(name), "\(found.problem)")
            #expect(found.problem.contains("found \(bad)"), "\(found.problem)")
        }
        #expect(refusal { () throws in _ = try counts.inverseFrequencyWeights(power: .nan) } != nil)
    }

    @Test("A temperature of zero is refused, a margin, a tau and a gamma of zero are cross-entropy")
    func zero() throws {
        let counts = counts
        #expect(refusal { () throws in _ = try DistillationLoss(temperature: 0) } != nil)
        #expect(refusal { () throws in _ = try DiVELoss(counts, temperature: 0) } != nil)
        let plain = try CrossEntropyLoss()(logits, labels).host()
        let ones = [Double](repeating: 1, count: 10)
        let same: [any Loss] = [
            try LDAMLoss(counts, margin: 0), try LogitAdjustedLoss(counts, tau: 0), try FocalLoss(gamma: 0),
            try CrossEntropyLoss(weights: ones),
            try BalancedSoftmaxLoss(LossInputs.counts([7] + ones.dropFirst().map { _ in 7 })),
            try CrossEntropyLoss(weights: DeferredReweighting(counts).weights(epoch: 159)),
        ]
        for loss in same { #expect(try relativeError(loss(logits, labels), plain) <= 1e-12) }
        // With an empty class, too: 0 · log 0 counts as 0.
        let adjusted = try LogitAdjustedLoss(LossInputs.counts([3, 0]), tau: 0)
        #expect(try adjusted(Tensor([1.0, 2], shape: [1, 2]), Tensor([1])).item().isFinite)
    }

    @Test("An empty class is refused where its weight would be infinite, and leaves the soft-max elsewhere")
    func emptyClass() throws {
        let counts = try LossInputs.counts([4, 0, 2])
        let refusals: [() throws -> Void] = [
            { () throws in _ = try LDAMLoss(counts) },
            { () throws in _ = try counts.effectiveNumberWeights(beta: 0.9) },
            { () throws in _ = try counts.inverseFrequencyWeights() },
            { () throws in _ = try RIDELoss(counts, isDeferred: false, factor: 0) },
            { () throws in _ = try Remix(counts) },
            { () throws in _ = try PostHocAdjustment(counts) },
        ]
        for make in refusals {
            let found = try #require(refusal(make))
            #expect(found.kind == .data && found.problem.contains("class 1 (\"class 1\") has no training image"))
        }
        let z = [[0.5, 9, -1], [1, 8, 0.25]]
        for loss in [try BalancedSoftmaxLoss(counts), try GeometricMeanLoss(counts), try LogitAdjustedLoss(counts)]
            as [any Loss]
        {
            let logits = try Tensor(z.flatMap { $0 }, shape: [2, 3])
            try logits.setRequiresGrad(true)
            let value = try loss(logits, Tensor([0, 2]))
            try value.backward()
            let without = try Tensor([0.5, -1, 1, 0.25], shape: [2, 2])
            let pair = try LossInputs.counts([4, 2])
            let same: any Loss = loss is GeometricMeanLoss ? try GeometricMeanLoss(pair) : try BalancedSoftmaxLoss(pair)
            #expect(try relativeError(value, same(without, Tensor([0, 1])).host()) <= 1e-12)
            let gradient: [Double] = try #require(try logits.grad()).array()
            #expect(gradient.allSatisfy(\.isFinite) && gradient[1] == 0 && gradient[4] == 0)
        }
        // Floors make the others finite.
        let logits = try Tensor(z.flatMap { $0 }, shape: [2, 3])
        #expect(try SADELoss(counts)([logits, logits, logits], Tensor([0, 2])).item().isFinite)
        #expect(try LADELoss(counts)(logits, Tensor([0, 2])).item().isFinite)
        let none = try LossInputs.counts([0, 0])
        for maker in [
            { () throws in _ = try BalancedSoftmaxLoss(none) },
            { () throws in _ = try LADELoss(none) }, { () throws in _ = try SADELoss(none) },
            { () throws in _ = try DiversityTerm.temperatures(none, reweighting: 0.1) },
        ] as [() throws -> Void] {
            #expect(refusal(maker)?.problem == "the classes have no training image at all")
        }
    }

    @Test("With one class every loss is zero, and smoothing is refused")
    func oneClass() throws {
        let counts = try LossInputs.counts([5])
        let (logits, labels) = (try Tensor([3.0, -2], shape: [2, 1]), try Tensor([0, 0]))
        let losses: [any Loss] = [
            CrossEntropyLoss(), try BalancedSoftmaxLoss(counts), try LDAMLoss(counts), try FocalLoss(),
            try GeometricMeanLoss(counts), try GeometricMeanLoss(nil, order: .beforeMean),
        ]
        for loss in losses { #expect(try abs(loss(logits, labels).item()) < 1e-12) }
        #expect(try SADELoss(counts)([logits, logits, logits], labels).item() == 0)
        #expect(try RIDELoss(counts, isDeferred: true, factor: -1)([logits, logits], labels).item() == 0)
        #expect(try counts.effectiveNumberWeights(beta: 0.99) == [1])
        var weights = ParametricContrastiveLoss.Weights(alpha: 0.1)
        weights.smoothing = 0.1
        let loss = try ParametricContrastiveLoss(counts, weights: weights, temperature: 1)
        let found = refusal { () throws in
            _ = try loss(centreLogits: logits, contrast: Tensor([1.0, 1], shape: [2, 1]), labels: labels)
        }
        #expect(found?.problem == "label smoothing needs a second class")
    }

    private func complaint(_ loss: some Loss, _ logits: Tensor, _ targets: Tensor) -> LongTailError? {
        do {
            _ = try loss(logits, targets)
            return nil
        } catch { return error }
    }

    @Test("Logits of another number of classes, and targets that do not fit, are refused")
    func shapes() throws {
        let counts = counts
        let losses: [any Loss] = [
            CrossEntropyLoss(), try CrossEntropyLoss(weights: [Double](repeating: 1, count: 10)),
            try BalancedSoftmaxLoss(counts), try LDAMLoss(counts), try FocalLoss(), try FocalLoss(form: .sigmoid),
            try GeometricMeanLoss(counts), try LADELoss(counts),
        ]
        let (logits, labels) = (logits, labels)
        let narrow = try Tensor([1.0, 2], shape: [2, 1])
        let flat = try logits.flatten(from: 0)
        let nothing = try Tensor([Double](), shape: [0, 10])
        let wrong: [(Tensor, Tensor)] = [
            (logits, try Tensor([0])), (logits, try labels.unsqueeze(1)), (flat, labels),
            (nothing, try Tensor([Int]())), (logits, try Tensor([0, 1, 2, 3, 4, 5, 6, 10])),
            (logits, try Tensor([0, 1, 2, 3, 4, 5, 6, -1])),
        ]
        for loss in losses {
            for (index, batch) in wrong.enumerated() {
                #expect(complaint(loss, batch.0, batch.1)?.kind == .engine, "\(type(of: loss)) \(index)")
            }
        }
        let pair = try Tensor([0, 0])
        for loss in losses[2...3] + losses[6...] {
            let found = complaint(loss, narrow, pair)
            #expect(found?.problem == "the loss is for 10 classes, the logits have the shape [2, 1]")
        }
        #expect(refusal { () throws in _ = try SADELoss(counts)([logits], labels) } != nil)
        #expect(
            refusal { () throws in
                _ = try RIDELoss(counts, isDeferred: false, factor: 0)([], labels)
            }?.problem == "there is no expert")
        #expect(refusal { () throws in _ = try SoftTargetCrossEntropy()(logits, labels) } != nil)
        #expect(
            refusal { () throws in _ = try DistillationLoss(temperature: 1)(logits, teacher: narrow) } != nil)
        #expect(refusal { () throws in _ = try SubsetDistillationLoss(classes: []) } != nil)
        #expect(
            refusal { () throws in
                _ = try SubsetDistillationLoss(classes: [11])(
                    logits, expert: Tensor([Double](repeating: 0, count: 8), shape: [8, 1]))
            } != nil)
    }

    @Test("Classes absent from the batch do not count in GML, and give LADE only their share of the mean")
    func absent() throws {
        let same = try Tensor([2, 2])
        let logits = try Tensor([0.0, 1, 2, 2, 1, 0], shape: [2, 3])
        let recall = (exp(2.0) / (1 + exp(1.0) + exp(2.0)) + 1 / (1 + exp(1.0) + exp(2.0))) / 2
        #expect(try abs(GeometricMeanLoss(nil)(logits, same).item() + log(recall)) < 1e-12)
        #expect(try LADELoss(LossInputs.counts([3, 2, 1]))(logits, same).item().isFinite)
    }

    @Test("A hopeless sample's recall is clamped at 1e-5 and gives no gradient")
    func clamped() throws {
        let logits = try Tensor([50.0, 0, 0, 1], shape: [2, 2])
        try logits.setRequiresGrad(true)
        let value = try GeometricMeanLoss(nil, order: .beforeMean)(logits, Tensor([1, 0]))
        try value.backward()
        #expect(try abs(value.item() - (log(1e5) + log(1 + exp(1.0))) / 2) < 1e-9)
        let gradient: [Double] = try #require(try logits.grad()).array()
        #expect(gradient[0] == 0 && gradient[1] == 0 && gradient[2] < 0)
    }

    @Test("Certain predictions give finite gradients in every power of focal loss and GML")
    func certain() throws {
        let losses: [any Loss] = [
            try FocalLoss(gamma: 0.5), try FocalLoss(gamma: 0.5, form: .sigmoid),
            try GeometricMeanLoss(nil, power: 0.5),
            try GeometricMeanLoss(nil, power: 3),
        ]
        for loss in losses {
            let logits = try Tensor([400, -400, -400, 400] as [Float], shape: [2, 2])
            try logits.setRequiresGrad(true)
            let value = try loss(logits, Tensor([0, 1]))
            try value.backward()
            let gradient: [Double] = try #require(try logits.grad()).array()
            #expect(try value.item() < 1e-3)
            #expect(gradient.allSatisfy { $0.isFinite && abs($0) < 1e-3 }, "\(type(of: loss)) \(gradient)")
        }
    }
}
