import Foundation
import LongTail
import OrderedCollections
import TestSupport
import Testing

@Suite struct SGDTests {
    private static let rates = [0.1, 0.2, 0.05, 0.05, 0.01]
    private static let shapes = [[3, 4], [5]]

    /// The options that a fixture's trajectory was made with.
    struct Setting: Sendable, CustomTestStringConvertible {
        let name: String
        let momentum: Double
        let decay: Double
        let nesterov: Bool
        var testDescription: String { name }

        static let all = [
            Setting(name: "plain", momentum: 0, decay: 0, nesterov: false),
            Setting(name: "momentum", momentum: 0.9, decay: 0, nesterov: false),
            Setting(name: "decay", momentum: 0.9, decay: 5e-4, nesterov: false),
            Setting(name: "nesterov", momentum: 0.9, decay: 5e-4, nesterov: true),
        ]

        func optimizer(_ groups: [ParameterGroup]) -> SGD {
            SGD(groups, momentum: momentum, weightDecay: decay, nesterov: nesterov)
        }
    }

    private func parameters(_ dtype: DType) throws(LongTailError) -> [(name: String, parameter: Parameter)] {
        var made: [(name: String, parameter: Parameter)] = []
        for (index, shape) in Self.shapes.enumerated() {
            made.append(("parameter\(index)", try Parameter(Formula.tensor(40 + index, shape, dtype: dtype))))
        }
        return made
    }

    /// Gives every parameter the fixture's gradient of a step: that of Σ g · w.
    private func fill(
        _ parameters: [(name: String, parameter: Parameter)], step: Int, _ dtype: DType
    ) throws(LongTailError) {
        for (index, entry) in parameters.enumerated() {
            let gradient = try Formula.tensor(50 + 2 * step + index, Self.shapes[index], dtype: dtype)
            try entry.parameter.tensor.mul(gradient).sum().backward()
        }
    }

    @Test(
        "Trajectories are PyTorch's, in one group and in two",
        arguments: Setting.all, [(DType.float64, 1e-9), (.float32, 1e-5)])
    func trajectory(setting: Setting, precision: (dtype: DType, tolerance: Double)) throws {
        let fixture = try parityFixture("TorchTests/Fixtures/optimizer")
        let tag = precision.dtype == .float64 ? "float64" : "float32"
        for isSplit in [false, true] {
            let parameters = try parameters(precision.dtype)
            let optimizer = setting.optimizer(
                isSplit ? parameters.map { ParameterGroup([$0]) } : [ParameterGroup(parameters), ParameterGroup([])])
            var worst = WorstError()
            for (step, rate) in Self.rates.enumerated() {
                try fill(parameters, step: step, precision.dtype)
                try optimizer.step(rate: rate)
                for (name, parameter) in parameters {
                    let key = "\(tag)/\(setting.name)/step\(step)/\(name)"
                    worst.note(key, try relativeError(parameter.tensor, fixture[key]))
                }
            }
            #expect(worst.value <= precision.tolerance, "\(worst)")
            #expect(worst.count == 10)
        }
    }

    @Test("A group's factor multiplies the rate of its parameters alone") func factor() throws {
        let fixture = try parityFixture("TorchTests/Fixtures/optimizer")
        let parameters = try parameters(.float64)
        // The first group follows the fixture at half the rate times two.
        let optimizer = SGD(
            [ParameterGroup([parameters[0]], factor: 2), ParameterGroup([parameters[1]])], momentum: 0.9)
        for (step, rate) in Self.rates.enumerated() {
            try fill(parameters, step: step, .float64)
            try optimizer.step(rate: rate / 2)
        }
        #expect(try relativeError(parameters[0].parameter.tensor, fixture["float64/momentum/step4/parameter0"]) <= 1e-9)
        #expect(try relativeError(parameters[1].parameter.tensor, fixture["float64/momentum/step4/parameter1"]) > 1e-3)
    }

    @Test("Saved and loaded momentum goes on bit for bit", arguments: Setting.all) func resume(setting: Setting) throws
    {
        let whole = try parameters(.float32)
        let broken = try parameters(.float32)
        let unbroken = setting.optimizer([ParameterGroup([whole[0]]), ParameterGroup([whole[1]], factor: 3)])
        var resumed = setting.optimizer([ParameterGroup([broken[0]]), ParameterGroup([broken[1]], factor: 3)])
        #expect(try resumed.stateDict().isEmpty)
        for (step, rate) in Self.rates.enumerated() {
            let state = try resumed.stateDict()
            resumed = setting.optimizer([ParameterGroup([broken[0]]), ParameterGroup([broken[1]], factor: 3)])
            try resumed.load(state)
            for parameters in [whole, broken] { try fill(parameters, step: step, .float32) }
            try unbroken.step(rate: rate)
            try resumed.step(rate: rate)
        }
        for (a, b) in zip(whole, broken) { #expect(try a.parameter.tensor.host() == b.parameter.tensor.host()) }
        #expect(try unbroken.stateDict() == resumed.stateDict())
    }

    @Test("A step forgets gradients and refuses parameters without one; momentum of other shapes is refused")
    func refusals() throws {
        let parameters = try parameters(.float32)
        let optimizer = SGD([ParameterGroup(parameters)])
        try fill(parameters, step: 0, .float32)
        try optimizer.step(rate: 0.1)
        #expect(try parameters[0].parameter.tensor.grad() == nil)
        let missing = failure { () throws(LongTailError) in try optimizer.step(rate: 0.1) }
        #expect(missing?.problem == "the parameter parameter0 has no gradient: the loss does not depend on it")
        var state = try optimizer.stateDict()
        #expect(Array(state.keys) == ["momentum.parameter0", "momentum.parameter1"])
        state["momentum.parameter1"] = HostTensor([1, 2], shape: [2], dtype: .float32)
        let reshaped = failure { () throws(LongTailError) in try optimizer.load(state) }
        #expect(reshaped == LongTailError(.checkpoint, "the saved optimiser has no momentum that fits parameter1"))
    }

    @Test("Schedules give PyTorch's rate in every epoch") func schedules() throws {
        let fixture = try parityFixture("TorchTests/Fixtures/optimizer")
        let schedules: [(String, Schedule)] = [
            (
                "warmup5-steps160-180",
                Schedule.steps(0.1, milestones: [160, 180], factor: 0.1).warmedUp(0.1, epochs: 5)
            ),
            ("cosine-0.1-10", .cosine(0.1, epochs: 10)), ("cosine-0.005-30", .cosine(0.005, epochs: 30)),
        ]
        for (name, schedule) in schedules {
            let expected = try #require(fixture[name]).doubles
            for (epoch, rate) in expected.enumerated() {
                #expect(abs(schedule(epoch: epoch) - rate) <= 1e-15, "\(name), epoch \(epoch)")
            }
        }
        #expect(Schedule.constant(0.3)(epoch: 7) == 0.3)
    }

    @Test("Warm-ups and cosines of BBN's and PaCo's code, by hand") func authors() {
        // BBN: a third in epoch 0, then linear to the rate in epoch 5.
        let bbn = Schedule.constant(0.1).warmedUp(0.1, epochs: 5, from: 1.0 / 3)
        for (epoch, share) in [1.0 / 3, 1.4 / 3, 1.8 / 3, 2.2 / 3, 2.6 / 3, 1].enumerated() {
            #expect(abs(bbn(epoch: epoch) - 0.1 * share) < 1e-15)
        }
        // PaCo on CIFAR: lr/10 · (e + 1) while e <= 10.
        let paco = Schedule.constant(0.05).warmedUp(0.05, epochs: 11, from: 0.1, to: 1.2)
        for epoch in 0...10 { #expect(abs(paco(epoch: epoch) - 0.005 * Double(epoch + 1)) < 1e-15) }
        #expect(paco(epoch: 11) == 0.05)
        // A beginning alone, in one epoch, and an end alone.
        let one = Schedule.constant(2).warmedUp(2, epochs: 1, from: 0.25)
        #expect(one(epoch: 0) == 0.5 && one(epoch: 1) == 2)
        #expect(Schedule.constant(1).warmedUp(1, epochs: 4, to: 0.5)(epoch: 2) == 0.375)
        // PaCo on large sets: 10 epochs of warm-up, then lr/2 · (1 + cos(π (e − 9) / 391)).
        let cosine = Schedule.cosine(0.02, epochs: 400, after: 10).warmedUp(0.02, epochs: 10)
        #expect(abs(cosine(epoch: 9) - 0.02) < 1e-15)
        #expect(abs(cosine(epoch: 10) - 0.01 * (1 + cos(Double.pi / 391))) < 1e-15)
        #expect(abs(cosine(epoch: 399) - 0.01 * (1 + cos(Double.pi * 390 / 391))) < 1e-15)
    }
}
