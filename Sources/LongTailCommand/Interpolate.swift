import ArgumentParser
import LongTail

struct Interpolate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Accuracy, H-mean and G-mean on the straight line from one model to another (the paper's figures 1, 2).",
        discussion: """
            longtail interpolate runs/NAME/checkpoints/pre-train.safetensors runs/NAME/checkpoints/btm.safetensors \\
                --points 11 --data DATA --output curve.svg
            """)

    @Argument(help: "The model at 0: a checkpoint of this program.", completion: .file(extensions: ["safetensors"]))
    var from: String

    @Argument(help: "The model at 1.", completion: .file(extensions: ["safetensors"]))
    var to: String

    @Option(
        help: "A third model to show beside the curve, such as the union model of figure 2.",
        completion: .file(extensions: ["safetensors"]))
    var reference: String?

    @Option(help: "Points on the line, both ends among them.")
    var points = 11

    @Option(help: ArgumentHelp("The folder of the data set.", valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp("The figure to write (.svg).", valueName: "file"), completion: .file(extensions: ["svg"]))
    var output: String?

    @Flag(help: "The table as Markdown.")
    var markdown = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (2...1001).contains(points) else { throw ValidationError("--points must be from 2 to 1001.") }
    }

    func run() throws {
        let curve = try common.session().interpolate(
            from: from, to: to, reference: reference, points: points, root: data)
        let table = curve.table
        try show(common.json ? try table.json() : markdown ? table.markdown() : table.plain())
        if let output { try AtomicFile.write(curve.figure().svg(), to: output) }
    }
}
