import Foundation
import LongTailBasics

/// The folder that the paths of a list lie below, and what a release of the data set calls its folders.
public struct ImageRoot: Sendable, Equatable {
    public let folder: String
    /// Beginning of the paths that is replaced by another, where the pictures lie in another release's folders.
    public let replaced: String
    /// What stands in its place.
    public let replacement: String

    /// A folder that holds the paths as they are.
    public init(_ folder: String) { (self.folder, replaced, replacement) = (folder, "", "") }

    private init(_ folder: String, _ replaced: String, _ replacement: String) {
        (self.folder, self.replaced, self.replacement) = (folder, replaced, replacement)
    }

    /// Finds the release: that of the first names whose folder holds one of a few pictures of the list.
    ///
    /// - Parameters:
    ///   - folder: The folder given as the root of the pictures.
    ///   - list: The list.
    ///   - folders: Beginnings of paths with their other names; the paths as they are come first.
    public init(_ folder: String, for list: ImageList, folders: [(listed: String, others: [String])]) {
        let probes = [0, list.count / 2, list.count - 1].map { list.paths[$0] }
        let plain = ImageRoot(folder)
        guard !probes.contains(where: { Self.isFile(plain.path(of: $0)) }) else {
            self = plain
            return
        }
        for (listed, others) in folders where probes[0].hasPrefix(listed) {
            for other in others {
                let root = ImageRoot(folder, listed, other)
                guard probes.contains(where: { Self.isFile(root.path(of: $0)) }) else { continue }
                self = root
                return
            }
        }
        self = plain
    }

    /// The file of a listed path.
    public func path(of listed: String) -> String {
        guard !replaced.isEmpty, listed.hasPrefix(replaced) else { return "\(folder)/\(listed)" }
        return "\(folder)/\(replacement)\(listed.dropFirst(replaced.count))"
    }

    private static func isFile(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
