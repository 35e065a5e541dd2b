import ArgumentParser
import Foundation
import LongTail

struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fits the temperature of a run's scores on its validation images, never on test images.",
        discussion: """
            longtail calibrate runs/NAME
            longtail calibrate runs/NAME --stage btm --data DATA
            """)

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .directory)
    var path: String

    @Option(help: "A stage of the run; the last finished one by default.")
    var stage: String?

    @Option(help: ArgumentHelp("The folder of the data set, if it has moved since training.", valueName: "folder"))
    var data: String?

    @OptionGroup var waiting: WaitingOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        try common.together(
            waiting, root: data, recipe: { () throws(LongTailError) in try Run.stated(path) }, work)
    }

    private func work(_ session: Session) throws {
        let (name, found) = try session.calibrate(path, stage: stage, root: data)
        if common.json { return try showJSON([name: found]) }
        try show(
            """
            \(name): temperature \(String(format: "%.4f", found.temperature)), \
            fitted on \(found.images) validation images
            negative log-likelihood \(String(format: "%.4f -> %.4f", found.lossBefore, found.lossAfter)), \
            calibration error \(String(format: "%.2f -> %.2f %%", 100 * found.errorBefore, 100 * found.errorAfter))
            """)
    }
}
