import LongTail
import Testing

struct GreedySoupTests {
    /// Closeness to 3 of the soup's only weight.
    private func closeness(_ state: StateDict) -> Double { -abs((state["w"]?.doubles.first ?? 0) - 3) }

    private let candidates = [0.0, 8, 5, 2, 3.75].map { ["w": floats([$0])] as StateDict }

    @Test("Candidates are kept only when the running average gets better")
    func byHand() throws {
        var soup = GreedySoup()
        for (i, candidate) in candidates.enumerated() {
            try soup.consider(candidate, label: "\(i)") { (state) throws(LongTailError) in closeness(state) }
        }
        // 0: distance 3. (0+8)/2 = 4: 1. (0+8+5)/3 = 4.33: no. (0+8+2)/3 = 3.33: 1/3. (10+3.75)/4 = 3.4375: no.
        #expect(soup.decisions.map(\.isKept) == [true, true, false, true, false])
        #expect(soup.best == -abs(Double(Float(10 / 3.0)) - 3))
        #expect(try soup.merged() == ["w": floats([10 / 3.0])])
    }

    @Test("An equal score is no improvement")
    func ties() throws {
        var soup = GreedySoup()
        for i in 0..<3 { try soup.consider(["w": floats([1])], label: "\(i)") { (_) throws(LongTailError) in 1 } }
        #expect(soup.decisions.map(\.isKept) == [true, false, false])
    }

    @Test("Saved after any candidate and restored, the soup ends the same")
    func resumed() throws {
        var (unbroken, broken) = (GreedySoup(), GreedySoup())
        for (i, candidate) in candidates.enumerated() {
            try unbroken.consider(candidate, label: "\(i)") { (state) throws(LongTailError) in closeness(state) }
            try broken.consider(candidate, label: "\(i)") { (state) throws(LongTailError) in closeness(state) }
            broken = try GreedySoup(restoring: broken.snapshot, decisions: broken.decisions)
        }
        #expect(broken.decisions == unbroken.decisions)
        #expect(try broken.merged() == unbroken.merged())
        let state = broken.snapshot
        #expect(
            mergingFailure { () throws(LongTailError) in _ = try GreedySoup(restoring: state, decisions: []) } != nil)
    }

    @Test("A candidate that does not fit or a score that is no number leaves the soup as it was")
    func failures() throws {
        var soup = GreedySoup()
        try soup.consider(candidates[0], label: "a") { (state) throws(LongTailError) in closeness(state) }
        let misfit = mergingFailure { () throws(LongTailError) in
            try soup.consider(["v": floats([1])], label: "b.pth") { (_) throws(LongTailError) in 1 }
        }
        #expect(misfit?.description.contains("b.pth: lacks w") == true)
        let score = mergingFailure { () throws(LongTailError) in
            try soup.consider(candidates[1], label: "c.pth") { (_) throws(LongTailError) in .nan }
        }
        #expect(score?.description.contains("c.pth") == true)
        #expect(try soup.decisions.count == 1 && soup.merged() == candidates[0])
    }

    @Test("The strategies are those of the paper's table 6")
    func strategies() {
        #expect(MergeStrategy.allCases.map(\.rawValue) == ["average", "adaptive-h", "adaptive-g", "soup-h", "soup-g"])
        #expect(MergeStrategy.allCases.map(\.isAdaptive) == [false, true, true, false, false])
        #expect(MergeStrategy.allCases.map(\.isSoup) == [false, false, false, true, true])
    }
}
