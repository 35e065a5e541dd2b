import ArgumentParser
import LongTail

/// One side of the comparison with PyTorch on a GPU; `make bench` calls it.
struct BenchNetwork: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "How fast one network trains on one device.",
        discussion: "longtail bench network --network resnet50 --device cuda --json", shouldDisplay: false)

    @Option(help: "The network.")
    var network = "resnet50"

    @Option(help: "The batch size.")
    var batchSize = 128

    @Option(help: "Height and width of an image, pixels.")
    var imageSize = 224

    @Option(help: "Classes.")
    var classes = 1000

    @Option(help: "Steps to measure.")
    var steps = 50

    @Option(help: "Seconds at the most.")
    var seconds = 120.0

    @Flag(
        help: """
            Takes turns with another program: each line of standard input is a number of steps, the seconds that they took \
            are a line of standard output.
            """)
    var turns = false

    @Flag(help: "Only the time by operator of one step.")
    var byOperator = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000).contains(batchSize), (8...4096).contains(imageSize), (2...100_000).contains(classes),
            (1...100_000).contains(steps), seconds > 0, seconds.isFinite
        else { throw ValidationError("--batch-size, --image-size, --classes, --steps or --seconds is out of range.") }
    }

    func run() throws {
        guard let name = Network.Architecture(rawValue: network) else {
            throw LongTailError(
                .usage, "there is no network '\(network)'",
                remedy: Network.Architecture.hint(for: network))
        }
        let session = try common.session()
        Compute.bindThreads()
        var speed = NetworkSpeed()
        (speed.batchSize, speed.side, speed.classes) = (batchSize, imageSize, classes)
        (speed.steps, speed.limit) = (steps, seconds)
        if turns {
            return try speed.turns(
                name, next: { () throws(LongTailError) in try nextTurn() },
                report: { (seconds) throws(LongTailError) in try show("\(seconds)") })
        }
        if byOperator { return try show(speed.profile(name).table("one step of \(network)").plain()) }
        let (rate, measured) = try speed.training(name)
        let figures = Figures(device: try session.compute.deviceName ?? "cpu", train: rate, steps: measured)
        if common.json { return try showJSON(figures) }
        try show("training \(network) on \(figures.device): \(Int(rate)) images/s over \(measured) steps")
    }

    private func nextTurn() throws(LongTailError) -> Int? {
        guard let line = readLine() else { return nil }
        guard let count = Int(line), count > 0 else {
            throw LongTailError(.usage, "'\(line.prefix(40))' is no number of steps", remedy: "Write one on each line.")
        }
        return count
    }

    private struct Figures: Encodable {
        let device: String
        let train: Double
        let steps: Int

        enum CodingKeys: String, CodingKey {
            case device, steps
            case train = "train_images_per_second"
        }
    }
}
