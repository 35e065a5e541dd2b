import LongTail
import Testing

@testable import LongTailVision

@Suite struct DropPathTests {
    /// A body that gives what its one block keeps of ones.
    private final class Ones: Backbone, StochasticBlock {
        let dropPath = DropPath()
        let width = 3
        let classifierInitialization = Initialization.kaimingUniform
        var children: [(name: String, child: ModuleChild)] { [] }

        func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
            try dropPath(Tensor.ones([images.size(0), 3]))
        }
    }

    @Test("Whole images are left out, the others are divided by their share") func share() throws {
        try Engine.setThreads(1)
        let body = Ones()
        var draw = WeightInitializer.zeros
        let network = try Network(backbone: body, classifier: .linear, classes: 2, &draw)
        #expect(try network.setDropPath(0.25))
        let images = try Tensor.zeros([4000, 1, 1, 1])
        let rows: [Float] = try network.withDropPath(seed: 1, epoch: 0, index: 0) { () throws(LongTailError) in
            try body(images)
        }.array()
        var dropped = 0
        for row in stride(from: 0, to: rows.count, by: 3) {
            let value = rows[row]
            #expect(value == 0 || abs(value - 4 / 3) < 1e-6)
            #expect(rows[row + 1] == value && rows[row + 2] == value)
            if value == 0 { dropped += 1 }
        }
        // Five deviations of a binomial.
        #expect(abs(dropped - 1000) < 137)
        let plain: [Float] = try body(images).array()
        #expect(plain.allSatisfy { $0 == 1 })
    }
}
