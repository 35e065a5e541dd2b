import Foundation

/// A file system in memory of a given size, unmounted with the object.
final class Disk {
    private let path: String

    /// Whether this process may mount one.
    static let canMount: Bool = {
        guard geteuid() == 0, let desk = try? Desk() else { return false }
        return Disk(at: desk.at("trial"), kilobytes: 100) != nil
    }()

    init?(at path: String, kilobytes: Int) {
        self.path = path
        guard (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil,
            Self.call(["mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "none", path])
        else { return nil }
    }

    deinit { _ = Self.call(["umount", "--lazy", path]) }

    func resize(kilobytes: Int) -> Bool { Self.call(["mount", "-o", "remount,size=\(kilobytes)k", path]) }

    /// Lets nobody write to it any more, root neither.
    func close() -> Bool { Self.call(["mount", "-o", "remount,ro", path]) }

    private static func call(_ arguments: [String]) -> Bool {
        (try? Longtail.run(URL(fileURLWithPath: "/usr/bin/env"), arguments))?.status == 0
    }
}
