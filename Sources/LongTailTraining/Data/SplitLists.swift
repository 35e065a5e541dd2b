import Foundation
import LongTailBasics
import LongTailVision

/// Which pictures a recipe's data set on disk trains on, tests on and validates on, found under a folder.
///
/// Four ways to a test: the recipe or the release names a list (a folder) of its own; a folder holds folders for the parts
/// (`FolderParts`); a table has a column that says the part; or, when there is none of these, every class gives up a share
/// of its pictures by the hash of their names. Validation pictures that lie there are the test where there is no other.
struct SplitLists {
    /// Pictures and the folder that they lie below.
    typealias Part = (list: ImageList, root: ImageRoot)

    private let recipe: DataRecipe
    private let data: String
    /// The folder that lists' paths lie below.
    private let base: String
    /// The folders in `base`, for a data set of folders.
    private let folders: FolderParts?
    /// What becomes of test pictures that are none: a run stops, a check goes on.
    private let brokenTest: BrokenImages

    /// Looks up names in the folder given as `--data`.
    init(_ recipe: DataRecipe, data: String, brokenTest: BrokenImages = .stop) {
        (self.recipe, self.data, self.brokenTest) = (recipe, data, brokenTest)
        base = recipe.lists.root.map { Self.below(data, $0) } ?? data
        folders = recipe.name == .folder ? FolderParts(base) : nil
    }

    /// The pictures to train on, and what is to be said about how they were chosen.
    func training() throws(LongTailError) -> (part: Part, notes: [String]) {
        let whole = try all()
        var notes = try folderNotes() + notes(on: whole)
        var list = whole.list
        if let rows = try rows(of: list) {
            notes.append(rows.note)
            list = try list.selecting(rows.train)
            try refuseUntrained(list, whole.list)
            if !rows.test.isEmpty { return ((list, whole.root), notes) }
        }
        guard recipe.name.published == nil, try testSource() == nil, recipe.lists.testFraction > 0 else {
            return ((list, whole.root), notes)
        }
        let parts = try held(list)
        notes.append(
            HeldOutNote(list, held: parts[0]).text(share: recipe.lists.testFraction, salt: recipe.lists.splitSalt))
        return ((try list.selecting(parts[1]), whole.root), notes)
    }

    /// The pictures to report on; for `TestSplit.open` alone.
    ///
    /// - Parameter known: The training images' classes; the training list is not read when they are given and the
    ///   pictures have a source of their own.
    func test(classes known: [String]?) throws(LongTailError) -> Part {
        let source = try testSource() ?? known.flatMap(loneTest)
        if let source {
            let classes = if let known { known } else { try all().list.classNames }
            return try testPart(try part(source, classes: classes, broken: brokenTest))
        }
        let whole = try all()
        var list = whole.list
        if let rows = try rows(of: list) {
            if !rows.test.isEmpty { return (try list.selecting(rows.test), whole.root) }
            list = try list.selecting(rows.train)
        }
        guard recipe.lists.testFraction > 0 else {
            throw LongTailError(
                .data, "\(recipe.name.rawValue) has no test pictures",
                remedy: "Name them with data.test, or hold some out with data.test-fraction.")
        }
        let held = try held(list)[0]
        guard !held.isEmpty else {
            throw LongTailError(
                .data, "\(list.source): no class has two pictures, so that none can be held out for the test",
                remedy: "Name test pictures with data.test.")
        }
        return (try list.selecting(held), whole.root)
    }

    /// The pictures to choose by: those of the list that the recipe names, or else those that lie beside a test of their
    /// own; nil when there are none.
    func validation() throws(LongTailError) -> Part? {
        let hasTest = recipe.lists.test != nil || parts?.names(.test).isEmpty == false
        var source = recipe.lists.validationList.map { Self.below(data, $0) }
        if source == nil, hasTest { source = try parts?.folder(.validation) }
        // Only a table says what its rows are for; other lists are not read again for nothing.
        guard source != nil || recipe.name == .csv else { return nil }
        let whole = try all()
        if let source {
            let part = try part(source, classes: whole.list.classNames, broken: .stop)
            let chosen = part.list.positions(of: .validation)
            return chosen.isEmpty ? part : (list: try part.list.selecting(chosen), root: part.root)
        }
        guard let rows = try rows(of: whole.list), !rows.validation.isEmpty else { return nil }
        return (try whole.list.selecting(rows.validation), whole.root)
    }

    /// Everything that the training source holds, before anything is held out.
    package func all() throws(LongTailError) -> Part {
        var part = try part(trainSource(), classes: nil, broken: recipe.brokenImages)
        if let file = recipe.lists.classNames {
            part.list = try part.list.named(file: Self.below(data, file))
        }
        return part
    }

    // MARK: Parts that a table names

    /// Which rows go where, and what is to be said of it.
    private typealias Rows = (train: [Int], validation: [Int], test: [Int], note: String)

    /// The rows of a table that says what each is for; nil for one that does not.
    private func rows(of list: ImageList) throws(LongTailError) -> Rows? {
        guard !list.parts.isEmpty else { return nil }
        let (train, validation, test) = (
            list.positions(of: .train), list.positions(of: .validation), list.positions(of: .test)
        )
        guard !train.isEmpty else {
            throw LongTailError(
                .data, "\(list.source): its column of parts has no row to train on",
                remedy: "Expected are rows of the part train beside those of validation and test.")
        }
        let hasTest = try testSource() != nil
        let isTest = !hasTest && test.isEmpty && !validation.isEmpty && recipe.lists.validationList == nil
        let isUsed = !isTest && recipe.lists.validationList == nil && recipe.validation == 0
        let uses = [
            validation.isEmpty
                ? nil
                : "\(validation.count) for validation are "
                    + (isTest ? "the test, for there is no other" : isUsed ? "chosen by" : "left out"),
            test.isEmpty
                ? nil : "\(test.count) for test are \(hasTest ? "left out, for data.test names others" : "tested on")",
        ].compactMap { $0 }
        return (
            train, isUsed ? validation : [], hasTest ? [] : isTest ? validation : test,
            (["\(list.source): its rows say what they are for: \(train.count) are trained on"] + uses)
                .joined(separator: ", ")
        )
    }

    /// The test rows of a table that has others too.
    private func testPart(_ part: Part) throws(LongTailError) -> Part {
        guard !part.list.parts.isEmpty else { return part }
        let rows = [ListPart.test, .validation].map { part.list.positions(of: $0) }.first { !$0.isEmpty }
        guard let rows else {
            throw LongTailError(
                .data, "\(part.list.source): its column of parts has no row to test on",
                remedy: "Expected are rows of the part test, or none of the column.")
        }
        return (try part.list.selecting(rows), part.root)
    }

    /// Refuses classes of which all rows are for something else.
    private func refuseUntrained(_ list: ImageList, _ whole: ImageList) throws(LongTailError) {
        let classes = Set(list.labels)
        let lost = Set(whole.labels).subtracting(classes).sorted().map { "'\(whole.classNames[$0])'" }
        guard !lost.isEmpty else { return }
        throw LongTailError(
            .data,
            "\(whole.source): no row to train on has the \(lost.count == 1 ? "class" : "classes") "
                + lost.prefix(4).joined(separator: ", ") + (lost.count > 4 ? ", …" : ""),
            remedy: "Give some of its rows the part train, or take the class out.")
    }

    // MARK: Where things are

    private func trainSource() throws(LongTailError) -> String {
        if let train = recipe.lists.train { return Self.below(data, train) }
        if let set = recipe.name.published { return try listFile(set.trainLists, "training", "train", set) }
        if let folder = try parts?.folder(.train) { return folder }
        if let found = folders, found.lacksTraining {
            let names = (found.names(.validation) + found.names(.test)).map { "'\($0)'" }.joined(separator: ", ")
            throw LongTailError(
                .data, "\(base) holds \(names), but no training pictures",
                remedy: "Put them beside it as 'train', or name their folder with data.train.")
        }
        return base
    }

    private func testSource() throws(LongTailError) -> String? {
        if let test = recipe.lists.test { return Self.below(data, test) }
        if let set = recipe.name.published { return try listFile(set.testLists, "test", "test", set) }
        if let test = try parts?.folder(.test) { return test }
        return try recipe.lists.validationList == nil ? parts?.folder(.validation) : nil
    }

    /// The folder of test pictures where that of the training pictures is gone.
    private func loneTest(_ classes: [String]) -> String? {
        guard let found = folders, found.lacksTraining, Set(found.names(.test)).isDisjoint(with: classes) else {
            return nil
        }
        return (try? found.folder(.test)) ?? (try? found.folder(.validation))
    }

    /// The folders of the parts; nil where there are none.
    private var parts: FolderParts? { folders.flatMap { $0.areParts ? $0 : nil } }

    /// What is said of folders for parts: which is what, unless they are train and test alone.
    private func folderNotes() throws(LongTailError) -> [String] {
        guard let parts, recipe.lists.train == nil else { return [] }
        let (train, validation) = (try parts.folder(.train), try parts.folder(.validation))
        let test = try recipe.lists.test == nil ? parts.folder(.test) : nil
        let named = recipe.lists.test != nil
        var uses = [train.map { "\($0) \(ListPart.train.use)" }, test.map { "\($0) \(ListPart.test.use)" }]
        if let validation {
            let isTest = test == nil && !named && recipe.lists.validationList == nil
            let isLeft = recipe.lists.validationList != nil || recipe.validation > 0
            uses.append(
                isTest
                    ? "\(validation) is the test, for there is no other"
                    : isLeft
                        ? "\(validation) is left out, for the recipe says what is chosen by"
                        : "\(validation) \(ListPart.validation.use)")
        }
        let others = parts.others.map { "\(base)/\($0)" }
        if !others.isEmpty {
            uses.append(
                others.prefix(4).joined(separator: ", ") + (others.count > 4 ? ", …" : "")
                    + " \(others.count == 1 ? "is" : "are") left out")
        }
        let isPlain = train == "\(base)/train" && (test == nil || test == "\(base)/test")
        return isPlain && validation == nil && others.isEmpty ? [] : [uses.compactMap { $0 }.joined(separator: "; ")]
    }

    private func listFile(
        _ names: [String], _ what: String, _ key: String, _ set: PublishedSet
    ) throws(LongTailError) -> String {
        for name in names {
            for folder in set.listFolders {
                let path = folder.isEmpty ? "\(data)/\(name)" : "\(data)/\(folder)/\(name)"
                if FileManager.default.fileExists(atPath: path) { return path }
            }
        }
        let folders = set.listFolders.filter { !$0.isEmpty }.joined(separator: ", ")
        throw LongTailError(
            .data, "\(data) has no list of \(set.name)'s \(what) pictures: no \(names.joined(separator: " and no "))",
            remedy:
                "It may lie there or in \(folders); or name it with data.\(key). docs/data.md says where it is from.")
    }

    private func part(
        _ source: String, classes: [String]?, broken: BrokenImages
    ) throws(LongTailError) -> Part {
        // A test need not have every class that the training pictures have.
        let isWhole = classes == nil
        var (classes, origin) = (classes, "the training images")
        if classes == nil, let order = recipe.lists.classOrder {
            (classes, origin) = try ordered(order)
        }
        if recipe.name == .folder {
            return (
                try ImageList.folder(source, classes: classes, from: origin, isWhole: isWhole, broken: broken),
                ImageRoot(source)
            )
        }
        let list = try list(source, classes)
        // A table's paths may be meant from where it lies, as in exports of annotation tools.
        let beside = Path(source).folder
        let folders = recipe.lists.root == nil && recipe.name.published == nil ? [base, beside] : [base]
        return (list, ImageRoot(folders, for: list, releases: recipe.name.published?.folders ?? []))
    }

    private func ordered(_ order: ClassOrderSource) throws(LongTailError) -> (names: [String], origin: String) {
        switch order {
        case .file(let name):
            let path = Self.below(data, name)
            return (try ClassNamesFile.read(path), path)
        case .names(let names): return (names, "data.class-order")
        }
    }

    private func list(_ source: String, _ classes: [String]?) throws(LongTailError) -> ImageList {
        guard recipe.name.published == nil, recipe.name == .coco || JSONScanner.begins(source) else {
            guard !recipe.lists.cropBoxes else {
                throw LongTailError(
                    .data, "\(source) has no boxes, but data.crop-boxes is true",
                    remedy: "Boxes are read from JSON annotations; leave the key out otherwise.")
            }
            return try recipe.name == .csv
                ? ImageList.csv(source, classes: classes, columns: recipe.lists.columns, below: base)
                : ImageList.file(source, classes: classes, below: base)
        }
        return try ImageList.coco(source, classes: classes, crops: recipe.lists.cropBoxes, below: base)
    }

    /// Held out and kept positions.
    private func held(_ list: ImageList) throws(LongTailError) -> [[Int]] {
        let split = try HashSplit([recipe.lists.testFraction], salt: recipe.lists.splitSalt)
        return list.parts(of: split)
    }

    /// What is to be said of a list and of where its pictures lie.
    private func notes(on part: Part) -> [String] {
        var notes: [String] = []
        if recipe.name != .folder, part.root.folder != base {
            notes.append("\(part.list.source): its paths are read from where it lies, not from \(base)")
        }
        if !part.root.replaced.isEmpty {
            notes.append(
                "\(part.list.source) lists \(part.root.replaced), the pictures lie in \(part.root.replacement)")
        }
        if !part.root.suffix.isEmpty {
            notes.append("\(part.list.source) lists pictures without the \(part.root.suffix) that their names end with")
        }
        notes += part.list.notes.map { "\(part.list.source): \($0)" }
        let repeats = part.list.repeats.count
        if repeats > 0 {
            notes.append(
                "\(part.list.source): \(repeats == 1 ? "1 path stands" : "\(repeats) paths stand") in it more than once"
            )
        }
        return notes
    }

    private static func below(_ folder: String, _ name: String) -> String {
        name.hasPrefix("/") ? name : "\(folder)/\(name)"
    }
}
