import Foundation
import LongTail
import TestSupport
import Testing

/// Files that PyTorch wrote as the field's projects do (scripts/fixtures/field.py).
struct FieldFilesTests {
    /// A file and what it holds under the house's names.
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let layout: String
        /// Names beside the body and the classifier.
        var more: Set<String> = []
        /// Names that no network of the fixture has, left for the plan to show.
        var strange: Set<String> = []
        var hasHead = true
        var leftOut = 0
        /// The set whose values are the formula's, where it is not the one taken by itself.
        var key: String?
        var scalars: [String: Double]
        var testDescription: String { file }
    }

    static let cases: [Case] = [
        .init(file: "btm", layout: "MiSLAS and BTM", scalars: ["epoch": 10, "best_acc1": 40.5, "its_ece": 3.5]),
        .init(
            file: "mislas-places", layout: "MiSLAS and BTM", more: ["block.conv1.weight", "learned_norm"],
            scalars: ["epoch": 10, "best_acc1": 40.5, "its_ece": 3.5]),
        .init(file: "paco", layout: "PaCo and GPaCo", leftOut: 14, scalars: ["epoch": 400, "acc": 57]),
        .init(file: "gpaco", layout: "PaCo and GPaCo", leftOut: 6, scalars: ["epoch": 400, "acc": 58]),
        .init(file: "torchvision", layout: "state dict", scalars: [:]),
        .init(
            file: "timm", layout: "state dict", key: "state_dict_ema",
            scalars: ["epoch": 299, "version": 2, "metric": 79]),
        .init(file: "lightning", layout: "state dict", scalars: ["epoch": 89, "global_step": 1000]),
        .init(file: "backbone", layout: "state dict with backbone", scalars: ["epoch": 3]),
        .init(file: "encoder", layout: "state dict with encoder", scalars: ["epoch": 3]),
        .init(
            file: "classifier-balancing", layout: "classifier-balancing",
            scalars: ["epoch": 90, "best_epoch": 88, "best_acc": 0.4]),
        .init(file: "ldam-drw", layout: "LDAM-DRW", scalars: ["epoch": 200, "best_acc1": 42.5]),
        .init(
            file: "bbn", layout: "BBN", strange: ["cb_block.conv1.weight", "rb_block.conv1.weight"],
            scalars: ["epoch": 200, "best_result": 0.4, "best_epoch": 190]),
        .init(
            file: "ride", layout: "RIDE and SADE",
            strange: ["layer2s.0.0.conv1.weight", "layer2s.1.0.conv1.weight", "linears.0.weight"], hasHead: false,
            scalars: ["epoch": 200, "monitor_best": 0.48]),
    ]

    static let names = [
        "block.conv1.weight", "bn1.bias", "bn1.num_batches_tracked", "bn1.running_mean", "bn1.running_var",
        "bn1.weight", "conv1.weight", "fc.bias", "fc.weight", "layer1.0.conv1.weight", "learned_norm",
    ]

    static func path(_ file: String) throws -> String {
        try #require(Bundle.module.resourceURL).appending(path: "Fixtures/field/\(file)").path
    }

    /// Every tensor under its house name holds what PyTorch put there.
    private func check(_ weights: ImportedWeights, _ expected: Case) throws {
        #expect(weights.layout.name == expected.layout)
        #expect(weights.leftOut.count == expected.leftOut, "\(weights.leftOut)")
        let beside: Set = ["block.conv1.weight", "learned_norm"]
        let own = Self.names.filter { !beside.contains($0) && (expected.hasHead || !$0.hasPrefix("fc.")) }
        #expect(Set(weights.tensors.keys) == Set(own).union(expected.more).union(expected.strange))
        for (name, tensor) in weights.tensors where !expected.strange.contains(name) {
            let k = try #require(Self.names.firstIndex(of: name))
            if name.hasSuffix("num_batches_tracked") {
                #expect(tensor == integers([7], shape: []))
            } else {
                #expect(tensor == Formula.host(k, tensor.shape, dtype: .float32), "\(name)")
            }
        }
    }

    private func integers(_ values: [Int], shape: [Int]) -> HostTensor {
        HostTensor(integers: values, shape: shape, dtype: .int64)
    }

    @Test(
        "Weights of the field's files come under the house's names from both of PyTorch's containers",
        arguments: cases, [".pth", ".legacy.pth"])
    func files(_ expected: Case, _ suffix: String) throws {
        let weights = try ImportedWeights.read(Self.path(expected.file + suffix), key: expected.key)
        try check(weights, expected)
        #expect(Dictionary(uniqueKeysWithValues: weights.scalars.map { ($0.key, $0.value) }) == expected.scalars)
    }

    @Test("timm's safetensors file is read like the others") func safeTensors() throws {
        try check(
            try ImportedWeights.read(Self.path("timm.safetensors")),
            .init(file: "timm", layout: "state dict", scalars: [:]))
    }

    @Test("Of two state dicts the trained one is taken, and the averaged one is named") func averaged() throws {
        let weights = try ImportedWeights.read(Self.path("timm.pth"))
        #expect(weights.key == "state_dict" && weights.others == ["state_dict_ema"])
        let average = try ImportedWeights.read(Self.path("timm.pth"), key: "state_dict_ema")
        #expect(average.others == ["state_dict"] && average.tensors != weights.tensors)
    }

    @Test("RIDE's objects are not unpacked, and no network is claimed for its experts") func experts() throws {
        let path = try Self.path("ride.pth")
        let file = try ModelFile.read(path)
        guard case .pyTorch(let checkpoint) = file else {
            Issue.record("not a file of PyTorch")
            return
        }
        #expect(checkpoint.unknownNames.contains { $0.hasSuffix("ConfigParser") })
        let weights = try ImportedWeights(file, path: path)
        let refusal = failure { () throws(LongTailError) in _ = try NetworkMatch(weights, path: path) }
        #expect(refusal?.description.contains("no network that is known") == true)
    }
}
