import LongTail
import TestSupport
import Testing

@testable import LongTailTorch

@Suite struct AverageTests {
    /// A layer with an average, and statistics that are not averaged.
    private final class Layer: Module {
        let weight: Parameter
        let statistics: Buffer

        init(_ k: Int, _ shape: [Int] = [3, 4]) throws(LongTailError) {
            weight = try Parameter(Formula.tensor(k, shape, dtype: .float32))
            statistics = Buffer(try Formula.tensor(k, [2], dtype: .float32))
        }

        var children: [(name: String, child: ModuleChild)] {
            [("weight", .parameter(weight)), ("mean", .buffer(statistics))]
        }
    }

    @Test("Five steps towards another module are the peer's; buffers and the other module stay")
    func parity() throws {
        let (key, query) = (try Layer(39), try Layer(40))
        let before = try query.stateDict()
        for _ in 0..<5 { try key.average(towards: query, momentum: 0.9) }
        let expected = try #require(try parityFixture("LongTailTests/Fixtures/losses")["figures/momentum"])
        #expect(try relativeError(key.weight.tensor.to(.float64), expected) < 1e-6)
        #expect(try key.statistics.tensor.host() == Layer(39).statistics.tensor.host())
        #expect(try query.stateDict() == before)
        #expect(key.weight.tensor.requiresGrad)
    }

    @Test("Momentum 1 changes nothing, 0 copies, others are refused")
    func ends() throws {
        let (key, query) = (try Layer(39), try Layer(40))
        try key.average(towards: query, momentum: 1)
        #expect(try key.weight.tensor.host() == Layer(39).weight.tensor.host())
        try key.average(towards: query, momentum: 0)
        #expect(try key.weight.tensor.host() == query.weight.tensor.host())
        for bad in [-0.1, 1.1, .nan] {
            #expect(
                failure { () throws(LongTailError) in try key.average(towards: query, momentum: bad) }?.kind == .usage)
        }
        let other = try Layer(1, [4, 3])
        #expect(failure { () throws(LongTailError) in try key.average(towards: other, momentum: 0.5) }?.kind == .engine)
    }
}
