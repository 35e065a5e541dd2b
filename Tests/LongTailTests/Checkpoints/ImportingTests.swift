import Foundation
import LongTail
import Testing

/// Where the shared checkpoints lie: LONGTAIL_DATA, or beside the repository.
private func supplied(_ suffix: String) -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    let data =
        ProcessInfo.processInfo.environment["LONGTAIL_DATA"]
        ?? root.appendingPathComponent("../shared/data").standardized.path
    return "\(data)/checkpoints/cifar100_imb100_resnet32_stage1\(suffix)"
}

/// The names of the CIFAR ResNet-32 of MiSLAS, spelt out from the reference (methods 14.1).
private func resNet32(classes: Int) -> [ImportPlan.Expected] {
    var expected: [ImportPlan.Expected] = [("conv1.weight", [16, 3, 3, 3], .float32)]
    func norm(_ name: String, _ width: Int) {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            expected.append(("\(name).\(part)", [width], .float32))
        }
        expected.append(("\(name).num_batches_tracked", [], .int64))
    }
    norm("bn1", 16)
    for (stage, width) in [(1, 16), (2, 32), (3, 64)] {
        for block in 0..<5 {
            let input = block == 0 && stage > 1 ? width / 2 : width
            expected.append(("layer\(stage).\(block).conv1.weight", [width, input, 3, 3], .float32))
            norm("layer\(stage).\(block).bn1", width)
            expected.append(("layer\(stage).\(block).conv2.weight", [width, width, 3, 3], .float32))
            norm("layer\(stage).\(block).bn2", width)
        }
    }
    return expected + [("fc.weight", [classes, 64], .float32), ("fc.bias", [classes], .float32)]
}

/// A checkpoint of dictionaries under the keys that lead to them; each tensor holds its own number.
private func checkpoint(_ dictionaries: [(path: String, names: [String])], unknown: [String] = []) -> ModelFile {
    func nest(_ keys: ArraySlice<Substring>, _ value: PickleValue) -> PickleValue {
        guard let key = keys.first else { return value }
        return .dictionary([.init(key: .string(String(key)), value: nest(keys.dropFirst(), value))])
    }
    func merge(_ a: [PickleValue.Entry], _ b: PickleValue) -> [PickleValue.Entry] {
        guard case .dictionary(let entries) = b else { return a }
        return entries.reduce(into: a) { result, entry in
            if let same = result.firstIndex(where: { $0.key == entry.key }),
                case .dictionary(let old) = result[same].value
            {
                result[same] = .init(key: entry.key, value: .dictionary(merge(old, entry.value)))
            } else {
                result.append(entry)
            }
        }
    }
    var (root, number): ([PickleValue.Entry], Double) = ([], 0)
    for (path, names) in dictionaries {
        let tensors = names.map { name in
            number += 1
            return PickleValue.Entry(key: .string(name), value: .tensor(floats([number, number])))
        }
        root = merge(root, nest(path.split(separator: ".")[...], .dictionary(tensors)))
    }
    return .pyTorch(PyTorchCheckpoint(root: .dictionary(root), unknownNames: unknown))
}

struct ImportingTests {
    private static let hasCheckpoints = FileManager.default.fileExists(atPath: supplied(".pth.tar"))

    @Test(
        "The three supplied layouts give one network's weights",
        .enabled(if: hasCheckpoints, "the shared data are not there"))
    func suppliedLayouts() throws {
        let expected = resNet32(classes: 100)
        var states: [StateDict] = []
        for (suffix, layout) in [
            (".pth.tar", "MiSLAS and BTM"), (".legacy.pth.tar", "MiSLAS and BTM"), (".plain.pth", "LDAM-DRW"),
        ] {
            let weights = try ImportedWeights.read(supplied(suffix))
            #expect(weights.layout.name == layout)
            #expect(weights.leftOut.isEmpty)
            let plan = ImportPlan(matching: weights.tensors, expected: expected)
            #expect(plan.description == "matched 188, missing 0, surplus 0, reshaped 0")
            states.append(try plan.apply())
        }
        #expect(states[0] == states[1] && states[0] == states[2])
        #expect(Array(states[0].keys) == expected.map(\.name))
        // 470,004 parameters (methods 14.1).
        let parameters = states[0].filter { !$0.key.contains("running") && !$0.key.contains("tracked") }
        #expect(parameters.values.reduce(0) { $0 + $1.count } == 470_004)
        #expect(try ImportedWeights.read(supplied(".pth.tar")).scalars["epoch"] == 200)
    }

    @Test(
        "A network of another number of classes is refused with the lists and the reason",
        .enabled(if: hasCheckpoints, "the shared data are not there"))
    func otherClasses() throws {
        let weights = try ImportedWeights.read(supplied(".pth.tar"))
        let plan = ImportPlan(matching: weights.tensors, expected: resNet32(classes: 10))
        let message = mergingFailure { () throws(LongTailError) in _ = try plan.apply() }
        #expect(
            message?.description == """
                the weights do not fit the network
                matched 186, missing 0, surplus 0, reshaped 2
                reshaped: fc.weight (F32 [100, 64] in the file, F32 [10, 64] in the network)
                reshaped: fc.bias (F32 [100] in the file, F32 [10] in the network)
                  The classifier is for another number of classes: 100 in the file, 10 in the data.
                """)
    }

    @Test("The four lists are told apart, and nothing is loaded in part")
    func lists() {
        let file: StateDict = ["a": floats([1]), "b": floats([1, 2]), "c": integers([1]), "extra": floats([0])]
        let expected: [ImportPlan.Expected] = [
            ("a", [1], .float32), ("b", [3], .float32), ("c", [1], .float32), ("d", [1], .float32),
        ]
        let plan = ImportPlan(matching: file, expected: expected)
        #expect(plan.matched == ["a"])
        #expect(plan.missing == ["d"])
        #expect(plan.surplus == ["extra"])
        #expect(plan.reshaped.map(\.name) == ["b", "c"], "an integer is no float")
        #expect(mergingFailure { () throws(LongTailError) in _ = try plan.apply() }?.kind == .checkpoint)
        let lines = plan.description.split(separator: "\n")
        #expect(lines.count == 5 && lines[0] == "matched 1, missing 1, surplus 1, reshaped 2")
    }

    @Test("Types convert: floats into each other, num_batches_tracked from a float")
    func types() throws {
        let file: StateDict = [
            "w": floats([0.1], .float64), "h": floats([0.5], .float16), "bn.num_batches_tracked": floats([16999.999]),
        ]
        let expected: [ImportPlan.Expected] = [
            ("bn.num_batches_tracked", [1], .int64), ("h", [1], .float32), ("w", [1], .float32),
        ]
        let state = try ImportPlan(matching: file, expected: expected).apply()
        #expect(state == ["bn.num_batches_tracked": integers([17000]), "h": floats([0.5]), "w": floats([0.1])])
    }

    @Test("module. is taken off the body, whether the classifier has it or not")
    func modulePrefix() throws {
        let all = try ImportedWeights(checkpoint([("", ["module.conv1.weight", "module.fc.bias"])]), path: "x")
        #expect(all.tensors.keys == ["conv1.weight", "fc.bias"])
        let some = try ImportedWeights(checkpoint([("", ["module.conv1.weight", "fc.bias"])]), path: "x")
        #expect(some.tensors.keys == ["conv1.weight", "fc.bias"])
    }

    /// A layout's dictionaries, and the names that come out with the number of the tensor that each shows.
    struct Layout: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let dictionaries: [(path: String, names: [String])]
        let expected: [String: Double]
        var leftOut: [String] = []
    }

    static let layouts: [Layout] = [
        .init(
            testDescription: "MiSLAS and BTM",
            dictionaries: [
                ("state_dict_classifier", ["module.fc.weight"]), ("state_dict_model", ["module.conv1.weight"]),
                ("state_dict_block", ["module.conv1.weight"]), ("state_dict_lws_model", ["module.learned_norm"]),
            ],
            expected: ["fc.weight": 1, "conv1.weight": 2, "block.conv1.weight": 3, "learned_norm": 4]),
        .init(
            testDescription: "classifier-balancing",
            dictionaries: [
                ("state_dict_best.feat_model", ["module.conv1.weight"]),
                ("state_dict_best.classifier", ["module.fc.weight"]),
            ], expected: ["conv1.weight": 1, "fc.weight": 2]),
        .init(
            testDescription: "PaCo and GPaCo",
            dictionaries: [
                (
                    "state_dict",
                    [
                        "module.encoder_q.conv1.weight", "module.encoder_q.fc.0.weight",
                        "module.encoder_k.conv1.weight",
                        "module.linear.weight", "module.linear_k.weight", "module.queue_l",
                    ]
                )
            ],
            expected: ["conv1.weight": 1, "fc.weight": 4],
            leftOut: ["encoder_q.fc.0.weight", "encoder_k.conv1.weight", "linear_k.weight", "queue_l"]),
        .init(
            testDescription: "LDAM-DRW", dictionaries: [("state_dict", ["conv1.weight", "linear.weight"])],
            expected: ["conv1.weight": 1, "fc.weight": 2]),
        .init(
            testDescription: "state dict", dictionaries: [("state_dict", ["conv1.weight", "fc.weight"])],
            expected: ["conv1.weight": 1, "fc.weight": 2]),
        .init(
            testDescription: "state dict", dictionaries: [("", ["conv1.weight"])], expected: ["conv1.weight": 1]),
    ]

    @Test("Each layout of the field comes under the house's names", arguments: layouts)
    func tables(_ layout: Layout) throws {
        let weights = try ImportedWeights(checkpoint(layout.dictionaries), path: "x")
        #expect(weights.layout.name == layout.testDescription)
        let numbers = Dictionary(weights.tensors.map { ($0.key, $0.value.doubles[0]) }, uniquingKeysWith: { $0 + $1 })
        #expect(numbers == layout.expected)
        #expect(weights.leftOut == layout.leftOut)
    }

    @Test("Names that fall together, unknown places and whole objects are told")
    func refused() {
        func message(_ dictionaries: [(path: String, names: [String])], unknown: [String] = []) -> String {
            let file = checkpoint(dictionaries, unknown: unknown)
            return mergingFailure { () throws(LongTailError) in _ = try ImportedWeights(file, path: "f.pth") }?
                .description
                ?? "accepted"
        }
        #expect(message([("", ["fc.weight", "linear.weight"])]).contains("f.pth: two tensors become fc.weight"))
        #expect(
            message([("ema.shadow", ["w"]), ("old.shadow", ["w"])]).contains(
                "f.pth: has tensors under ema.shadow, old.shadow"))
        #expect(
            message([], unknown: ["project.Net"]).contains(
                "f.pth: holds no dictionary of tensors; it holds objects of project.Net"))
    }
}
