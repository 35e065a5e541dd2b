import ArgumentParser
import Foundation
import LongTail

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Names the classes of pictures, with scores that are calibrated where the run has a temperature.",
        discussion: """
            longtail predict runs/NAME image.jpg another.png
            longtail predict model.pth image.jpg --classes names.txt
            longtail predict runs/NAME PICTURES --top 3 --json
            longtail predict runs/NAME --list files.txt
            """)

    @Argument(help: "A run, or a file of weights.", completion: .file())
    var model: String

    @Argument(help: "Pictures, and folders of pictures.", completion: .file())
    var images: [String] = []

    @Option(help: ArgumentHelp("A file that lists pictures or folders, one a line.", valueName: "file"))
    var list: String?

    @Option(help: "A stage of the run; the last finished one by default.")
    var stage: String?

    @Option(help: "Classes to name for each picture.")
    var top = 5

    @Option(help: "Pictures a forward pass.")
    var batch = 64

    @Option(
        help: ArgumentHelp("Larger pictures are refused; the recipe's data.max-megapixels by default.", valueName: "n"))
    var maxMegapixels: Int?

    @OptionGroup var options: ModelOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard top > 0 else { throw ValidationError("--top must be at least 1.") }
        guard (1...100_000).contains(batch) else { throw ValidationError("--batch must be from 1 to 100000.") }
        guard !images.isEmpty || list != nil else { throw ValidationError("Name pictures, a folder, or --list FILE.") }
    }

    func run() throws {
        let session = try common.session()
        let trained = try opened()
        let predictor = try Predictor(trained, maxMegapixels: maxMegapixels)
        for note in trained.notes { session.sink.say("\(model): \(note)") }
        let (paths, leftOut) = try ImageFiles.list(
            images + (list.map { (file) throws(LongTailError) in try ImageFiles.named(in: file) } ?? []))
        if let words = leftOut.words { Console.tell("longtail: left out \(words)\n") }
        if !common.json { try show("scores: \(Self.calibration(trained))") }
        let answers = try answers(predictor, paths)
        if common.json {
            try showJSON(
                Answers(
                    model: trained.name, isCalibrated: trained.calibration != nil,
                    temperature: trained.calibration?.temperature, images: answers, leftOut: leftOut.words))
        }
        let broken = answers.count { $0.error != nil }
        guard broken == 0 else {
            throw LongTailError(
                .data,
                broken == paths.count
                    ? "no picture could be read"
                    : "\(broken) of \(paths.count) pictures could not be read; the others were predicted",
                remedy: "They are named above.")
        }
    }

    private func opened() throws(LongTailError) -> TrainedModel {
        if !Path(model).isFile { try options.refuse("a run") }
        let names = try options.classes.map { (file) throws(LongTailError) in try ClassNamesFile.read(file) }
        return try TrainedModel.open(model, stage: stage, classes: names, overrides: options.values)
    }

    /// Every picture's answer, each printed as it comes.
    private func answers(_ predictor: Predictor, _ paths: [String]) throws(LongTailError) -> [Answer] {
        var answers: [Answer] = []
        let names = predictor.model.checkpoint.info.classNames
        try predictor(paths, batchSize: batch) { (prediction) throws(LongTailError) in
            let answer = Answer(prediction, names, top)
            if let error = answer.error { Console.tell("longtail: \(error)\n") }
            if !common.json, let line = answer.line { try show(line) }
            answers.append(answer)
        }
        return answers
    }

    private static func calibration(_ model: TrainedModel) -> String {
        guard let known = model.calibration else {
            return "uncalibrated (no temperature was fitted on validation images)"
        }
        return "calibrated, temperature \(String(format: "%.4f", known.temperature)) "
            + "fitted on \(known.images) validation images"
    }
}

/// All predictions, as JSON gives them.
struct Answers: Encodable {
    let model: String
    let isCalibrated: Bool
    let temperature: Double?
    let images: [Answer]
    /// What was left out of folders, in words.
    let leftOut: String?

    private enum CodingKeys: String, CodingKey {
        case model, temperature, images
        case leftOut = "left-out"
        case isCalibrated = "calibrated"
    }
}

/// One picture's prediction, as JSON gives it.
struct Answer: Encodable {
    struct Score: Encodable {
        let name: String
        let score: Float

        private enum CodingKeys: String, CodingKey {
            case score
            case name = "class"
        }
    }

    let image: String
    let scores: [Score]?
    let error: String?

    /// The classes with the highest scores; the lowest label first among equals.
    init(_ prediction: Prediction, _ names: [String], _ top: Int) {
        image = prediction.path
        switch prediction.scores {
        case .success(let values):
            let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
            scores = order.prefix(top).map { Score(name: names[$0], score: values[$0]) }
            error = nil
        case .failure(let failure): (scores, error) = (nil, failure.description)
        }
    }

    /// As a line of text; nil for a broken picture.
    var line: String? {
        scores.map { scores in
            "\(image)  " + scores.map { "\($0.name) \(String(format: "%.4f", $0.score))" }.joined(separator: ", ")
        }
    }
}
