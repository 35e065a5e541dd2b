import Foundation
import LongTailBasics
import LongTailFiles

/// Picture files by name, as a user lists them.
package enum ImageFiles {
    /// The files of a list of files and folders, in its order; a folder stands for the pictures in it and below.
    ///
    /// In a folder a picture is what begins like one or is called one (.jpg, .jpeg, .png, .webp), sorted by path.
    ///
    /// - Returns: The files, and what was left out of folders.
    /// - Throws: A data failure for a folder without pictures.
    package static func list(_ paths: [String]) throws(LongTailError) -> (files: [String], leftOut: LeftOut) {
        var (files, leftOut) = ([String](), LeftOut())
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                files.append(path)
                continue
            }
            let before = files.count
            for entry in try FolderWalk.below(path) {
                switch FoundFile(entry, below: path) {
                case .picture, .broken: files.append("\(path)/\(entry.path)")
                case .leftOut(let reason): leftOut.add(reason, in: nil)
                case .hidden: break
                }
            }
            guard files.count > before else {
                throw LongTailError(
                    .data, "\(path): holds no JPEG, PNG or WebP (\(leftOut.words ?? "it is empty"))",
                    remedy: leftOut.packages.isEmpty
                        ? "Name a folder with pictures in it."
                        : "Install \(leftOut.packages.joined(separator: ", ")) to read them.")
            }
        }
        return (files, leftOut)
    }

    /// The files and folders that a text file names, one a line, in UTF-8; blank lines do not count.
    ///
    /// - Throws: A failure that names file and line when it cannot be read or is not text.
    package static func named(in file: String) throws(LongTailError) -> [String] {
        let lines = try TextLines(list: file)
        var paths: [String] = []
        try lines.forEach { (line) throws(LongTailError) in paths.append(String(decoding: line.bytes, as: UTF8.self)) }
        guard !paths.isEmpty else {
            throw LongTailError(.data, "\(file): names no picture", remedy: "Write a picture or a folder a line.")
        }
        return paths
    }
}
