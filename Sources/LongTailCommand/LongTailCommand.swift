import ArgumentParser
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
            Interpolate.self, Compare.self, Ablate.self, MethodsCommand.self, NetworksCommand.self, SplitCommand.self,
            DataCommand.self,
            Import.self, RecipeCommand.self, Doctor.self, Bench.self,
        ])

    /// Parses, runs, and turns a failure into its message and a status.
    static func main() {
        // Nobody who reads along is needed for a training to go on; a result that nobody reads ends in `show`.
        signal(SIGPIPE, SIG_IGN)
        refuseStranger()
        do {
            var command = try parseAsRoot()
            if command is any LoneCommand { try refuseSeveral() }
            try command.run()
        } catch { end(with: error) }
    }
}

extension LongTailCommand {
    /// Ends with what is meant when the first word is no command or an option is a key of the recipe; the parser alone
    /// would call them unexpected.
    private static func refuseStranger() {
        let names = configuration.subcommands.map {
            $0.configuration.commandName ?? String(describing: $0).lowercased()
        }
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let failure = emptyWord(arguments) {
            tell(failure)
            Foundation.exit(ExitCode.validationFailure.rawValue)
        }
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help" else { return }
        let failure =
            names.contains(word)
            ? StrangeOptions(arguments)?.failure
            : StrangeCommand.failure(word, Array(arguments.dropFirst()), among: names)
        guard let failure else { return }
        tell(failure)
        Foundation.exit(ExitCode.validationFailure.rawValue)
    }

    /// What is wrong with a word of no letters, which a shell makes of an unset variable in quotes.
    private static func emptyWord(_ arguments: [String]) -> LongTailError? {
        for (place, word) in arguments.enumerated() {
            let isOption =
                word.hasPrefix("--") && word.hasSuffix("=") && word.firstIndex(of: "=") == word.lastIndex(of: "=")
            guard word.isEmpty || isOption else { continue }
            let before = place > 0 ? "what follows \(arguments[place - 1])" : "the first word"
            return LongTailError(
                .usage, "\(isOption ? "the value of \(word.dropLast())" : before) is empty",
                remedy: "Is a variable of the shell not set?")
        }
        return nil
    }

    /// Refuses a command that one process does, where a launcher has started several that would all do it.
    private static func refuseSeveral() throws(LongTailError) {
        guard let world = try? World(), world.size > 1 else { return }
        throw LongTailError(
            .usage, "this command is one process's work, and \(world.launcher) has started \(world.size)",
            remedy: "Start it without a launcher. train, btm, evaluate, calibrate and merge are for several processes.")
    }

    /// Says why the command ends, or what was asked of the parser, and ends it.
    private static func end(with error: any Error) -> Never {
        if let failure = error as? LongTailError {
            tell(failure)
            Foundation.exit(failure.kind.status)
        }
        let (text, status) = (fullMessage(for: error), exitCode(for: error).rawValue)
        guard !text.isEmpty else { Foundation.exit(status) }
        guard status == 0 else {
            Console.tell(text + "\n")
            Foundation.exit(status)
        }
        do throws(LongTailError) { try show(text) } catch {
            tell(error)
            Foundation.exit(error.kind.status)
        }
        Foundation.exit(status)
    }

    private static func tell(_ failure: LongTailError) {
        Console.tell("longtail: \(failure.description(onCommandLineOf: "longtail"))\n")
    }
}

extension LongTailError.Kind {
    /// The exit status: 2 for what the user wrote, 3 for what is on the disk, 4 for what went wrong on the way.
    var status: Int32 {
        switch self {
        case .usage: 2
        case .data, .checkpoint, .file: 3
        case .engine, .training, .stopped, .network: 4
        }
    }
}

/// A command that trains, measures or writes, all of it in one process.
protocol LoneCommand: ParsableCommand {}

extension Predict: LoneCommand {}
extension Export: LoneCommand {}
extension Import: LoneCommand {}
extension Interpolate: LoneCommand {}
extension Compare: LoneCommand {}
extension Ablate: LoneCommand {}
extension PlanCommand: LoneCommand {}
extension SplitCommand: LoneCommand {}
