import ArgumentParser
import LongTail

struct BenchMethods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "methods",
        abstract: "Milliseconds of one training step of the methods that do more than a loss.",
        discussion: """
            Forward, backward and update of ResNet-32 on 128 images of 100 classes; reading and augmenting is not counted.

            longtail bench methods --threads 1
            """)

    @Option(help: "Seconds of each measurement.")
    var seconds = 5.0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard seconds > 0, seconds.isFinite else { throw ValidationError("--seconds must be above 0.") }
    }

    func run() throws {
        _ = try common.session()
        Compute.bindThreads()
        let speed = try SpeedTest()
        let methods: [any TrainedMethod] = [PaCo(), GPaCo(), RIDE(), BBN(), DiVE()]
        var figures: [String: Double] = [:]
        for method in methods {
            figures[type(of: method).name] = 1000 * (try speed.step(of: method, seconds: seconds))
        }
        if common.json { return try showJSON(figures) }
        for (name, value) in figures.sorted(by: { $0.key < $1.key }) { try show("\(name): \(Int(value.rounded())) ms") }
    }
}
