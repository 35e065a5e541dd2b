import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailFiles

/// What files of weights say of their classes.
@Suite struct StatedOrderTests {
    private func file(_ entries: [(String, PickleValue)]) -> ModelFile {
        .pyTorch(PyTorchCheckpoint(root: dictionary(entries)))
    }

    private func dictionary(_ entries: [(String, PickleValue)]) -> PickleValue {
        .dictionary(entries.map { PickleValue.Entry(key: .string($0.0), value: $0.1) })
    }

    private let numbered: [(String, PickleValue)] = [("wolf", .int(1)), ("bear", .int(0)), ("tapir", .int(2))]

    @Test("Names are read from every form in which tools write them, wherever they stand") func forms() {
        let byNumber = PickleValue.dictionary([
            .init(key: .int(1), value: .string("wolf")), .init(key: .int(2), value: .string("tapir")),
            .init(key: .int(0), value: .string("bear")),
        ])
        let texts = PickleValue.list([.string("bear"), .string("wolf"), .string("tapir")])
        let forms: [(String, [(String, PickleValue)])] = [
            ("class_to_idx", [("class_to_idx", dictionary(numbered))]),
            ("label2id", [("label2id", dictionary(numbered))]),
            ("idx_to_class", [("idx_to_class", byNumber)]),
            (
                "config.id2label",
                [
                    (
                        "config",
                        dictionary([
                            (
                                "id2label",
                                dictionary([("0", .string("bear")), ("1", .string("wolf")), ("2", .string("tapir"))])
                            )
                        ])
                    )
                ]
            ),
            ("hyper_parameters.classes", [("hyper_parameters", dictionary([("classes", texts)]))]),
            ("meta.dataset_meta.classes", [("meta", dictionary([("dataset_meta", dictionary([("classes", texts)]))]))]),
            (
                "meta.CLASSES",
                [("meta", dictionary([("CLASSES", .tuple([.string("bear"), .string("wolf"), .string("tapir")]))]))]
            ),
        ]
        for (key, entries) in forms {
            #expect(file(entries).statedClasses == [StatedClasses(key: key, names: ["bear", "wolf", "tapir"])])
        }
    }

    @Test("Imported weights know the names that stand beside them, for a classifier of so many classes")
    func imported() throws {
        let root = pickled([
            "state_dict": try FieldState(classes: 3).value, "class_to_idx": dictionary(numbered),
            "args": pickled(["classes": .list([.string("a"), .string("b")])]),
        ])
        let weights = try ImportedWeights(.pyTorch(PyTorchCheckpoint(root: root)), path: "x.pth")
        #expect(weights.classes.map(\.key) == ["class_to_idx", "args.classes"])
        #expect(weights.statedClasses(of: 3)?.summary == "3 named by class_to_idx: bear, wolf, tapir")
        #expect(weights.statedClasses(of: 4) == nil)
    }

    @Test(
        "What is no numbering of names says nothing",
        arguments: [
            [("a", PickleValue.int(0)), ("b", .int(0))], [("a", .int(1)), ("b", .int(2))],
            [("a", .int(0)), ("b", .string("x"))],
            [("a", .int(0)), ("b", .int(-1))], [("a", .int(0)), ("b", .int(.max))], [("a", .int(0))], [],
        ])
    func nonsense(entries: [(String, PickleValue)]) {
        #expect(file([("class_to_idx", dictionary(entries))]).statedClasses.isEmpty)
        #expect(file([("classes", .list([.string("a"), .string("a")]))]).statedClasses.isEmpty)
        #expect(file([("classes", .int(7))]).statedClasses.isEmpty)
    }

    @Test("Stated names are compared with the data's: the same, another order, partly others, none") func compared() {
        let data = ["bear", "tapir", "wolf"]
        #expect(StatedOrder(["bear", "tapir", "wolf"], data: data) == .same)
        #expect(StatedOrder(["bear", "wolf", "tapir"], data: data) == .other(["bear", "wolf", "tapir"]))
        #expect(StatedOrder(["Wolf", "BEAR", "tapir"], data: data) == .other(["wolf", "bear", "tapir"]))
        #expect(StatedOrder(["polar-bear", "red fox"], data: ["polar_bear", "red_fox"]) == .same)
        #expect(StatedOrder(["cat", "dog", "cow"], data: data) == .strange)
        #expect(StatedOrder(["bear", "wolf", "lynx"], data: data) == .partly(file: ["lynx"], data: ["tapir"]))
        // Two folders that differ in case alone cannot be told apart by the file.
        #expect(StatedOrder(["a", "b"], data: ["a", "A"]) == .partly(file: ["b"], data: []))
    }
}
