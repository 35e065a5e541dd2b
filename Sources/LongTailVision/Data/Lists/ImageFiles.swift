import Foundation
import LongTailBasics

/// Picture files by name, as a user lists them.
package enum ImageFiles {
    /// The files of a list of files and folders, in its order; a folder stands for the pictures in it and below.
    ///
    /// In a folder a picture is what begins like one or is called one (.jpg, .jpeg, .png, .webp), sorted by path.
    ///
    /// - Throws: A data failure for a folder without pictures.
    package static func list(_ paths: [String]) throws(LongTailError) -> [String] {
        var files: [String] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                files.append(path)
                continue
            }
            let inside = pictures(in: path)
            guard !inside.isEmpty else {
                throw LongTailError(
                    .data, "\(path): holds no JPEG, PNG or WebP", remedy: "Name a folder with pictures in it.")
            }
            files += inside
        }
        return files
    }

    /// The files and folders that a text file names, one a line, in UTF-8; blank lines do not count.
    ///
    /// - Throws: A failure that names file and line when it cannot be read or is not text.
    package static func named(in file: String) throws(LongTailError) -> [String] {
        let lines = try TextLines(file)
        var paths: [String] = []
        try lines.forEach { (line) throws(LongTailError) in paths.append(String(decoding: line.bytes, as: UTF8.self)) }
        guard !paths.isEmpty else {
            throw LongTailError(.data, "\(file): names no picture", remedy: "Write a picture or a folder a line.")
        }
        return paths
    }

    private static func pictures(in folder: String) -> [String] {
        let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        guard let walk = FileManager.default.enumerator(atPath: root) else { return [] }
        var found: [String] = []
        while let path = walk.nextObject() as? String {
            if !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }), isPicture("\(root)/\(path)") {
                found.append(path)
            }
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(folder)/\($0)" }
    }

    private static func isPicture(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            return false
        }
        if ["jpg", "jpeg", "png", "webp"].contains(URL(fileURLWithPath: path).pathExtension.lowercased()) {
            return true
        }
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return ImageCodec.format(of: (try? file.read(upToCount: 12)) ?? Data()) != nil
    }
}
