import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct TauNormalizationTests {
    @Test("Lengths become length^(1 − τ), a row of zeros stays, the bias goes")
    func lengths() throws {
        let weight = HostTensor([3, 4, 0, 0, 0.6, 0.8], shape: [3, 2], dtype: .float32)
        let bias = HostTensor([1, 2, 3], shape: [3], dtype: .float32)
        let state: StateDict = ["conv.weight": bias, "fc.weight": weight, "fc.bias": bias]
        let same = try TauNormalization.apply(to: state, tau: 0)
        #expect(same["fc.weight"] == weight && same["fc.bias"]?.doubles == [0, 0, 0] && same["conv.weight"] == bias)
        let unit = try #require(try TauNormalization.apply(to: state, tau: 1)["fc.weight"])
        #expect(relativeError(unit, HostTensor([0.6, 0.8, 0, 0, 0.6, 0.8], shape: [3, 2], dtype: .float32)) < 1e-6)
        #expect(refusal { () throws in _ = try TauNormalization.apply(to: [:], tau: 1) } != nil)
        #expect(refusal { () throws in _ = try TauNormalization.apply(to: state, tau: .nan) } != nil)
        #expect(refusal { () throws in _ = try TauNormalization.normalized(bias, tau: 1) } != nil)
    }

    @Test("The grid is 0, 0.1, … 2, and the first best τ wins")
    func grid() throws {
        #expect(TauNormalization.grid.count == 21 && TauNormalization.grid[7] == 0.7 && TauNormalization.grid[20] == 2)
        let best = try TauNormalization.best { (tau) throws(LongTailError) in -abs(tau - 0.75) }
        #expect(best?.tau == 0.7 || best?.tau == 0.8)
        #expect(try TauNormalization.best { (_) throws(LongTailError) in 1 }?.tau == 0)
        #expect(try TauNormalization.best(of: []) { (_) throws(LongTailError) in 1 } == nil)
    }
}

@Suite struct NearestClassMeanTests {
    private func means(
        _ variant: NearestClassMean.Variant, batch: Int, dtype: DType = .float64
    ) throws(LongTailError) -> NearestClassMean {
        let features = try LossCase.Input(k: 41, shape: [12, 4], scale: 2, offset: 1).tensor(dtype)
        return try NearestClassMean(variant, classes: 3, dimension: 4) { (take) throws(LongTailError) in
            for start in stride(from: 0, to: 12, by: batch) {
                let end = min(12, start + batch)
                try take(features.slice(0, from: start, to: end), (start..<end).map { $0 % 3 })
            }
        }
    }

    @Test("Scores are those of the peer, whatever the batches", arguments: [1, 5, 12])
    func parity(batch: Int) throws {
        let expected = try #require(try parityFixture("LongTailTests/Fixtures/losses")["figures/nearest-mean"])
        for (dtype, tolerance) in [(DType.float64, 1e-12), (.float32, 1e-6)] {
            let test = try LossCase.Input(k: 42, shape: [5, 4]).tensor(dtype)
            let scores = try means(.centredAndNormalized, batch: batch, dtype: dtype)(test)
            #expect(try relativeError(scores, expected) <= tolerance)
        }
    }

    @Test("A mean is nearest to itself, and an empty class never wins")
    func hand() throws {
        let ncm = try NearestClassMean(.plain, classes: 3, dimension: 2) { (take) throws(LongTailError) in
            try take(Tensor([0, 0, 2, 0, 10, 10] as [Float], shape: [3, 2]), [0, 0, 2])
        }
        let scores: [Double] = try ncm(Tensor([1, 3, 10, 10] as [Float], shape: [2, 2])).array()
        #expect(scores == [-9, -.infinity, -130, -181, -.infinity, 0])
        let normalized = try NearestClassMean(.normalized, classes: 1, dimension: 2) { (take) throws(LongTailError) in
            try take(Tensor([3, 4] as [Float], shape: [1, 2]), [0])
        }
        #expect(try abs(normalized(Tensor([30, 40] as [Float], shape: [1, 2])).item()) < 1e-12)
    }

    @Test("Odd inputs are refused")
    func odd() throws {
        let nothing = refusal { () throws in
            _ = try NearestClassMean(classes: 2, dimension: 2) { (_) throws(LongTailError) in }
        }
        #expect(nothing?.problem == "there is no feature to average")
        for labels in [[0], [0, 2], [-1, 0]] {
            #expect(
                refusal { () throws in
                    _ = try NearestClassMean(classes: 2, dimension: 2) { (take) throws(LongTailError) in
                        try take(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]), labels)
                    }
                } != nil)
        }
        #expect(refusal { () throws in _ = try ClassMeans(classes: 0, dimension: 1) } != nil)
    }
}

@Suite struct DisAlignHeadTests {
    @Test("At the start the logits are as they were; the whole is trained")
    func start() throws {
        var draw = WeightInitializer(seed: 4)
        let head = try DisAlignHead(.init(features: 5, classes: 10), &draw)
        let logits = try LossInputs.logits.tensor(.float32)
        let features = try LossCase.Input(k: 30, shape: [8, 5]).tensor(.float32)
        let calibrated = try head(logits, features: features)
        #expect(try relativeError(calibrated, logits.host()) < 1e-6)
        #expect(
            try head.parameters().map(\.name) == [
                "logit_scale", "logit_bias", "confidence_layer.weight", "confidence_layer.bias",
            ])
    }
}

@Suite struct ExpertAggregationTests {
    @Test("Weights start equal; the expert on which both views agree gains")
    func agreement() throws {
        let aggregation = try ExpertAggregation(experts: 3)
        for weight in try aggregation.weights() { #expect(abs(weight - 1 / 3.0) < 1e-6) }
        let stable = try LossInputs.expert(0).tensor(.float32)
        func view(_ shift: Int) throws(LongTailError) -> [Tensor] {
            [stable, try LossInputs.expert(shift).tensor(.float32), try LossInputs.expert(shift + 1).tensor(.float32)]
        }
        let weight = try #require(try aggregation.parameters().first?.parameter)
        let sgd = SGD([.init([("weight", weight)])], momentum: 0)
        let first = try aggregation.loss(view(1), view(4)).item()
        var steps = 0
        while try !aggregation.isDone(), steps < 500 {
            try aggregation.loss(view(1), view(4)).backward()
            try sgd.step(rate: 2)
            steps += 1
        }
        let weights = try aggregation.weights()
        #expect(weights[0] > 0.5 && weights[0] == weights.max())
        #expect(try aggregation.loss(view(1), view(4)).item() < first)
        #expect(try aggregation.isDone())
    }

    @Test("Another number of experts is refused")
    func misfits() throws {
        let aggregation = try ExpertAggregation(experts: 2)
        let logits = try LossInputs.logits.tensor(.float32)
        #expect(refusal { () throws in _ = try aggregation.logits([logits]) } != nil)
        #expect(refusal { () throws in _ = try ExpertAggregation(experts: 0) } != nil)
    }
}
