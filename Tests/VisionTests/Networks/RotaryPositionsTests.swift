import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailVision

/// Angles by hand, and what turns keep; that networks with them are timm's shows `TimmParityTests`.
@Suite struct RotaryPositionsTests {
    init() throws { try Engine.setThreads(1) }

    /// Two rows and three columns, stretched to six: the last patch is at (3, 4), and frequencies are 1 and 1/100.
    private static let stretched: [Double] = [3, 3, 0.03, 0.03, 4, 4, 0.04, 0.04]
    /// The same patch's middle is at (1/2, 2/3), and periods are 1 and 10.
    private static let centered: [Double] = [0.5, 0.05, 2.0 / 3, 2.0 / 30]

    @Test("Angles are those of a reckoning by hand, for rows first", arguments: [false, true])
    func angles(_ isCentered: Bool) throws {
        let positions = isCentered ? RotaryPositions.centered : .stretched(to: 6)
        let turns = (Self.centered + Self.centered).map { 2 * Double.pi * $0 }
        let expected = isCentered ? turns : Self.stretched
        let rotation = try positions.rotation(rows: 2, columns: 3, width: 8, prefix: 0, device: "cpu")
        #expect(rotation.sines.shape == [6, 8] && rotation.cosines.shape == [6, 8])
        let (sines, cosines) = (try rotation.sines.array(of: Double.self), try rotation.cosines.array(of: Double.self))
        for (feature, angle) in expected.enumerated() {
            #expect(abs(sines[40 + feature] - sin(angle)) < 1e-6 && abs(cosines[40 + feature] - cos(angle)) < 1e-6)
        }
    }

    @Test(
        "Turns leave tokens before the patches alone, keep lengths, and products follow from how far patches stand apart",
        arguments: [RotaryPositions.stretched(to: 5), .centered])
    func turns(_ positions: RotaryPositions) throws {
        let rotation = try positions.rotation(rows: 4, columns: 5, width: 16, prefix: 3, device: "cpu")
        // The same query, and the same key, on every patch.
        func spread(_ number: Int) throws -> Tensor {
            try Formula.tensor(number, [1, 1, 1, 16], scale: 1, dtype: .float64).expand([-1, -1, 23, -1])
        }
        let (queries, keys) = (try spread(1), try spread(2))
        let turned = (queries: try rotation(queries), keys: try rotation(keys))
        let prefix = (try turned.queries.slice(2, from: 0, to: 3), try queries.slice(2, from: 0, to: 3))
        #expect(try prefix.0.array(of: Double.self) == prefix.1.array(of: Double.self))
        #expect(turned.queries.dtype == .float64)
        let lengths: [Double] = try turned.queries.norm(3).array()
        #expect(lengths.allSatisfy { abs($0 - lengths[0]) < 1e-6 })
        let products: [Double] = try turned.queries.matmul(turned.keys.transpose(2, 3)).array()
        func product(_ query: (Int, Int), _ key: (Int, Int)) -> Double {
            products[(3 + 5 * query.0 + query.1) * 23 + 3 + 5 * key.0 + key.1]
        }
        #expect(abs(product((0, 1), (2, 3)) - product((1, 2), (3, 4))) < 1e-5)
        #expect(abs(product((3, 4), (1, 0)) - product((2, 4), (0, 0))) < 1e-5)
        #expect(abs(product((0, 1), (2, 3)) - product((0, 1), (2, 2))) > 1e-3)
    }

    @Test("Blocks can be left out, and are the layers of rates that fall") func blocks() throws {
        var draw = WeightInitializer.shapes
        let network = try Network(
            #require(Network.Architecture(rawValue: "vit_tiny_patch16_dinov3_qkvb")), classifier: .linear, classes: 3,
            &draw)
        #expect(try network.setDropPath(0.1))
        let layers = network.backbone.layers
        var inside = Set<ObjectIdentifier>()
        for module in layers.joined() {
            for (_, parameter) in try module.parameters() { inside.insert(ObjectIdentifier(parameter)) }
        }
        let outside = try network.backbone.parameters().filter { !inside.contains(ObjectIdentifier($0.parameter)) }
        #expect(layers.count == 12)
        #expect(
            outside.map(\.name).sorted() == [
                "cls_token", "patch_embed.proj.bias", "patch_embed.proj.weight", "reg_token",
            ])
    }
}
