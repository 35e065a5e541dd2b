import LongTailBasics

/// Which folders of a data set hold the training, the validation and the test pictures, whatever they are called.
package struct FolderParts: Sendable {
    private let base: String
    private let folders: [ListPart: [String]]
    /// The folders that are named like no part.
    package let others: [String]

    /// Looks at the folders in a folder.
    package init(_ base: String) {
        let names = ImageList.folders(in: base)
        let parts = Dictionary(grouping: names) { ListPart(word: $0) }
        self.base = base
        others = parts[nil] ?? []
        folders = Dictionary(uniqueKeysWithValues: ListPart.allCases.map { ($0, parts[$0] ?? []) })
    }

    /// Whether the folders are parts, rather than classes of which one is called so: there is one to train on, and it
    /// holds folders or stands beside one to test on.
    package var areParts: Bool {
        !names(.train).isEmpty
            && (!names(.test).isEmpty || names(.train).contains { ImageList.isClassFolders("\(base)/\($0)") })
    }

    /// Whether there are parts alone, and none to train on.
    package var lacksTraining: Bool {
        let all = names(.validation) + names(.test)
        return names(.train).isEmpty && others.isEmpty
            && all.contains { ImageList.isClassFolders("\(base)/\($0)") }
    }

    /// The folder of a part; nil when there is none.
    ///
    /// Of several those that hold class folders count, and a part that holds a folder of the same part alone is that one
    /// (`seg_train/seg_train`, as archives unpack).
    ///
    /// - Throws: A data failure when two are left.
    package func folder(_ part: ListPart) throws(LongTailError) -> String? {
        let all = names(part)
        let full = all.filter { ImageList.isClassFolders("\(base)/\($0)") }
        let found = full.isEmpty ? all : full
        guard found.count < 2 else {
            let key = part == .validation ? "validation-list" : part.rawValue
            throw LongTailError(
                .data,
                "\(base) holds \(found.count) folders of \(part.rawValue) pictures: "
                    + found.map { "'\($0)'" }.joined(separator: ", "),
                remedy: "Name the one that is meant with data.\(key).")
        }
        guard var name = found.first else { return nil }
        while true {
            let inside = ImageList.folders(in: "\(base)/\(name)")
            guard inside.count == 1, ListPart(word: inside[0]) == part else { return "\(base)/\(name)" }
            name += "/\(inside[0])"
        }
    }

    /// The folders that are named like a part, in order.
    package func names(_ part: ListPart) -> [String] { folders[part] ?? [] }
}
