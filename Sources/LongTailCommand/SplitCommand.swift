import ArgumentParser
import LongTail

struct SplitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Makes the long-tailed version of a data set, or parts of it by hash, and writes the lists.",
        discussion: """
            longtail split cifar-100 --imbalance 100 --profile exponential --data DATA --output list.txt
            longtail split folder --data photos --hold-out test=0.2 --hold-out validation=0.1 --output lists
            """)

    @Argument(help: "The data set's name, as in a recipe.")
    var name: String

    @Option(help: "Largest over smallest class; 100 by default.")
    var imbalance: Double?

    @Option(help: "exponential, step or pareto.")
    var profile = LongTailProfile.exponential

    @Option(help: "Which images of a class are kept: first, seeded or numpy-0.")
    var selection = SubsetSelection.first

    @Option(help: "The seed of a seeded selection.")
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("The folder of the data set.", valueName: "folder"))
    var data: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("A key of the data set, as in data.train=all.txt.", valueName: "key.path=value"))
    var overrides: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Holds out a part of every class by the hash of the images' names, in place of a long tail; may be given "
                + "again. The rest is called train.", valueName: "part=share"))
    var holdOut: [String] = []

    @Option(help: "Goes into the hash: another salt gives other parts.")
    var salt = ""

    @Option(
        help: ArgumentHelp(
            "The list to write: one image a line, identity and label. With --hold-out a folder, for a list of each part.",
            valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "JSON.")
    var json = false

    func run() throws {
        var recipe = try DataRecipe.named(name, overrides: overrides)
        if !holdOut.isEmpty { return try writeParts(recipe) }
        (recipe.imbalance, recipe.profile, recipe.selection) = (imbalance ?? 100, profile, selection)
        let data = try TrainingData(recipe, root: data, seed: seed)
        if output != nil { try Self.refuseBoxes(data.dataset) }
        let groups = try data.counts.groups()
        let table = ReportTable(
            columns: [.init("class", isNumeric: false), .init("images"), .init("group", isNumeric: false)],
            rows: data.counts.names.indices.map {
                [.text(data.counts.names[$0]), .count(data.counts.counts[$0]), .text(groups[$0].rawValue)]
            },
            notes: [
                "\(data.counts.total) images, imbalance \(data.counts.imbalance); "
                    + ShotGroup.allCases.map { group in "\(groups.count { $0 == group }) \(group.rawValue)" }.joined(
                        separator: ", "),
                "list \(data.listHash)",
            ])
        try show(json ? try table.json() : table.plain())
        guard let output else { return }
        let lines = data.dataset.labels.indices.map { "\(data.dataset.identity(of: $0)) \(data.dataset.labels[$0])\n" }
        try AtomicFile.write(lines.joined(), to: output)
    }

    /// A list has a path and a label a line, and no place for a part of a picture.
    private static func refuseBoxes(_ data: any Dataset) throws(LongTailError) {
        let images = ((data as? SubsetDataset)?.base ?? data) as? ListedImages
        guard images?.list.isOfBoxes == true else { return }
        throw LongTailError(
            .usage, "a list cannot name parts of pictures, which data.crop-boxes makes of the annotations' boxes",
            remedy: "Leave out \(Wording.option("output")); or save the parts as pictures and split those.")
    }

    /// Writes `train.txt` and a list of each part that is held out.
    private func writeParts(_ recipe: DataRecipe) throws {
        guard imbalance == nil else {
            throw LongTailError(
                .usage, "--hold-out keeps every image, --imbalance does not", remedy: "Give one of them.")
        }
        var (names, shares) = ([String](), [Double]())
        for text in holdOut {
            let pieces = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard pieces.count == 2, let share = Double(pieces[1]), !(names + ["train"]).contains(pieces[0]),
                pieces[0].allSatisfy({ $0.isLetter || $0.isNumber || "-_".contains($0) })
            else {
                throw LongTailError(
                    .usage, "--hold-out \(text): not a part of its own with a share",
                    remedy: "As in: --hold-out test=0.2")
            }
            names.append(pieces[0])
            shares.append(share)
        }
        var whole = recipe
        // Everything is parted here, so that nothing is held out before.
        whole.lists.testFraction = 0
        let training = try TrainingData(whole, root: data, seed: seed)
        let data = training.dataset
        if output != nil { try Self.refuseBoxes(data) }
        let parts = data.parts(of: try HashSplit(shares, salt: salt))
        let table = ReportTable(
            columns: [.init("part", isNumeric: false), .init("images"), .init("classes")],
            rows: zip(names + ["train"], parts).map { name, positions in
                [.text(name), .count(positions.count), .count(Set(positions.map { data.labels[$0] }).count)]
            }, notes: training.notes)
        try show(json ? try table.json() : table.plain())
        guard let output else { return }
        for (name, positions) in zip(names + ["train"], parts) {
            let lines = positions.map { "\(data.identity(of: $0)) \(data.labels[$0])\n" }
            try AtomicFile.write(lines.joined(), to: "\(output)/\(name).txt")
        }
    }
}

extension LongTailProfile: ExpressibleByArgument {}
extension SubsetSelection: ExpressibleByArgument {}
