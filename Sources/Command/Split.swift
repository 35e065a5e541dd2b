import ArgumentParser
import Basics
import LongTail
import Reporting
import Vision

struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the long-tailed version of a data set and writes the list of its images.",
        discussion: "longtail split cifar-100 --imbalance 100 --profile exponential --data DATA --output list.txt")

    @Argument(help: "cifar-10, cifar-100, glyphs or folder.")
    var name: String

    @Option(help: "Largest over smallest class.")
    var imbalance = 100.0

    @Option(help: "exponential, step or pareto.")
    var profile = LongTailProfile.exponential

    @Option(help: "Which images of a class are kept: first, seeded or numpy-0.")
    var selection = Selection.first

    @Option(help: "The seed of a seeded selection.")
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("The folder of the data set.", valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp("The list to write: one image a line, identity and label.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "JSON.")
    var json = false

    func run() throws {
        guard let known = DataRecipe.Name(rawValue: name) else {
            let names = DataRecipe.Name.allCases.map(\.rawValue)
            throw Failure(
                .usage, "there is no data set '\(name)'",
                remedy: (nearest(name, among: names).map { "Did you mean '\($0)'?  " } ?? "")
                    + "Known: \(names.joined(separator: ", "))")
        }
        var recipe = DataRecipe()
        (recipe.name, recipe.imbalance, recipe.profile, recipe.selection) = (known, imbalance, profile, selection)
        let data = try TrainingData(recipe, root: data, seed: seed)
        let groups = try data.counts.groups()
        let table = ReportTable(
            columns: [.init("class", isNumeric: false), .init("images"), .init("group", isNumeric: false)],
            rows: data.counts.names.indices.map {
                [.text(data.counts.names[$0]), .count(data.counts.counts[$0]), .text(groups[$0].rawValue)]
            },
            notes: [
                "\(data.counts.total) images, imbalance \(data.counts.imbalance); "
                    + Group.allCases.map { group in "\(groups.count { $0 == group }) \(group.rawValue)" }.joined(
                        separator: ", "),
                "list \(data.listHash)",
            ])
        print(json ? try table.json() : table.plain())
        guard let output else { return }
        let lines = data.dataset.labels.indices.map { "\(data.dataset.identity(of: $0)) \(data.dataset.labels[$0])\n" }
        try AtomicFile.write(lines.joined(), to: output)
    }
}

extension LongTailProfile: ExpressibleByArgument {}
extension Selection: ExpressibleByArgument {}
