import Foundation
import LongTailBasics

extension ImageList {
    /// Lists a folder that holds one folder of pictures per class.
    ///
    /// Classes are the folders' names, sorted by code point; pictures may lie in folders below and are recognised by
    /// content. They are listed by class, then by path. Hidden files are passed over.
    ///
    /// - Parameters:
    ///   - root: The folder that holds the class folders.
    ///   - names: The classes, in label order, from elsewhere; nil to take them from this one.
    ///   - origin: Where the names are from, for messages.
    ///   - isWhole: Whether every class needs a picture; a test may lack some.
    /// - Throws: A data failure when the folder is missing or has no class, a class has no picture where it needs one, a
    ///   class is none of `names`, or a file that is named like a picture is none.
    public static func folder(
        _ root: String, classes names: [String]? = nil, from origin: String = "the training images",
        isWhole: Bool = true
    ) throws(LongTailError) -> ImageList {
        _ = try list(root)
        let found = folders(in: root)
        guard !found.isEmpty else {
            throw LongTailError(
                .data, "\(root) holds no class folders",
                remedy: "Expected is one folder per class, with pictures in it.")
        }
        let classes = names ?? found
        if isWhole ? Set(classes) != Set(found) : !Set(found).isSubset(of: classes) {
            throw differences(root, found, classes, origin)
        }
        var (labels, paths, ignored) = ([Int](), PathTable(), 0)
        for (label, name) in classes.enumerated() where isWhole || found.contains(name) {
            let files = try files(below: "\(root)/\(name)").map { "\(name)/\($0)" }
            var pictures = 0
            for file in files where try isPicture("\(root)/\(file)") {
                paths.append(file)
                pictures += 1
            }
            guard pictures > 0 || !isWhole else {
                throw LongTailError(
                    .data, "the class folder \(root)/\(name) holds no JPEG, PNG or WebP (\(files.count) other files)",
                    remedy: "Put pictures into it, or remove the folder.")
            }
            ignored += files.count - pictures
            labels += Array(repeating: label, count: pictures)
        }
        var list = try ImageList(source: root, paths: paths, labels: labels, classNames: classes)
        list.ignoredFiles = ignored
        return list
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
            remedy: "Give both the same classes, under the names of the folders; a test may lack some.")
    }

    /// Whether a folder holds folders, so that it may be a set of classes.
    public static func isClassFolders(_ path: String) -> Bool {
        isFolder(path) && !folders(in: path).isEmpty
    }

    /// The names of the folders in a folder, sorted by code point, hidden ones left out; none where it cannot be listed.
    static func folders(in path: String) -> [String] {
        ((try? list(path)) ?? []).filter { !$0.hasPrefix(".") && isFolder("\(path)/\($0)") }
    }

    private static func list(_ folder: String) throws(LongTailError) -> [String] {
        do { return sorted(try FileManager.default.contentsOfDirectory(atPath: folder)) } catch {
            let isThere = FileManager.default.fileExists(atPath: folder)
            throw LongTailError(
                .data,
                !isThere
                    ? "\(folder): there is no such folder"
                    : isFolder(folder) ? "cannot list the folder \(folder)" : "\(folder) is a file, not a folder",
                remedy: isThere && isFolder(folder)
                    ? "Check that you may read it."
                    : "Check the path; expected is a folder that holds one folder per class.")
        }
    }

    /// Relative paths of the plain files below a folder, hidden ones left out; links to folders are not followed.
    private static func files(below folder: String) throws(LongTailError) -> [String] {
        let folder = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        guard let walk = FileManager.default.enumerator(atPath: folder) else {
            throw LongTailError(.data, "cannot list the folder \(folder)", remedy: "Check that you may read it.")
        }
        var files: [String] = []
        while let path = walk.nextObject() as? String {
            let hidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
            if !hidden, !isFolder("\(folder)/\(path)") { files.append(path) }
        }
        return sorted(files)
    }

    /// By content; a file that only its name calls a picture is a failure, not a file to leave out in silence.
    private static func isPicture(_ path: String) throws(LongTailError) -> Bool {
        let start: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            start = try file.read(upToCount: 12) ?? Data()
        } catch {
            throw LongTailError(
                .data, "cannot read \(path): \(error.localizedDescription)", remedy: "Check that you may read it.")
        }
        if ImageCodec.format(of: start) != nil { return true }
        guard ["jpg", "jpeg", "png", "webp"].contains(URL(fileURLWithPath: path).pathExtension.lowercased()) else {
            return false
        }
        throw LongTailError(
            .data,
            start.isEmpty ? "\(path) is empty" : "\(path) is neither a JPEG, a PNG nor a WebP, whatever its name says",
            remedy: "Fetch it again, convert it to one of them, or take it out of the data set.")
    }

    private static func isFolder(_ path: String) -> Bool {
        var folder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
    }

    /// By code point, as Python's `sorted` orders class folders.
    private static func sorted(_ names: [String]) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
