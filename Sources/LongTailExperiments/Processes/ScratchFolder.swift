import Foundation
import LongTailBasics

/// A folder for what is of use as long as the process lives.
struct ScratchFolder {
    private let folder: String

    init() throws(LongTailError) {
        folder = NSTemporaryDirectory() + "longtail-\(getpid())-\(UInt64(Date().timeIntervalSince1970 * 1000))"
        try AtomicFile.makeFolder(folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Whether files can be written into a folder, which is made if it is missing.
    func canWrite(_ folder: String) -> Bool { (try? AtomicFile.check("\(folder)/.probe-\(getpid())")) != nil }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
