import ArgumentParser
import Foundation
import LongTail

struct Export: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case onnx, safetensors, pth, timm

        /// The kind that a file's name says; nil for a name that says none of them.
        init?(file: String) {
            let ending = Path(file).ending
            self.init(rawValue: ending == "pt" ? Self.pth.rawValue : ending)
        }
    }

    static let configuration = CommandConfiguration(
        abstract: "Writes a trained model for other programs: ONNX Runtime, PyTorch.",
        discussion: """
            longtail export runs/NAME --format onnx
            longtail export runs/NAME --format onnx --include-normalization --output model.onnx
            longtail export runs/NAME/checkpoints/btm.safetensors --output model.safetensors
            longtail export runs/NAME --output model.pth
            longtail export runs/NAME --format timm --output FOLDER
            """)

    @Argument(help: "A run, or a checkpoint of this program.", completion: .file())
    var model: String

    @Option(
        name: .customLong("format"),
        help:
            "The kind of file; by the ending of --output, or onnx, by default. timm: a folder with model.safetensors and config.json."
    )
    var chosen: Format?

    @Option(help: "A stage of the run; the last finished one by default.")
    var stage: String?

    @Option(
        help: ArgumentHelp("The file to write; in the run's folder 'exports' by default.", valueName: "file"),
        completion: .file(extensions: ["onnx", "safetensors", "pth", "pt"]))
    var output: String?

    @Flag(help: "ONNX: batch normalisations stay operators of their own.")
    var keepBatchNorm = false

    @Flag(help: "ONNX: batch normalisations become part of the convolutions before them (the default).")
    var foldBatchNorm = false

    @Option(help: "ONNX: the version of its operators, 17 to 22.")
    var opset = 17

    @Flag(help: "ONNX: the input is pixels from 0 to --range, and the model normalises them.")
    var includeNormalization = false

    @Option(help: "ONNX: the largest pixel with --include-normalization: 255 or 1.")
    var range = 255

    @Flag(help: "ONNX: the features before the classifier are a second output.")
    var features = false

    private var format: Format { chosen ?? output.flatMap(Format.init(file:)) ?? .onnx }

    func validate() throws {
        if let output, chosen != .timm {
            guard let named = Format(file: output) else {
                throw ValidationError(
                    "--output \(output): the ending says no kind of file. There are .onnx, .safetensors, and .pth (or .pt)."
                )
            }
            guard chosen == nil || chosen == named else {
                throw ValidationError("--output \(output) is \(named.rawValue), --format says another: leave one out.")
            }
        }
        guard !(keepBatchNorm && foldBatchNorm) else {
            throw ValidationError("Give --fold-batch-norm or --keep-batch-norm, not both.")
        }
        guard range == 255 || range == 1 else { throw ValidationError("--range is 255 or 1.") }
        guard range == 255 || includeNormalization else {
            throw ValidationError("--range is about --include-normalization: give both.")
        }
        guard Graph.opsets.contains(opset) else { throw ValidationError("--opset must be from 17 to 22.") }
        guard format == .onnx || !(keepBatchNorm || foldBatchNorm || includeNormalization || features) else {
            throw ValidationError(
                "A file of \(format.rawValue) holds weights alone: leave out what shapes an ONNX model.")
        }
    }

    func run() throws {
        let model = try TrainedModel.open(model, stage: stage)
        let path = output ?? defaultPath(model)
        switch format {
        case .safetensors:
            let card = try ModelCard(model, input: .normalized)
            try model.checkpoint.folded().write(to: path, metadata: card.dictionary)
        case .timm: try TimmFolder(model).write(to: path)
        case .pth: try PyTorchFile.write(model.checkpoint.folded().weights, to: path)
        case .onnx:
            var export = ONNXExport()
            export.foldsBatchNorm = !keepBatchNorm
            export.opset = opset
            export.input = includeNormalization ? .pixels(upTo: Double(range)) : .normalized
            export.givesFeatures = features
            try AtomicFile.write(export(model), to: path)
        }
        try show(path)
    }

    /// RUN/exports/STAGE.onnx; beside a checkpoint that belongs to no run.
    private func defaultPath(_ model: TrainedModel) -> String {
        let folder = Path(model.path).folder
        let isOfRun = Path(folder).name == "checkpoints"
        let target = isOfRun ? "\(Path(folder).folder)/exports" : folder
        let isItself = !isOfRun && format == .safetensors
        return (target == "." ? "" : "\(target)/")
            + "\(model.name)\(isItself ? "-exported" : "")\(format == .timm ? "-" : ".")\(format.rawValue)"
    }
}
