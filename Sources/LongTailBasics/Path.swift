import Foundation

/// A path as somebody wrote it, taken apart at its slashes: no text of it is wrong.
///
/// Not Foundation's path functions, some of which end the process on short relative paths.
package struct Path {
    private let text: String

    /// Any text.
    package init(_ text: String) { self.text = text }

    /// The last component, without slashes behind it: "b" of "a/b/"; "/" of "/", nothing of nothing.
    package var name: String {
        let parts = text.split(separator: "/")
        return parts.last.map(String.init) ?? (text.isEmpty ? "" : "/")
    }

    /// What the last component lies in: "a" of "a/b", "." of "b", "/" of "/b" and of "/".
    package var folder: String {
        let end = text.lastIndex { $0 != "/" } ?? text.startIndex
        guard let slash = text[..<end].lastIndex(of: "/") else { return isAbsolute ? "/" : "." }
        let above = text[..<slash]
        let kept = above.lastIndex { $0 != "/" }.map { String(above[...$0]) } ?? ""
        return kept.isEmpty ? "/" : kept
    }

    /// What follows the last point of the name, in lower case: "gz" of "a.tar.GZ"; nothing of ".hidden" and "a.".
    package var ending: String {
        let name = name
        guard let point = name.lastIndex(of: "."), point != name.startIndex else { return "" }
        return name[name.index(after: point)...].lowercased()
    }

    /// The name without its ending and the point before it.
    package var stem: String {
        let (name, ending) = (name, ending)
        return ending.isEmpty ? name : String(name.dropLast(ending.count + 1))
    }

    /// The path from the root, "." and ".." and doubled slashes taken out as they are written.
    package var absolute: String {
        let start = isAbsolute ? "" : FileManager.default.currentDirectoryPath
        var parts: [Substring] = []
        for part in "\(start)/\(text)".split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Where the path really leads, past all links; `absolute` where nothing is there.
    package var real: String {
        guard let found = realpath(text, nil) else { return absolute }
        defer { free(found) }
        return String(cString: found)
    }

    /// Whether a folder is there.
    package var isFolder: Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: text, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Whether something is there that is no folder.
    package var isFile: Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: text, isDirectory: &isFolder) && !isFolder.boolValue
    }

    private var isAbsolute: Bool { text.hasPrefix("/") }
}
