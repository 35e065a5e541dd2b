import ArgumentParser
import Basics
import LongTail
import Reporting

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How fast this machine trains and evaluates ResNet-32; `make bench` sets it beside PyTorch.",
        discussion: "longtail bench --data DATA")

    @Option(
        help: ArgumentHelp(
            "The folder of CIFAR-100, for the BTM member; without it that is left out.", valueName: "folder"))
    var data: String?

    @Option(help: "Seconds of each measurement.")
    var seconds = 5.0

    @Option(help: "Epochs of the BTM member.")
    var epochs = 2

    @OptionGroup var common: CommonOptions

    func run() throws {
        try common.setThreads()
        let speed = try SpeedTest()
        var figures = [
            "train_images_per_second": try speed.training(seconds: seconds),
            "evaluate_images_per_second": try speed.evaluation(seconds: seconds),
            "operator_call_microseconds": try SpeedTest.operatorCall(),
            "refit_images_per_second": try speed.training(seconds: seconds, method: MiSLAS(), part: .classifier),
        ]
        if let data {
            let times = try SpeedTest.member(root: data, epochs: epochs)
            figures["btm_member_seconds_per_epoch"] = times.reduce(0, +) / Double(max(1, times.count))
        }
        if common.json { return try printJSON(figures) }
        for (name, value) in figures.sorted(by: { $0.key < $1.key }) { print("\(name)  \(value)") }
    }
}
