import Foundation
import LongTailBasics
import LongTailExperiments
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// A model as timm keeps one: `model.safetensors` under its names, and `config.json` beside it.
///
/// `timm.create_model("local-dir:FOLDER", pretrained=True)` makes it, and `import` and `btm` read it.
public struct TimmFolder: Sendable {
    private let weights: StateDict
    private let config: Config

    private struct Config: Encodable, Sendable {
        struct Input: Encodable, Sendable {
            let mean, std: [Double]
            let inputSize: [Int]
            let cropShare: Double?
            let cropMode, interpolation: String?
            let classifier: String
            let classes: Int
            let hasFixedSize: Bool

            private enum CodingKeys: String, CodingKey {
                case mean, std, interpolation, classifier
                case inputSize = "input_size"
                case cropShare = "crop_pct"
                case cropMode = "crop_mode"
                case classes = "num_classes"
                case hasFixedSize = "fixed_input_size"
            }
        }

        struct Arguments: Encodable, Sendable {
            let imageSize: Int?
            let pool: String?
            let eps, momentum: Double?

            private enum CodingKeys: String, CodingKey {
                case imageSize = "img_size"
                case pool = "global_pool"
                case eps = "bn_eps"
                case momentum = "bn_momentum"
            }
        }

        let architecture: String
        let classes: Int
        let features: Int
        let labels: [String]
        let input: Input
        let arguments: Arguments?

        private enum CodingKeys: String, CodingKey {
            case architecture
            case classes = "num_classes"
            case features = "num_features"
            case labels = "label_names"
            case input = "pretrained_cfg"
            case arguments = "model_args"
        }
    }

    /// A trained model for timm.
    ///
    /// - Throws: `.usage` for a network or a classifier that timm lacks.
    public init(_ model: TrainedModel) throws(LongTailError) {
        // LoRA becomes part of the weights.
        let checkpoint = try model.checkpoint.folded()
        let info = checkpoint.info
        func refused(_ what: String) -> LongTailError {
            LongTailError(
                .usage, "\(model.path): timm has no \(what)",
                remedy: "Export it as ONNX, or as safetensors under the names of this program.")
        }
        guard let timm = info.network.timm else { throw refused("network \(info.network.rawValue)") }
        guard info.design.branches == .single else { throw refused("network of several branches") }
        if let adapters = info.adapters { throw refused("\(adapters.kind.rawValue)") }
        guard info.classifier == .linear else { throw refused("\(info.classifier.rawValue) classifier") }
        let network = try checkpoint.makeNetwork(model.recipe.words)
        if let part = network.classifier.parts.first(where: { !($0 is ClassScale) }) {
            throw refused("classifier with \(type(of: part).name)")
        }
        let scale = try network.classifier.part(ClassScale.self)?.scale.tensor.host().doubles
        var weights = StateDict()
        for (name, tensor) in try network.stateDict() {
            if name == "learned_norm" { continue }
            guard let leaf = ["weight", "bias"].first(where: { name == Classifier.layerTensor($0) }) else {
                weights[name] = tensor
                continue
            }
            // The logits' factors belong to the rows of the layer before them.
            let values = tensor.doubles
            let width = tensor.count / max(1, info.classNames.count)
            let scaled = scale.map { scale in values.indices.map { values[$0] * scale[$0 / width] } }
            weights["\(timm.classifier).\(leaf)"] =
                scaled.map { HostTensor($0, shape: tensor.shape, dtype: tensor.dtype) } ?? tensor
        }
        self.weights = weights
        let format = try model.recipe.data.input()
        let data = model.recipe.data
        let isUsual = data.preparesAsUsual
        // Of pictures that all have one size the whole is taken; other steps of one's own a config cannot say.
        guard isUsual || (data.nativeSize != nil && data.evaluationTransform.steps.isEmpty) else {
            throw LongTailError(
                .usage, "\(model.path): its pictures go through data.preparation, which timm's config.json cannot say",
                remedy: "Export it as ONNX, or as safetensors, and prepare pictures as its model card says.")
        }
        let side = format.size.height
        let imageSize = info.network.imageSize.flatMap { $0 == side ? timm.imageSize : side }
        config = Config(
            architecture: timm.name, classes: info.classNames.count, features: network.backbone.width,
            labels: info.classNames,
            input: .init(
                mean: format.normalization.mean.map { Double("\($0)") ?? Double($0) },
                std: format.normalization.std.map { Double("\($0)") ?? Double($0) },
                inputSize: [3, side, format.size.width], cropShare: isUsual ? data.cropShare : 1,
                cropMode: isUsual ? data.cropMode.rawValue : nil,
                interpolation: isUsual ? data.interpolation.rawValue : nil, classifier: timm.classifier,
                classes: info.classNames.count, hasFixedSize: info.network.isTransformer),
            arguments: imageSize == nil && timm.pool == nil && timm.norm == nil
                ? nil
                : .init(
                    imageSize: imageSize, pool: timm.pool, eps: timm.norm?.eps, momentum: timm.norm?.momentum))
    }

    /// Writes both files into a folder, which is made where there is none.
    public func write(to folder: String) throws(LongTailError) {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw LongTailError(.file, "cannot make the folder \(folder)")
        }
        try SafeTensorsFile.write(weights, metadata: ["format": "pt"], to: "\(folder)/model.safetensors")
        try AtomicFile.write(RunJSON.encode(config, pretty: true), to: "\(folder)/config.json")
    }
}
