import Foundation
import LongTailBasics

extension ImageList {
    /// Lists a folder that holds one folder of pictures per class.
    ///
    /// Classes are the folders' names, sorted by code point; pictures may lie in folders below and are recognised by
    /// content. They are listed by class, then by path. What is left out is counted (`leftOut`).
    ///
    /// - Parameters:
    ///   - root: The folder that holds the class folders.
    ///   - names: The classes, in label order, from elsewhere; nil to take them from this one.
    ///   - origin: Where the names are from, for messages.
    ///   - isWhole: Whether every class needs a picture; a test may lack some.
    ///   - broken: What becomes of files that are named like pictures and are none: `skip` leaves them in the list, for
    ///     whoever reads them to pass over.
    /// - Throws: A data failure when the folder is missing or has no class, a class has no picture where it needs one, a class is none of
    ///   `names`, or files that are named like pictures are none; it names the first of them.
    public static func folder(
        _ root: String, classes names: [String]? = nil, from origin: String = "the training images",
        isWhole: Bool = true, broken: BrokenImages = .stop
    ) throws(LongTailError) -> ImageList {
        var leftOut = LeftOut()
        let found = try classFolders(root, &leftOut)
        guard !found.isEmpty else {
            throw LongTailError(
                .data, "\(root) holds no class folders",
                remedy: "Expected is one folder per class, with pictures in it.")
        }
        let classes = names ?? found
        if isWhole ? Set(classes) != Set(found) : !Set(found).isSubset(of: classes) {
            throw differences(root, found, classes, origin)
        }
        var (labels, paths, unreadable) = ([Int](), PathTable(), [Int: String]())
        for (label, name) in classes.enumerated() where isWhole || found.contains(name) {
            let before = paths.count
            for entry in try FolderWalk.below("\(root)/\(name)") {
                switch FoundFile(entry, below: "\(root)/\(name)") {
                case .picture: paths.append("\(name)/\(entry.path)")
                case .leftOut(let reason): leftOut.add(reason, in: label)
                case .hidden: break
                case .broken(let problem):
                    unreadable[paths.count] = problem
                    paths.append("\(name)/\(entry.path)")
                }
            }
            guard paths.count > before || !isWhole else {
                throw LongTailError(
                    .data,
                    "the class folder \(root)/\(name) holds no JPEG, PNG or WebP "
                        + "(\(leftOut.words(of: label) ?? "it is empty"))",
                    remedy: leftOut.packages.isEmpty
                        ? "Put pictures into it, or remove the folder."
                        : "Install \(leftOut.packages.joined(separator: ", ")) to read them, or remove the folder.")
            }
            labels += Array(repeating: label, count: paths.count - before)
        }
        var list = try ImageList(source: root, paths: paths, labels: labels, classNames: classes)
        (list.leftOut, list.unreadable, list.notes) = (leftOut, unreadable, list.leftOutNotes(leftOut))
        if broken == .stop, !unreadable.isEmpty { throw list.isUnreadable }
        return list
    }

    /// The files that are called pictures and are none.
    private var isUnreadable: LongTailError {
        let problems = unreadable.sorted { $0.key < $1.key }.map(\.value)
        let it = problems.count == 1 ? "it" : "them"
        return LongTailError(
            .data,
            problems.count == 1
                ? problems[0]
                : "\(source): \(problems.count) files are called pictures and are none: "
                    + firstOf(problems, limit: 5),
            remedy: "Fetch \(it) again, convert \(it), or take \(it) out of the data set"
                + (problems.count > 5 ? "; \(Wording.command("data check")) names all." : "."))
    }

    /// The folders in a folder; what else lies there is in no class.
    private static func classFolders(_ root: String, _ leftOut: inout LeftOut) throws(LongTailError) -> [String] {
        var folders: [String] = []
        for entry in try list(root) where !entry.isHidden {
            guard entry.kind == .folder else {
                if case .leftOut(let reason) = FoundFile(entry, below: root), reason.isPicture {
                    leftOut.add(reason, in: nil)
                } else if case .picture = FoundFile(entry, below: root) {
                    leftOut.add(.outside, in: nil)
                }
                continue
            }
            guard entry.isText else {
                throw LongTailError(
                    .data, "the class folder \(root)/\(entry.path) has a name that is not UTF-8",
                    remedy: "Rename it in UTF-8; the program convmv does that for whole trees.")
            }
            folders.append(entry.path)
        }
        return folders
    }

    /// Class folders that are not those of the training images, or of a file of names.
    private static func differences(
        _ root: String, _ found: [String], _ classes: [String], _ origin: String
    ) -> LongTailError {
        func list(_ names: Set<String>) -> String {
            names.sorted().prefix(4).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 4 ? ", …" : "")
        }
        let (missing, surplus) = (Set(classes).subtracting(found), Set(found).subtracting(classes))
        let parts = [
            missing.isEmpty ? nil : "it has no folder \(list(missing))",
            surplus.isEmpty ? nil : "\(list(surplus)) is in it alone",
        ]
        return LongTailError(
            .data,
            "\(root) has other classes than \(origin): \(parts.compactMap { $0 }.joined(separator: "; "))",
            remedy: "Give both the same classes, under the names of the folders.")
    }

    /// Whether a folder holds folders, so that it may be a set of classes.
    public static func isClassFolders(_ path: String) -> Bool {
        Path(path).isFolder && !folders(in: path).isEmpty
    }

    /// The names of the folders in a folder, sorted by code point, hidden ones left out; none where it cannot be listed.
    static func folders(in path: String) -> [String] {
        ((try? list(path)) ?? []).filter { !$0.isHidden && $0.kind == .folder }.map(\.path)
    }

    private static func list(_ folder: String) throws(LongTailError) -> [FolderWalk.Entry] {
        if Path(folder).isFolder { return try FolderWalk.list(folder) }
        let isThere = FileManager.default.fileExists(atPath: folder)
        throw LongTailError(
            .data, isThere ? "\(folder) is a file, not a folder" : "\(folder): there is no such folder",
            remedy: "Check the path; expected is a folder that holds one folder per class.")
    }
}

extension ImageList {
    /// What the folder holds that is not in the list, and the class that loses most of its pictures by it.
    fileprivate func leftOutNotes(_ leftOut: LeftOut) -> [String] {
        guard let words = leftOut.words else { return [] }
        let packages = leftOut.packages
        var note = "left out \(words)"
        if !packages.isEmpty { note += "; \(packages.joined(separator: ", ")) would read some of them" }
        var counts = [Int](repeating: 0, count: classNames.count)
        for label in labels { counts[label] += 1 }
        let losses = counts.indices.map { (label: $0, lost: leftOut.pictures(of: $0)) }.filter { $0.lost > 0 }
        func share(_ loss: (label: Int, lost: Int)) -> Double {
            Double(loss.lost) / Double(loss.lost + counts[loss.label])
        }
        if let worst = losses.max(by: { share($0) < share($1) }) {
            note += "; the class \(classNames[worst.label]) loses \(worst.lost) of \(worst.lost + counts[worst.label])"
        }
        return [note]
    }
}
