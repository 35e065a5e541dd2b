import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Hand calculations of weights, schedules and rules.
@Suite struct LossFigureTests {
    @Test("Weights by the effective number go from ones to the inverse frequency")
    func effectiveNumber() throws {
        let counts = try LossInputs.counts([100, 10, 1])
        #expect(try counts.effectiveNumberWeights(beta: 0) == [1, 1, 1])
        let inverse = [0.01, 0.1, 1].map { 3 * $0 / 1.11 }
        for (found, expected) in zip(try counts.effectiveNumberWeights(beta: 1), inverse) {
            #expect(abs(found - expected) < 1e-12)
        }
        for (found, expected) in zip(try counts.inverseFrequencyWeights(), inverse) {
            #expect(abs(found - expected) < 1e-12)
        }
        // Near 1 the limit is approached, without cancellation.
        for (found, expected) in zip(try counts.effectiveNumberWeights(beta: 1 - 1e-9), inverse) {
            #expect(abs(found - expected) < 1e-6)
        }
        // β = 0.5: effective numbers 1, 1.5, 1.75 of 1, 2, 3 images.
        let small = try LossInputs.counts([1, 2, 3]).effectiveNumberWeights(beta: 0.5)
        let raw = [1, 1 / 1.5, 1 / 1.75]
        for (found, expected) in zip(small, raw) { #expect(abs(found - 3 * expected / raw.reduce(0, +)) < 1e-12) }
    }

    @Test("Deferred weights begin with their epoch")
    func deferred() throws {
        let schedule = try DeferredReweighting(LossInputs.counts(), beta: 0.999, start: 2)
        #expect(schedule.weights(epoch: 1) == [Double](repeating: 1, count: 10))
        #expect(try schedule.weights(epoch: 2) == LossInputs.counts().effectiveNumberWeights(beta: 0.999))
    }

    @Test("Post-hoc adjustment takes τ log π off and puts a target prior on")
    func postHoc() throws {
        let counts = try LossInputs.counts([8, 2])
        let logits = try Tensor([1.0, 1], shape: [1, 2])
        let plain: [Double] = try PostHocAdjustment(counts, tau: 2)(logits).array()
        #expect(abs(plain[0] - (1 - 2 * log(0.8))) < 1e-12 && abs(plain[1] - (1 - 2 * log(0.2))) < 1e-12)
        let target: [Double] = try PostHocAdjustment(counts, target: [1, 3])(logits).array()
        #expect(abs(target[0] - (1 - log(0.8) + log(0.25))) < 1e-12)
        #expect(refusal { () throws in _ = try PostHocAdjustment(counts, target: [1]) } != nil)
        #expect(refusal { () throws in _ = try PostHocAdjustment(counts, target: [1, 0]) } != nil)
    }

    @Test("SADE's inverse prior has the ranks reversed")
    func reversed() {
        #expect(SADELoss.reversed([5, 1, 3]) == [1, 5, 3])
        #expect(SADELoss.reversed([2, 2, 7, 1]) == [2, 2, 1, 7])
        #expect(SADELoss.reversed([4]) == [4])
    }

    @Test("BBN's share falls as a parabola, over 100 and 200 epochs for 90 and 180")
    func bilateral() throws {
        #expect(try BilateralShare(epoch: 0, of: 200).value == 1)
        #expect(try BilateralShare(epoch: 100, of: 200).value == 0.75)
        #expect(try abs(BilateralShare(epoch: 89, of: 90).value - (1 - 0.89 * 0.89)) < 1e-12)
        #expect(try abs(BilateralShare(epoch: 89, of: 90, rounded: false).value - (1 - pow(89.0 / 90, 2))) < 1e-12)
        #expect(refusal { () throws in _ = try BilateralShare(epoch: 0, of: 0) } != nil)
        #expect(refusal { () throws in _ = try BilateralShare(epoch: 11, of: 10) } != nil)
        #expect(refusal { () throws in _ = try BilateralShare(epoch: -1, of: 10) } != nil)
        let half = try BilateralShare(0.5).features(
            Tensor([1.0, 2], shape: [1, 2]), Tensor([3.0, 4], shape: [1, 2]))
        #expect(try half.array() == [1.0, 2, 3, 4])
    }

    @Test("LFME's weight is 1 below the threshold and falls to 0; its curriculum reaches 1 at half of the epochs")
    func lfme() throws {
        func weight(_ student: Double) throws(LongTailError) -> Double {
            try SubsetDistillationLoss.weight(student: student, expert: 0.5)
        }
        #expect(try weight(0) == 1 && weight(0.149) == 1 && weight(0.5) == 0 && weight(0.7) == 0)
        #expect(try abs(weight(0.15) - 1) < 1e-12 && abs(weight(0.325) - 0.5) < 1e-12)
        #expect(try SubsetDistillationLoss.weight(student: 0, expert: 0) == 0)
        #expect(try SubsetDistillationLoss.weight(student: 0.1, expert: 0.5, threshold: 1) == 1)
        #expect(InstanceCurriculum.weight(initial: 0.2, epoch: 0, epochs: 90) == 0.2)
        #expect(abs(InstanceCurriculum.weight(initial: 0.2, epoch: 45, epochs: 90) - 1) < 1e-12)
        #expect(abs(InstanceCurriculum.weight(initial: 0.2, epoch: 90, epochs: 90) - 1.8) < 1e-12)
        #expect(InstanceCurriculum.weight(initial: 0.2, epoch: 90, epochs: 90, staysAtOne: true) == 1)
        let rows = try InstanceCurriculum.weighted(Tensor([1.0, 2, 3, 4], shape: [2, 2]), Tensor([2.0, 0.5]))
        #expect(try rows.array() == [2.0, 4, 1.5, 2])
    }

    @Test("RIDE's temperatures are 1 for the largest class and fall with r")
    func temperatures() throws {
        let found = try DiversityTerm.temperatures(LossInputs.counts([30, 10]), reweighting: 0.5)
        // 2 · 0.75 · 0.5 + 0.5 = 1.25 and 2 · 0.25 · 0.5 + 0.5 = 0.75.
        #expect(found == [1, 0.6])
        #expect(try DiversityTerm.temperatures(LossInputs.counts([30, 10]), reweighting: 0) == [1, 1])
    }

    @Test("Equal experts have no diversity, and a virtual example's rows sum to 1 and are flatter")
    func identities() throws {
        let logits = try LossInputs.logits.tensor(.float64)
        let term = try DiversityTerm(temperatures: [Double](repeating: 1, count: 10))
        #expect(try abs(term(logits, mean: logits).item()) < 1e-12)
        let loss = try DiVELoss(LossInputs.counts())
        let rows: [Double] = try loss.virtualExamples(logits).array()
        for start in stride(from: 0, to: 80, by: 10) {
            #expect(abs(rows[start..<start + 10].reduce(0, +) - 1) < 1e-12)
        }
        let plain: [Double] = try logits.softmax().array()
        #expect((rows.max() ?? 1) < (plain.max() ?? 0))
    }

    @Test("A sample asks the next expert while its gate is above zero, and the mean is over those asked")
    func routing() throws {
        let experts = try [1.0, 3, 8].map { (value) throws(LongTailError) in
            try Tensor([value, value, value, value], shape: [4, 1])
        }
        let gates = try Tensor([-1.0, 5, 1, -1, 1, 1, 0, 1], shape: [4, 2])
        #expect(try ExpertRouting.logits(experts, gates: gates).array() == [1.0, 2, 4, 1])
        // The gradient of the sum: 1 over the number of those asked, where asked.
        for expert in experts { try expert.setRequiresGrad(true) }
        try ExpertRouting.logits(experts, gates: gates).sum().backward()
        let third = 1.0 / 3
        #expect(try experts[0].grad()?.array() == [1, 0.5, third, 1])
        #expect(try experts[1].grad()?.array() == [0, 0.5, third, 0])
        #expect(try experts[2].grad()?.array() == [0, 0, third, 0])
        #expect(
            refusal { () throws in _ = try ExpertRouting.logits(experts, gates: gates.transpose(0, 1)) } != nil
        )
        #expect(
            refusal { () throws in
                _ = try ExpertRouting.targets([experts[0]], Tensor([0, 0, 0, 0]))
            } != nil)
    }
}
