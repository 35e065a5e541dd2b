import Foundation
import LongTailBasics

/// The folder that the paths of a list lie below, and what a release of the data set calls its folders.
public struct ImageRoot: Sendable, Equatable {
    public let folder: String
    /// Beginning of the paths that is replaced by another, where the pictures lie in another release's folders.
    public let replaced: String
    /// What stands in its place.
    public let replacement: String
    /// What the files' names end with beyond what is listed, `.jpg`.
    public let suffix: String

    /// A folder that holds the paths as they are.
    public init(_ folder: String) { self.init(folder, "", "") }

    private init(_ folder: String, _ replaced: String, _ replacement: String, suffix: String = "") {
        (self.folder, self.replaced, self.replacement, self.suffix) = (folder, replaced, replacement, suffix)
    }

    /// Finds the pictures: the first of some folders, releases and endings under which one of a few pictures of the list
    /// is there.
    ///
    /// The paths as they are come first, then those of other releases, then names that lack their ending, as tables of
    /// ids have them.
    ///
    /// - Parameters:
    ///   - folders: The folders that the paths may lie below; the first is taken when nothing is found.
    ///   - list: The list.
    ///   - releases: Beginnings of paths with their other names.
    package init(
        _ folders: [String], for list: ImageList, releases: [(listed: String, others: [String])] = []
    ) {
        let probes = Set([0, list.count / 2, list.count - 1]).sorted().map { list.paths[$0] }
        var tries: [ImageRoot] = []
        for folder in folders {
            tries.append(ImageRoot(folder))
            for (listed, others) in releases where probes[0].hasPrefix(listed) {
                tries += others.map { ImageRoot(folder, listed, $0) }
            }
            tries += [".jpg", ".jpeg", ".png", ".webp", ".JPG"].map { ImageRoot(folder, "", "", suffix: $0) }
        }
        let found = tries.first { root in probes.contains { Path(root.path(of: $0)).isFile } }
        self = found ?? ImageRoot(folders.first ?? ".")
    }

    /// The file of a listed path.
    public func path(of listed: String) -> String {
        guard !replaced.isEmpty, listed.hasPrefix(replaced) else {
            return "\(folder)/\(listed)\(suffix)"
        }
        return "\(folder)/\(replacement)\(listed.dropFirst(replaced.count))\(suffix)"
    }
}
