import LongTail
import Testing

struct InterpolationTests {
    @Test("Eleven points on the line have numpy's bits")
    func numpy() throws {
        let members = try mergingMembers()
        let line = try mergingFixture("line")
        for step in 0...10 {
            let point = try members[0].interpolated(with: members[1], lambda: Double(step) / 10)
            #expect(point["weight"] == line["\(step)"], "\(step)")
        }
    }

    @Test("The ends are the models themselves, infinities included; integers are rounded")
    func ends() throws {
        let a: StateDict = ["w": floats([.infinity]), "n": integers([10]), "b": integers([1], .bool)]
        let b: StateDict = ["w": floats([1]), "n": integers([21]), "b": integers([0], .bool)]
        #expect(try a.interpolated(with: b, lambda: 1) == a)
        #expect(try a.interpolated(with: b, lambda: 0) == b)
        let middle = try a.interpolated(with: b, lambda: 0.5)
        #expect(middle["n"]?.integers == [16])
        #expect(middle["b"]?.integers == [1])
    }

    @Test("Models that differ are refused, naming the tensor")
    func mismatches() {
        let a: StateDict = ["w": floats([1])]
        let cases: [(StateDict, Double, String)] = [
            ([:], 0.5, "lacks w"), (["w": floats([1]), "x": floats([1])], 0.5, "has x"),
            (["w": floats([1, 2])], 0.5, "w is F32 [1] in the first model and F32 [2]"), (a, 1.1, "at 1.1"),
            (a, .nan, "at nan"),
        ]
        for (b, lambda, words) in cases {
            let message = mergingFailure { () throws(LongTailError) in _ = try a.interpolated(with: b, lambda: lambda) }
            #expect(message?.description.contains(words) == true, "\(message?.description ?? "accepted")")
        }
    }
}
