import LongTailBasics

/// What a list may call a picture: a path that stays below the folder of the pictures.
enum PicturePath {
    /// The longest path, in bytes; Linux opens none that is longer.
    static let limit = 4096

    /// The path without a leading `./`.
    ///
    /// - Returns: nil, with the reason in `problem`, when the path is empty, absolute, too long, ends with `/`, or
    ///   climbs with `..`.
    static func checked(
        _ path: UnsafeBufferPointer<UInt8>, problem: inout String?
    ) -> UnsafeBufferPointer<UInt8>? {
        var path = path
        while path.starts(with: [0x2E, 0x2F]) { path = UnsafeBufferPointer(rebasing: path[2...]) }
        if path.isEmpty {
            problem = "no path"
        } else if path.count > limit {
            problem = "a path of \(path.count) bytes"
        } else if isWindows(path) {
            problem = "a path of Windows, '\(text(path))'"
        } else if path[0] == 0x2F {
            problem = "an absolute path, '\(text(path))'"
        } else if path[path.count - 1] == 0x2F {
            problem = "a path that ends with '/', '\(text(path))'"
        } else if climbs(path) {
            problem = "a path that climbs with '..', '\(text(path))'"
        } else {
            return path
        }
        return nil
    }

    /// The way out of any of the reasons.
    static let remedy =
        "Expected are paths below one folder, such as heron/1.jpg; data.root or \(Wording.option("data")) names the folder."

    /// Bytes as text, cut to what a message holds.
    static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let start = String(decoding: bytes.prefix(80), as: UTF8.self)
        return bytes.count > 80 ? start + "…" : start
    }

    /// Whether it begins with a drive (`C:\`) or a share (`\\server`).
    private static func isWindows(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        let isDrive =
            path.count > 2 && (0x61...0x7A).contains(path[0] | 0x20) && path[1] == 0x3A
            && [0x2F, 0x5C].contains(path[2])
        return isDrive || path[0] == 0x5C
    }

    /// Whether a component is `..`, between slashes of either kind.
    private static func climbs(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        var start = 0
        for end in 0...path.count where end == path.count || path[end] == 0x2F || path[end] == 0x5C {
            if end - start == 2, path[start] == 0x2E, path[start + 1] == 0x2E { return true }
            start = end + 1
        }
        return false
    }
}
