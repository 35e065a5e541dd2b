import Foundation
import LongTail
import TestSupport

@testable import LongTailExperiments
@testable import LongTailTraining

/// State dicts as programs of the field save them, of a network's names and shapes; every byte of a set is its mark.
struct FieldState {
    var tensors: StateDict = [:]

    /// A network's tensors.
    init(_ network: Network.Architecture = .resnet20, classes: Int = 4, mark: UInt8 = 1) throws {
        var draw = WeightInitializer.shapes
        for (name, tensor) in try Network(.init(network), classes: classes, &draw).namedTensors() {
            tensors[name] = Self.tensor(tensor.shape, tensor.dtype ?? .float32, mark)
        }
    }

    static func tensor(_ shape: [Int], _ dtype: DType = .float32, _ mark: UInt8 = 1) -> HostTensor {
        HostTensor(
            dtype: dtype, shape: shape, bytes: Data(repeating: mark, count: shape.reduce(1, *) * dtype.size))
    }

    /// Without the classifier.
    var body: FieldState { renamed { $0.hasPrefix("fc.") ? nil : $0 } }

    /// With other names; nil leaves one out.
    func renamed(_ name: (String) -> String?) -> FieldState {
        var copy = self
        copy.tensors = [:]
        for (old, tensor) in tensors { if let new = name(old) { copy.tensors[new] = tensor } }
        return copy
    }

    func under(_ prefix: String) -> FieldState { renamed { prefix + $0 } }

    /// With further tensors.
    func with(_ more: [String: [Int]], _ dtype: DType = .float32) -> FieldState {
        var copy = self
        for (name, shape) in more.sorted(by: { $0.key < $1.key }) { copy.tensors[name] = Self.tensor(shape, dtype) }
        return copy
    }

    static func + (a: FieldState, b: FieldState) -> FieldState {
        var sum = a
        sum.tensors.merge(b.tensors) { _, new in new }
        return sum
    }

    var value: PickleValue {
        .dictionary(tensors.map { .init(key: .string($0.key), value: .tensor($0.value)) })
    }
}

/// A dictionary of a pickle.
func pickled(_ entries: KeyValuePairs<String, PickleValue>) -> PickleValue {
    .dictionary(entries.map { .init(key: .string($0.key), value: $0.value) })
}

/// What is read of a saved object.
func imported(_ root: PickleValue, key: String? = nil) throws(LongTailError) -> ImportedWeights {
    try ImportedWeights(.pyTorch(PyTorchCheckpoint(root: root)), key: key, path: "f.pth")
}

/// What is read of a saved state dict.
func imported(_ state: FieldState) throws(LongTailError) -> ImportedWeights { try imported(state.value) }
