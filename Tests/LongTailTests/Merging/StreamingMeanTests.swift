import LongTail
import Testing

struct StreamingMeanTests {
    private static let numpyRatios = [31.25, 40.1, 0.0, 12.7, 38.9, 35.5, 29.99]

    @Test("The stream's mean has numpy's bits, with and without ratios", arguments: ["mean", "weighted"])
    func numpy(_ name: String) throws {
        var mean = StreamingMean()
        for (i, member) in try mergingMembers().enumerated() {
            try mean.add(member, weight: name == "mean" ? 1 : Self.numpyRatios[i], label: "member \(i)")
        }
        let merged = try mean.mean()
        let expected = try mergingFixture(name)
        #expect(expected.count == 3)
        for (name, tensor) in expected { #expect(merged[name] == tensor, "\(name)") }
    }

    @Test("A mean by hand: floats; integers by the rule; bools of the first")
    func byHand() throws {
        let first: StateDict = [
            "w": floats([1, 3]), "n": integers([2, -7, 0]), "flag": integers([1], .bool),
            "small": integers([100], .int8),
        ]
        let second: StateDict = [
            "flag": integers([0], .bool), "w": floats([2, 5]), "n": integers([5, -9, 1]),
            "small": integers([100], .int8),
        ]
        let expected: [(IntegerRule, [Int], Int)] = [
            (.first, [2, -7, 0], 100), (.max, [5, -7, 1], 100), (.sum, [7, -16, 1], 127),
            (.roundedMean, [4, -8, 0], 100),
        ]
        for (rule, numbers, small) in expected {
            var mean = StreamingMean(integers: rule)
            try mean.add(first, label: "a")
            try mean.add(second, label: "b")
            let merged = try mean.mean()
            #expect(Array(merged.keys) == ["w", "n", "flag", "small"])
            #expect(merged["w"]?.doubles == [1.5, 4])
            #expect(merged["n"]?.integers == numbers, "\(rule)")
            #expect(merged["flag"]?.integers == [1])
            #expect(merged["small"]?.integers == [small], "\(rule): a sum stops at the type's bound")
        }
    }

    @Test("Running statistics are averaged as the paper's code does, or kept from the first")
    func buffers() throws {
        let names = [
            "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked", "bn1.weight", "not_running_mean",
        ]
        func member(_ value: Double) -> StateDict {
            StateDict(
                uniqueKeysWithValues: names.map {
                    ($0, $0.hasSuffix("tracked") ? integers([Int(value)]) : floats([value]))
                })
        }
        func merged(_ policy: BufferPolicy) throws -> [Double?] {
            var mean = StreamingMean(buffers: policy)
            try mean.add(member(1), label: "a")
            try mean.add(member(4), label: "b")
            let result = try mean.mean()
            return names.map { result[$0]?.doubles.first }
        }
        #expect(try merged(.average) == [2.5, 2.5, 4, 2.5, 2.5])
        #expect(try merged(.first) == [1, 1, 1, 2.5, 2.5])
    }

    @Test("Saved in the middle and restored, the mean ends with the same bits", arguments: IntegerRule.allCases)
    func resumed(_ rule: IntegerRule) throws {
        let members = try mergingMembers()
        var unbroken = StreamingMean(integers: rule)
        var broken = StreamingMean(integers: rule)
        for (i, member) in members.enumerated() {
            try unbroken.add(member, weight: Self.numpyRatios[i], label: "\(i)")
            try broken.add(member, weight: Self.numpyRatios[i], label: "\(i)")
            broken = try StreamingMean(restoring: broken.snapshot, integers: rule)
        }
        #expect(broken.count == 7)
        #expect(try broken.mean() == unbroken.mean())
        #expect(broken.snapshot["mean.F32/weight"]?.dtype == .float64)
    }

    @Test("A state that is no merge's is refused", arguments: ["", "count", "mean.F32/x", "mean.I64/x", "odd/x", "x"])
    func restoring(_ key: String) {
        var state: StateDict = key.isEmpty ? [:] : StreamingMean().snapshot
        if key == "count" { state["count"] = nil }
        if key.contains("x") { state[key] = floats([1], .float32) }
        #expect(
            mergingFailure { () throws(LongTailError) in _ = try StreamingMean(restoring: state) }?.kind == .checkpoint)
    }

    @Test("A member that does not fit is named with its tensor, and the mean stays as it was")
    func mismatches() throws {
        let good: StateDict = ["w": floats([1, 2]), "n": integers([.max])]
        let cases: [(StateDict, String)] = [
            (["w": floats([1, 2])], "b.pth: lacks n"),
            (["w": floats([1, 2]), "n": integers([0]), "x": floats([1])], "b.pth: has x"),
            (["w": floats([1]), "n": integers([0])], "b.pth: w is F32 [1], the first member's is F32 [2]"),
            (["w": floats([1, 2], .float64), "n": integers([0])], "b.pth: w is F64 [2]"),
            (["w": floats([9, 9]), "n": integers([1])], "b.pth: the sum of n"),
        ]
        for (member, words) in cases {
            var mean = StreamingMean(integers: .sum)
            try mean.add(good, label: "a.pth")
            let message = mergingFailure { () throws(LongTailError) in try mean.add(member, label: "b.pth") }
            #expect(message?.description.contains(words) == true, "\(message?.description ?? "accepted")")
            #expect(try mean.count == 1 && mean.mean() == good)
        }
    }

    @Test("Nothing, ratios of zero and ratios below zero give no mean")
    func ratios() throws {
        var mean = StreamingMean()
        #expect(
            mergingFailure { () throws(LongTailError) in _ = try mean.mean() }?.problem == "there is nothing to merge")
        let member: StateDict = ["w": floats([1])]
        for ratio in [-1, Double.nan, .infinity] {
            #expect(
                mergingFailure { () throws(LongTailError) in try mean.add(member, weight: ratio, label: "a") } != nil)
        }
        try mean.add(member, weight: 0, label: "a")
        #expect(mergingFailure { () throws(LongTailError) in _ = try mean.mean() }?.problem == "all 1 ratios are 0")
    }
}
