import Foundation
import LongTailBasics
import LongTailExperiments
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// How a model is written as ONNX.
public struct ONNXExport: Sendable {
    /// Whether batch normalisations become part of the convolutions before them.
    public var foldsBatchNorm = true
    /// The version of ONNX's operators, one of `Graph.opsets`.
    public var opset = 17
    /// What the input's numbers are.
    public var input = PixelRange.normalized
    /// Whether the features (N×D) before the classifier are a second output.
    public var givesFeatures = false

    /// The defaults: normalised input, logits alone, folded, opset 17.
    public init() {}

    /// A trained model as an ONNX file: `images` N×3×H×W float32 to `logits` N×K, any N.
    public func callAsFunction(_ model: TrainedModel) throws(LongTailError) -> Data {
        let (network, format) = (try model.checkpoint.makeNetwork(model.recipe.words), try model.recipe.data.input())
        let graph = try graph(of: network, format)
        return try graph.onnx(
            opset: opset, metadata: ModelCard(model, input: input).entries, producer: longtailVersion)
    }

    /// A network's inference as a graph.
    package func graph(of network: Network, _ format: ImagePreprocessing) throws(LongTailError) -> Graph {
        try network.setTraining(false)
        let normalize = try normalization(format.normalization)
        return try graph(
            shape: [3, format.size.height, format.size.width], weights: network.namedTensors()
        ) { (images) throws(LongTailError) in
            let features = try network.backbone(normalize(images))
            // Nearest class means give float64.
            let logits = try network.classifier(features).to(.float32)
            return [("logits", logits)] + (givesFeatures ? [("features", features)] : [])
        }
    }

    /// Any computation on a batch of images (N × `shape`) as a graph; its operators are recorded as they run.
    ///
    /// - Parameters:
    ///   - shape: C, H, W.
    ///   - weights: Tensors that keep their names in the file.
    ///   - body: Gives the named outputs of a batch. Runs twice.
    /// - Throws: A failure that names the operator when one has no translation.
    package func graph(
        shape: [Int], weights: [(name: String, tensor: Tensor)],
        of body: (Tensor) throws(LongTailError) -> [(name: String, tensor: Tensor)]
    ) throws(LongTailError) -> Graph {
        guard Graph.opsets.contains(opset) else {
            throw LongTailError(
                .usage, "opset \(opset) is not in \(Graph.opsets.lowerBound)...\(Graph.opsets.upperBound)",
                remedy: "Take 17, which every ONNX Runtime since 1.12 reads.")
        }
        let graph = try GraphBuilder.graph(
            of: TracedModel(shape, body), input: "images", weights: weights, opset: opset)
        return foldsBatchNorm ? graph.foldingBatchNorm() : graph
    }

    /// What brings the input's numbers to the network's: nothing, or one multiplication and one addition.
    private func normalization(
        _ normalization: Normalization
    ) throws(LongTailError) -> (Tensor) throws(LongTailError) -> Tensor {
        guard case .pixels(let top) = input else { return { (images) throws(LongTailError) in images } }
        guard top > 0, top.isFinite else { throw LongTailError(.usage, "pixels cannot go from 0 to \(top)") }
        let pairs = zip(normalization.mean, normalization.std)
        let scale = try Tensor(normalization.std.map { 1 / (Float(top) * $0) }, shape: [1, 3, 1, 1])
        let shift = try Tensor(pairs.map { -$0 / $1 }, shape: [1, 3, 1, 1])
        return { (images) throws(LongTailError) in try images.mul(scale).add(shift) }
    }
}
