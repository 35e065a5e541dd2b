import Foundation
import LongTailBasics
import LongTailVision

/// Which pictures a recipe's data set on disk trains on, tests on and validates on, found under a folder.
///
/// Three ways to a test: the recipe or the release names a list (a folder) of its own; a folder holds `train` and
/// `test`; or, when there is neither, every class gives up a share of its pictures by the hash of their names.
struct SplitLists {
    /// Pictures and the folder that they lie below.
    typealias Part = (list: ImageList, root: ImageRoot)

    private let recipe: DataRecipe
    private let data: String
    /// What becomes of test pictures that are none: a run stops, a check goes on.
    private let brokenTest: BrokenImages

    /// Looks up names in the folder given as `--data`.
    init(_ recipe: DataRecipe, data: String, brokenTest: BrokenImages = .stop) {
        (self.recipe, self.data, self.brokenTest) = (recipe, data, brokenTest)
    }

    /// The pictures to train on, and what is to be said about how they were chosen.
    func training() throws(LongTailError) -> (part: Part, notes: [String]) {
        let whole = try all()
        var notes = Self.notes(on: whole)
        guard recipe.name.published == nil, try testSource() == nil, recipe.lists.testFraction > 0 else {
            return (whole, notes)
        }
        let parts = try held(whole.list)
        notes.append(
            HeldOutNote(whole.list, held: parts[0]).text(
                share: recipe.lists.testFraction, salt: recipe.lists.splitSalt))
        return ((try whole.list.selecting(parts[1]), whole.root), notes)
    }

    /// The pictures to report on; for `TestSplit.open` alone.
    ///
    /// - Parameter known: The training images' classes; the training list is not read when they are given and the
    ///   pictures have a source of their own.
    func test(classes known: [String]?) throws(LongTailError) -> Part {
        let source = try testSource() ?? known.flatMap(loneTest)
        if let source, let known { return try part(source, classes: known, broken: brokenTest) }
        let classes = try all()
        if let source { return try part(source, classes: classes.list.classNames, broken: brokenTest) }
        guard recipe.lists.testFraction > 0 else {
            throw LongTailError(
                .data, "\(recipe.name.rawValue) has no test pictures",
                remedy: "Name them with data.test, or hold some out with data.test-fraction.")
        }
        let held = try held(classes.list)[0]
        guard !held.isEmpty else {
            throw LongTailError(
                .data, "\(classes.list.source): no class has two pictures, so that none can be held out for the test",
                remedy: "Name test pictures with data.test.")
        }
        return (try classes.list.selecting(held), classes.root)
    }

    /// The pictures of the list to choose by; nil when the recipe names none.
    func validation() throws(LongTailError) -> Part? {
        guard let name = recipe.lists.validationList else { return nil }
        return try part(Self.below(data, name), classes: all().list.classNames, broken: .stop)
    }

    /// Everything that the training source holds, before anything is held out.
    package func all() throws(LongTailError) -> Part {
        var part = try part(trainSource(), classes: nil, broken: recipe.brokenImages)
        if let file = recipe.lists.classNames {
            part.list = try part.list.named(file: Self.below(data, file))
        }
        return part
    }

    // MARK: Where things are

    private func trainSource() throws(LongTailError) -> String {
        if let train = recipe.lists.train { return Self.below(data, train) }
        if let set = recipe.name.published { return try listFile(set.trainLists, "training", "train", set) }
        return hasParts ? "\(base)/train" : base
    }

    private func testSource() throws(LongTailError) -> String? {
        if let test = recipe.lists.test { return Self.below(data, test) }
        if let set = recipe.name.published { return try listFile(set.testLists, "test", "test", set) }
        let folder = "\(base)/test"
        return recipe.name == .folder && hasParts && Self.isFolder(folder) ? folder : nil
    }

    /// The folder of test pictures where that of the training pictures is gone.
    private func loneTest(_ classes: [String]) -> String? {
        let folder = "\(base)/test"
        guard recipe.name == .folder, !classes.contains("test"), !Self.isFolder("\(base)/train") else { return nil }
        return ImageList.isClassFolders(folder) ? folder : nil
    }

    private var base: String { recipe.lists.root.map { Self.below(data, $0) } ?? data }

    /// Whether a folder has `train` for its training pictures, rather than a class of that name.
    private var hasParts: Bool {
        Self.isFolder("\(base)/train")
            && (Self.isFolder("\(base)/test") || ImageList.isClassFolders("\(base)/train"))
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
        var (classes, origin) = (classes, "the training images")
        if classes == nil, let order = recipe.lists.classOrder {
            (classes, origin) = try ordered(order)
        }
        switch recipe.name {
        case .folder:
            return (try ImageList.folder(source, classes: classes, from: origin, broken: broken), ImageRoot(source))
        case .csv: return (try ImageList.csv(source, classes: classes), ImageRoot(base))
        default:
            let list = try ImageList.file(source, classes: classes)
            return (list, ImageRoot(base, for: list, folders: recipe.name.published?.folders ?? []))
        }
    }

    private func ordered(_ order: ClassOrderSource) throws(LongTailError) -> (names: [String], origin: String) {
        switch order {
        case .file(let name):
            let path = Self.below(data, name)
            return (try ClassNamesFile.read(path), path)
        case .names(let names): return (names, "data.class-order")
        }
    }

    /// What is said of a set of one class, which often is a folder named one too high or too low.
    static func oneClass(_ names: [String]) -> String {
        "there is one class alone, \(names.map { "'\($0)'" }.joined()), and nothing to tell it from; "
            + "the data set's folder is the one that holds a folder for each class"
    }

    /// Held out and kept positions.
    private func held(_ list: ImageList) throws(LongTailError) -> [[Int]] {
        let split = try HashSplit([recipe.lists.testFraction], salt: recipe.lists.splitSalt)
        return list.parts(of: split)
    }

    private static func notes(on part: Part) -> [String] {
        var notes: [String] = []
        if !part.root.replaced.isEmpty {
            notes.append(
                "\(part.list.source) lists \(part.root.replaced), the pictures lie in \(part.root.replacement)")
        }
        notes += leftOut(part.list)
        if part.list.classNames.count == 1 { notes.append("\(part.list.source): \(oneClass(part.list.classNames))") }
        let repeats = part.list.repeats.count
        if repeats > 0 {
            notes.append(
                "\(part.list.source): \(repeats == 1 ? "1 path stands" : "\(repeats) paths stand") in it more than once"
            )
        }
        return notes
    }

    /// What the folder holds that is not in the list, and the class that loses most of its pictures by it.
    private static func leftOut(_ list: ImageList) -> [String] {
        guard let words = list.leftOut.words else { return [] }
        let packages = list.leftOut.packages
        var note = "\(list.source): left out \(words)"
        if !packages.isEmpty { note += "; \(packages.joined(separator: ", ")) would read some of them" }
        var counts = [Int](repeating: 0, count: list.classNames.count)
        for label in list.labels { counts[label] += 1 }
        let losses = counts.indices.map { (label: $0, lost: list.leftOut.pictures(of: $0)) }.filter { $0.lost > 0 }
        func share(_ loss: (label: Int, lost: Int)) -> Double {
            Double(loss.lost) / Double(loss.lost + counts[loss.label])
        }
        if let worst = losses.max(by: { share($0) < share($1) }), losses.count > 1 || share(worst) >= 0.1 {
            note += "; the class \(list.classNames[worst.label]) loses \(worst.lost) of \(worst.lost + counts[worst.label])"
        }
        return [note]
    }

    private static func below(_ folder: String, _ name: String) -> String {
        name.hasPrefix("/") ? name : "\(folder)/\(name)"
    }

    private static func isFolder(_ path: String) -> Bool {
        var folder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
    }
}
