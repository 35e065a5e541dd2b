import Basics
import Foundation

/// A folder with one folder per class, of JPEG, PNG and WebP pictures.
///
/// Classes are the folders' names, sorted by code point; pictures may lie in folders below and are recognised by
/// content.
public struct ImageFolder: Dataset {
    /// The folder that holds the class folders.
    public let root: String
    /// Names of the class folders.
    public let classNames: [String]
    /// The class of every picture; pictures are sorted by class, then by path.
    public let labels: [Int]
    /// Files in class folders that are not pictures and were left out.
    public let ignoredFiles: Int
    private let paths: [String]

    /// Lists a folder; pictures are decoded when they are asked for.
    ///
    /// - Parameter root: The folder that holds the class folders.
    /// - Throws: A data failure when the folder is missing or has no class, a class has no picture, or a file that is
    ///   named like a picture is none.
    public init(root: String) throws(Failure) {
        let classes = try Self.list(root).filter { Self.isFolder("\(root)/\($0)") && !$0.hasPrefix(".") }
        guard !classes.isEmpty else {
            throw Failure(
                .data, "\(root) holds no class folders",
                remedy: "Expected is one folder per class, with pictures in it.")
        }
        var (labels, paths, ignored): ([Int], [String], Int) = ([], [], 0)
        for (label, name) in classes.enumerated() {
            let files = try Self.files(below: "\(root)/\(name)").map { "\(name)/\($0)" }
            var pictures: [String] = []
            for file in files where try Self.isPicture("\(root)/\(file)") { pictures.append(file) }
            guard !pictures.isEmpty else {
                throw Failure(
                    .data, "the class folder \(root)/\(name) holds no JPEG, PNG or WebP (\(files.count) other files)",
                    remedy: "Put pictures into it, or remove the folder.")
            }
            ignored += files.count - pictures.count
            paths += pictures
            labels += Array(repeating: label, count: pictures.count)
        }
        self.root = root
        self.labels = labels
        self.paths = paths
        (classNames, ignoredFiles) = (classes, ignored)
    }

    /// The last component of the folder's path.
    public var name: String { URL(fileURLWithPath: root).lastPathComponent }

    /// Reads file `index` and its header.
    public func source(at index: Int) throws(Failure) -> PictureSource {
        try check(index)
        return .encoded(try EncodedPicture(path: "\(root)/\(paths[index])"))
    }

    /// The path below `root`.
    public func identity(of index: Int) -> String { paths.indices.contains(index) ? paths[index] : "\(index)" }

    private static func list(_ folder: String) throws(Failure) -> [String] {
        do { return sorted(try FileManager.default.contentsOfDirectory(atPath: folder)) } catch {
            throw Failure(
                .data, "cannot list the folder \(folder): \(error.localizedDescription)",
                remedy: "Check the path; expected is a folder that holds one folder per class.")
        }
    }

    /// Relative paths of the plain files below a folder, hidden ones left out; links to folders are not followed.
    private static func files(below folder: String) throws(Failure) -> [String] {
        let folder = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        guard let walk = FileManager.default.enumerator(atPath: folder) else {
            throw Failure(.data, "cannot list the folder \(folder)", remedy: "Check that you may read it.")
        }
        var files: [String] = []
        while let path = walk.nextObject() as? String {
            let hidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
            if !hidden, !isFolder("\(folder)/\(path)") { files.append(path) }
        }
        return sorted(files)
    }

    /// By content; a file that only its name calls a picture is a failure, not a file to leave out in silence.
    private static func isPicture(_ path: String) throws(Failure) -> Bool {
        let start: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            start = try file.read(upToCount: 12) ?? Data()
        } catch {
            throw Failure(
                .data, "cannot read \(path): \(error.localizedDescription)", remedy: "Check that you may read it.")
        }
        if ImageCodec.format(of: start) != nil { return true }
        guard ["jpg", "jpeg", "png", "webp"].contains(URL(fileURLWithPath: path).pathExtension.lowercased()) else {
            return false
        }
        throw Failure(
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
