import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct TemperatureTests {
    @Test(
        "Two classes with one logit: sigmoid(a / T) is the share that is right",
        arguments: [(3.0, 8, 10), (1.0, 7, 10), (12.0, 3, 4)])
    func closedForm(_ logit: Double, _ right: Int, _ count: Int) throws {
        let logits: [Float] = (0..<count * 2).map { $0 % 2 == 0 ? Float(logit) : 0 }
        let targets = (0..<count).map { $0 < right ? 0 : 1 }
        let share = Double(right) / Double(count)
        let expected = logit / log(share / (1 - share))
        #expect(abs(try Temperature.fit(logits: logits, targets: targets, classes: 2) - expected) < 1e-9 * expected)
    }

    @Test("The minimum that golden-section search over the loss finds too", arguments: 0..<4)
    func search(_ seed: UInt64) throws {
        let set = Self.labelled(count: 60, classes: 5, sharpness: 0.5 + Double(seed), seed: seed)
        let found = try Temperature.fit(logits: set.logits, targets: set.targets, classes: 5)
        let loss = { (logT: Double) in
            Temperature.loss(logits: set.logits, targets: set.targets, classes: 5, temperature: exp(logT))
        }
        var (a, b) = (log(0.02), log(50.0))
        let ratio = (5.0.squareRoot() - 1) / 2
        while b - a > 1e-9 {
            let (c, d) = (b - ratio * (b - a), a + ratio * (b - a))
            if loss(c) < loss(d) { b = d } else { a = c }
        }
        #expect(abs(log(found) - (a + b) / 2) < 1e-6)
    }

    @Test("An over-confident model: the temperature is what its logits were multiplied by, the calibration error drops")
    func overConfident() throws {
        let set = Self.labelled(count: 4000, classes: 5, sharpness: 3, seed: 9)
        let found = try Calibration(
            logits: set.logits, targets: set.targets, classes: 5, listHash: "list", weights: "weights")
        #expect(abs(found.temperature - 3) < 0.2)
        #expect(found.errorBefore > 0.1)
        #expect(found.errorAfter < 0.03)
        #expect(found.lossAfter < found.lossBefore)
        #expect(found.images == 4000)
    }

    @Test("Scores are the soft-max of the logits over the temperature and add up to 1") func softmax() {
        let scores = Temperature.softmax([2, 0, -1000] as [Float], temperature: 2)
        #expect(abs(Double(scores[0]) - 1 / (1 + exp(-1.0))) < 1e-6)
        #expect(scores[2] == 0)
        #expect(abs(scores.reduce(0, +) - 1) < 1e-6)
    }

    @Test("Logits that are worse than chance get the highest temperature") func worse() throws {
        let found = try Temperature.fit(logits: [1, 0, 0, 1], targets: [1, 0], classes: 2)
        #expect(found == Temperature.range.upperBound)
    }

    @Test("Images that determine no temperature, numbers that are none and labels out of range are refused")
    func refused() {
        func message(_ logits: [Float], _ targets: [Int]) -> String {
            failure { () throws(LongTailError) in
                _ = try Temperature.fit(logits: logits, targets: targets, classes: 2)
            }?.problem ?? "no failure"
        }
        #expect(message([1, 0, 0, 1], [0, 1]).contains("determine no temperature"))
        #expect(message([.nan, 0], [0]).contains("not finite"))
        #expect(message([1, 0], [2]).contains("do not fit"))
        #expect(message([1, 0, 1], [0]).contains("do not fit"))
        #expect(message([], []).contains("do not fit"))
    }

    /// Labels drawn from softmax(z), with logits sharpness · z.
    private static func labelled(
        count: Int, classes: Int, sharpness: Double, seed: UInt64
    ) -> (logits: [Float], targets: [Int]) {
        var (logits, targets): ([Float], [Int]) = ([], [])
        for image in 0..<count {
            var random = CounterRandom(seed: seed, purpose: .test, index: image)
            let z = (0..<classes).map { _ in 1.5 * random.normal() }
            let powers = z.map { exp($0) }
            var rest = random.uniform(0..<1) * powers.reduce(0, +)
            let label = powers.firstIndex { power in
                rest -= power
                return rest < 0
            }
            targets.append(label ?? classes - 1)
            logits += z.map { Float(sharpness * $0) }
        }
        return (logits, targets)
    }
}
