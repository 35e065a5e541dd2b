import ArgumentParser
import Basics
import Foundation
import LongTail

/// The command `longtail`.
@main
struct LongTailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "longtail",
        abstract: "Balanced training and merging for images whose classes have a long tail.",
        discussion: """
            longtail train Recipes/demo/glyphs.yaml
            longtail train Recipes/cifar100-lt/mislas-btm.yaml --data DATA
            longtail btm --checkpoint model.pth.tar --recipe Recipes/cifar100-lt/mislas-btm.yaml --data DATA
            longtail evaluate runs/NAME
            """,
        version: longtailVersion,
        subcommands: [
            PlanCommand.self, Train.self, BTM.self, Evaluate.self, Predict.self, Calibrate.self, Export.self,
            Merge.self,
            Interpolate.self, Compare.self, Ablate.self, MethodsCommand.self, Split.self,
            DataCommand.self,
            Import.self, RecipeCommand.self, Doctor.self, Bench.self,
        ])

    /// Parses, runs, and turns a failure into its message and a status.
    static func main() {
        do {
            var command = try parseAsRoot()
            do { try command.run() } catch let failure as Failure {
                FileHandle.standardError.write(Data("longtail: \(failure)\n".utf8))
                Foundation.exit(failure.kind.status)
            }
        } catch { exit(withError: error) }
    }
}

extension Failure.Kind {
    /// The exit status: 2 for what the user wrote, 3 for what is on the disk, 4 for what went wrong on the way.
    var status: Int32 {
        switch self {
        case .usage: 2
        case .data, .checkpoint, .file: 3
        case .engine, .training, .network: 4
        }
    }
}
