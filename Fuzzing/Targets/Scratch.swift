import Foundation
import LongTailBasics

/// Files for readers that want a path; in memory where the system has such a place.
package enum Scratch {
    /// A folder of this process.
    static let folder: String = {
        let root = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let folder = "\(root)/longtail-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }()

    /// The path of a file with these bytes; its folder is made.
    static func file(_ name: String, _ bytes: some Collection<UInt8>) -> String {
        let path = "\(folder)/\(name)"
        if name.contains("/") {
            try? FileManager.default.createDirectory(
                atPath: Path(path).folder, withIntermediateDirectories: true)
        }
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
        return path
    }

    /// Removes the folder.
    package static func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
