import Foundation
import LongTailBasics
import LongTailONNXSchema
import LongTailSerialization
import LongTailTorch
import SwiftProtobuf

extension Graph {
    /// The versions of ONNX's operators that this program writes.
    package static let opsets = 17...22

    /// The graph as a whole ONNX file, for `opset`'s operators.
    ///
    /// - Parameters:
    ///   - opset: One of `opsets`, that which the graph was made for.
    ///   - metadata: Free text by key (ONNX's metadata_props).
    ///   - producer: The version of this program.
    /// - Throws: `.usage` when the file would be larger than protobuf's 2 GB.
    package func onnx(opset: Int, metadata: [(key: String, value: String)], producer: String) throws(LongTailError)
        -> Data
    {
        let bytes = constants.values.reduce(0) { $0 + $1.bytes.count }
        guard bytes < Int(Int32.max) - (1 << 24) else {
            throw LongTailError(
                .usage, "the model has \(bytes >> 20) MiB of weights: an ONNX file holds less than 2 GB",
                remedy: "Export it as safetensors.")
        }
        var model = Onnx_ModelProto()
        // The first file version that knows the operators; opset 17 came with ONNX 1.12 and version 8.
        model.irVersion = opset < 19 ? 8 : opset < 21 ? 9 : 10
        model.opsetImport = [
            .with {
                $0.domain = ""; $0.version = Int64(opset)
            }
        ]
        (model.producerName, model.producerVersion) = ("longtail", producer)
        model.metadataProps = metadata.map { entry in
            .with {
                $0.key = entry.key; $0.value = entry.value
            }
        }
        model.graph = try proto()
        do { return try model.serializedData() } catch {
            throw LongTailError(.file, "the model cannot be written as ONNX: \(error)")
        }
    }

    private func proto() throws(LongTailError) -> Onnx_GraphProto {
        var graph = Onnx_GraphProto()
        graph.name = "longtail"
        graph.input = inputs.map(\.proto)
        graph.output = outputs.map(\.proto)
        graph.node = nodes.map(\.proto)
        for (name, tensor) in constants { graph.initializer.append(try tensor.proto(name)) }
        return graph
    }
}

extension Graph.Port {
    fileprivate var proto: Onnx_ValueInfoProto {
        var shape = Onnx_TensorShapeProto()
        shape.dim = self.shape.map { size in
            .with { if let size { $0.dimValue = Int64(size) } else { $0.dimParam = "batch" } }
        }
        var tensor = Onnx_TypeProto.Tensor()
        tensor.elemType = Int32(Onnx_TensorProto.DataType.float.rawValue)
        tensor.shape = shape
        return .with {
            $0.name = name
            $0.type.tensorType = tensor
        }
    }
}

extension Graph.Node {
    fileprivate var proto: Onnx_NodeProto {
        .with {
            $0.opType = op
            $0.name = output
            $0.input = inputs
            $0.output = [output] + (0..<unused).map { "\(output)_unused_\($0)" }
            $0.attribute = attributes.map { name, value in value.proto(name) }
        }
    }
}

extension Graph.Attribute {
    fileprivate func proto(_ name: String) -> Onnx_AttributeProto {
        .with {
            $0.name = name
            switch self {
            case .int(let value):
                $0.type = .int
                $0.i = Int64(value)
            case .ints(let values):
                $0.type = .ints
                $0.ints = values.map(Int64.init)
            case .float(let value):
                $0.type = .float
                $0.f = Float(value)
            }
        }
    }
}

extension DType {
    /// ONNX's number for the type; nil for those that are not exported.
    var onnx: Int? {
        let type: Onnx_TensorProto.DataType
        switch self {
        case .float32: type = .float
        case .float64: type = .double
        case .int64: type = .int64
        case .bool: type = .bool
        default: return nil
        }
        return type.rawValue
    }
}

extension HostTensor {
    fileprivate func proto(_ name: String) throws(LongTailError) -> Onnx_TensorProto {
        guard let type = dtype.onnx else {
            throw LongTailError(.usage, "a tensor of \(dtype.rawValue) (\(name)) is not exported")
        }
        return .with {
            $0.name = name
            $0.dataType = Int32(type)
            $0.dims = shape.map(Int64.init)
            $0.rawData = bytes
        }
    }
}
