import Foundation
import LongTail
import OrderedCollections
import TestSupport
import Testing

/// torchvision's networks for large images, by PyTorch 2.11.0 (Fixtures/network.md).
@Suite struct ResNetParityTests {
    init() throws { try Engine.setThreads(1) }

    private struct Listing: Decodable {
        let entries: Int
        let parameters: Int
        let sha256: String
        /// The images are 2 u(images).
        let images: Int
    }

    static let networks: [Network.Architecture] = [
        .resnet18, .resnet34, .resnet50, .resnet101, .resnet152, .resnext50, .resnext101, .resnet152Places,
    ]

    private func listing(_ name: Network.Architecture) throws -> Listing {
        let listings = try JSONDecoder().decode(
            [String: Listing].self, from: Data(contentsOf: fixtures.appending(path: "resnets.json")))
        return try #require(listings[name.rawValue])
    }

    @Test("Names, shapes, types and numbers of parameters are torchvision's", arguments: networks)
    func names(_ name: Network.Architecture) throws {
        let expected = try listing(name)
        var draw = WeightInitializer.shapes
        let classes = name == .resnet152Places ? 365 : 1000
        let network = try Network(name, classifier: .linear, classes: classes, &draw)
        let tensors = try network.namedTensors().sorted { $0.name < $1.name }
        let lines = tensors.map { name, tensor in
            let type = tensor.dtype == .int64 ? "int64" : tensor.dtype == .float32 ? "float32" : "another type"
            let shape = tensor.shape.isEmpty ? "scalar" : tensor.shape.map(String.init).joined(separator: "x")
            return "\(name) \(shape) \(type)\n"
        }
        #expect(lines.count == expected.entries)
        #expect(try network.parameters().reduce(0) { $0 + $1.parameter.tensor.count } == expected.parameters)
        #expect(ContentHash.sha256(Data(lines.joined().utf8)) == expected.sha256, "\(lines.prefix(20))")
    }

    private func makeNetwork(_ name: Network.Architecture) throws(LongTailError) -> Network {
        var draw = WeightInitializer.zeros
        guard name == .resnet152Places else { return try Network(name, classifier: .linear, classes: 10, &draw) }
        let backbone = try ResNetPlaces(.init(.bottleneck, [1, 1, 2, 1]), &draw)
        return try Network(backbone: backbone, classifier: .linear, classes: 10, &draw)
    }

    @Test(
        "Features, logits, loss, running statistics and every gradient are torchvision's, evaluating and training",
        arguments: networks)
    func numbers(_ name: Network.Architecture) throws {
        let fixture = try parityFixture("VisionTests/Fixtures/resnets")
        let network = try makeNetwork(name)
        // The weights of float32 are those of float64 rounded once.
        try network.convert(to: .float64)
        try Formula.fill(network)
        var start = try network.stateDict()
        let last = start["layer1.0.bn3.weight"] == nil ? ".bn2.weight" : ".bn3.weight"
        for (name, tensor) in start where name.hasSuffix(last) {
            start[name] = HostTensor(tensor.doubles.map { $0 / 8 }, shape: tensor.shape, dtype: tensor.dtype)
        }
        let images = try listing(name).images
        for (dtype, tag, tolerance) in [(DType.float64, "float64", 1e-9), (.float32, "float32", 1e-4)] {
            try network.load(start)
            try network.convert(to: dtype)
            let found = try NetworkPass.worst(
                network, Formula.tensor(images, [4, 3, 64, 64], scale: 2, dtype: dtype), fixture,
                "\(name.rawValue)/\(tag)")
            #expect(found.value <= tolerance, "\(tag): \(found)")
        }
    }

    @Test("Weights are drawn as torchvision draws them: by fan-out, the classifier uniformly, blocks end with ones")
    func initialWeights() throws {
        let state = try Network(.resnext50, classifier: .linear, classes: 100, seed: 3).stateDict()
        func deviation(_ name: String) throws -> Double {
            let values = try #require(state[name]).doubles
            return (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
        }
        // √(2 / (outputs · k²)), whatever the groups.
        for (name, fan) in [
            ("conv1.weight", 64 * 49), ("layer1.0.conv2.weight", 128 * 9), ("layer2.0.downsample.0.weight", 512),
        ] {
            let expected = (2 / Double(fan)).squareRoot()
            #expect(abs(try deviation(name) / expected - 1) < 0.05, "\(name)")
        }
        let bound = 1 / Double(2048).squareRoot()
        let classifier = try #require(state["fc.weight"]).doubles
        #expect(classifier.allSatisfy { abs($0) <= bound } && (classifier.max() ?? 0) > 0.99 * bound)
        #expect(try #require(state["layer1.0.bn3.weight"]).doubles.allSatisfy { $0 == 1 })
        let places = try Bottleneck512.block()
        #expect(places.allSatisfy { abs($0) <= bound } && (places.max() ?? 0) > 0.99 * bound)
    }

    @Test("The frozen body of the Places layout never trains, whatever is asked")
    func frozen() throws {
        var draw = WeightInitializer.zeros
        let backbone = try ResNetPlaces(.init(.bottleneck, [1, 1, 1, 1], width: 8), &draw)
        let network = try Network(backbone: backbone, classifier: .linear, classes: 3, &draw)
        try network.setTrained { _ in true }
        try network.setTraining(true)
        let trained = try network.parameters().filter { $0.parameter.tensor.requiresGrad }.map(\.name)
        #expect(trained.allSatisfy { $0.hasPrefix("block.") || $0.hasPrefix("fc.") } && trained.count == 11)
        var training: [String] = []
        try network.walk { (path, module) throws(LongTailError) in
            if let norm = module as? BatchNorm2d, norm.training { training.append(path) }
        }
        #expect(training == ["block.bn1", "block.bn2", "block.bn3"])
        #expect(try network.roles()["layer1.0.downsample.1.bias"] == .normalization)
    }
}

private enum Bottleneck512 {
    /// The first convolution of a freshly drawn Places block.
    static func block() throws -> [Double] {
        var draw = WeightInitializer(seed: 1)
        let network = try ResNetPlaces(.init(.bottleneck, [1, 1, 1, 1]), &draw)
        return try #require(try network.stateDict()["block.conv1.weight"]).doubles
    }
}
