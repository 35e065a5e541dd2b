import Foundation
import LongTailBasics

/// Pictures by path and class: what list files, tables and folders of pictures all come down to.
///
/// An order of pictures, without the pictures: nothing is opened before one is asked for.
public struct ImageList: Sendable, Equatable {
    /// Where the list was read from, for messages.
    public let source: String
    /// Paths of the pictures, below some folder.
    package let paths: PathTable
    /// The class of every picture, each in `classNames.indices`.
    public let labels: [Int]
    /// Names of the classes, in label order.
    public let classNames: [String]
    /// For each picture the part of its file that it is; empty where pictures are whole files.
    package let boxes: [CropBox]
    /// For each picture what a table says it is for; empty where nothing is said.
    package internal(set) var parts: [ListPart] = []
    /// What was left out or read in another way than it is written, a sentence each.
    package internal(set) var notes: [String] = []
    /// Pictures whose path (and box) stood in the list before, the same label or not.
    public let repeats: [Repeat]
    /// Files of a folder that were left out.
    public internal(set) var leftOut = LeftOut()
    /// Files of a folder that are called pictures and cannot be any, by position, each with what is wrong; those of a
    /// list are not looked at.
    package internal(set) var unreadable: [Int: String] = [:]

    /// A path that stands in a list again.
    public struct Repeat: Sendable, Equatable {
        /// Where it stands again.
        public let position: Int
        /// Where it stood first.
        public let first: Int
    }

    /// A list from its parts.
    ///
    /// - Throws: A data failure when there is no picture, a label lies outside the names, or there are more or fewer
    ///   labels than paths.
    package init(
        source: String, paths: PathTable, labels: [Int], classNames: [String], boxes: [CropBox] = []
    ) throws(LongTailError) {
        guard paths.count > 0 else {
            throw LongTailError(
                .data, "\(source) names no picture", remedy: "Expected is one line a picture: path and class.")
        }
        guard paths.count == labels.count else {
            throw LongTailError(.data, "\(source) has \(paths.count) paths and \(labels.count) labels")
        }
        if let bad = labels.firstIndex(where: { !classNames.indices.contains($0) }) {
            throw LongTailError(
                .data, "\(source): picture \(bad) has the label \(labels[bad]), outside 0..<\(classNames.count)")
        }
        guard boxes.isEmpty || boxes.count == paths.count else {
            throw LongTailError(.data, "\(source) has \(paths.count) paths and \(boxes.count) boxes")
        }
        var repeats: [Repeat] = []
        let identities = boxes.isEmpty ? paths : PathTable(boxes.indices.lazy.map { paths[$0] + boxes[$0].suffix })
        _ = PathIndex(identities) { repeats.append(Repeat(position: $0, first: $1)) }
        (self.source, self.paths, self.labels, self.boxes) = (source, paths, labels, boxes)
        (self.classNames, self.repeats) = (classNames, repeats)
    }

    /// What picture `index` is called: its path, with its box where it is a part of the file.
    package func identity(of index: Int) -> String {
        boxes.indices.contains(index) ? paths[index] + boxes[index].suffix : paths[index]
    }

    /// Whether its pictures are parts of files.
    package var isOfBoxes: Bool { !boxes.isEmpty }

    /// Number of pictures.
    public var count: Int { labels.count }

    /// Repeated pictures whose two labels differ.
    public var contradictions: [Repeat] { repeats.filter { labels[$0.position] != labels[$0.first] } }

    /// Positions of the pictures whose paths another list has too.
    public func shared(with other: ImageList) -> [Int] {
        let index = PathIndex(other.paths)
        return labels.indices.filter { position in
            paths.withBytes(of: position) { index.position(of: $0, in: other.paths) } != nil
        }
    }

    /// The pictures that a table says are for a part.
    package func positions(of part: ListPart) -> [Int] { parts.indices.filter { parts[$0] == part } }

    /// Some of the pictures, of the same classes.
    ///
    /// - Throws: A data failure when a position lies outside the list.
    public func selecting(_ positions: [Int]) throws(LongTailError) -> ImageList {
        if let bad = positions.first(where: { !labels.indices.contains($0) }) {
            throw LongTailError(.data, "\(source) has no picture \(bad): it holds \(count)")
        }
        var table = PathTable()
        for position in positions { paths.withBytes(of: position) { table.append($0) } }
        var list = try ImageList(
            source: source, paths: table, labels: positions.map { labels[$0] }, classNames: classNames,
            boxes: boxes.isEmpty ? [] : positions.map { boxes[$0] })
        if !unreadable.isEmpty {
            for (new, old) in positions.enumerated() { list.unreadable[new] = unreadable[old] }
        }
        return list
    }

    /// The same pictures under the names of a file (`ClassNamesFile` has its forms).
    public func named(file: String) throws(LongTailError) -> ImageList {
        try named(ClassNamesFile.read(file, over: classNames))
    }

    /// The same pictures under other class names.
    ///
    /// - Throws: A data failure when there are more or fewer names, or one stands twice.
    public func named(_ names: [String]) throws(LongTailError) -> ImageList {
        guard names.count == classNames.count else {
            throw LongTailError(.data, "\(names.count) names for the \(classNames.count) classes of \(source)")
        }
        if let twice = firstRepeated(names) {
            throw LongTailError(
                .data, "two classes of \(source) would be called '\(twice)'", remedy: "Rename one of them.")
        }
        return ImageList(renaming: self, names)
    }

    private init(renaming list: ImageList, _ names: [String]) {
        (source, paths, labels, repeats) = (list.source, list.paths, list.labels, list.repeats)
        (classNames, leftOut, unreadable) = (names, list.leftOut, list.unreadable)
        (boxes, parts, notes) = (list.boxes, list.parts, list.notes)
    }
}

extension PathTable {
    /// Reads backslashes as slashes where the first path that has one is no file as it stands.
    ///
    /// - Parameter folder: The folder that the paths lie below; nothing is changed when it is not known.
    /// - Returns: What is to be said of it.
    mutating func readBackslashes(below folder: String?) -> String? {
        guard let folder, let first = firstWithBackslash,
            !FileManager.default.fileExists(atPath: "\(folder)/\(self[first])")
        else { return nil }
        let written = self[first]
        turnBackslashes()
        return "backslashes are read as slashes, as in \(written)"
    }
}

/// The first text that stands in a list again.
func firstRepeated(_ texts: [String]) -> String? {
    var seen: Set<String> = []
    return texts.first { !seen.insert($0).inserted }
}
