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
    /// Pictures whose path stood in the list before, the same label or not.
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
    package init(source: String, paths: PathTable, labels: [Int], classNames: [String]) throws(LongTailError) {
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
        var repeats: [Repeat] = []
        _ = PathIndex(paths) { repeats.append(Repeat(position: $0, first: $1)) }
        (self.source, self.paths, self.labels) = (source, paths, labels)
        (self.classNames, self.repeats) = (classNames, repeats)
    }

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
            source: source, paths: table, labels: positions.map { labels[$0] }, classNames: classNames)
        for (position, old) in positions.enumerated() { list.unreadable[position] = unreadable[old] }
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
    }
}

/// The first text that stands in a list again.
func firstRepeated(_ texts: [String]) -> String? {
    var seen: Set<String> = []
    return texts.first { !seen.insert($0).inserted }
}
