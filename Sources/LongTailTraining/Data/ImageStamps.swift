import Foundation
import LongTailBasics
import LongTailVision

/// Size and time of change of every picture's file: what a run keeps of its pictures, to tell on the way whether they are
/// still those that it began with.
///
/// Files of sets that are no lists of pictures (CIFAR's) count too; embedded sets have none.
package struct ImageStamps: Sendable, Equatable {
    /// What the disk says of a file.
    struct Stamp: Sendable, Equatable {
        /// Bytes; -1 for a file that is not there.
        var size: Int
        /// Nanoseconds since 1970; those of a file of after 2262 go around.
        var time: Int
    }

    private let stamps: [Stamp]
    private let paths: [String]

    /// Looks at the files of some sets, one after the other.
    package init(lookingAt sets: [any Dataset]) {
        paths = sets.flatMap { FileList($0).paths }
        stamps = paths.map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return Stamp(size: -1, time: 0) }
            return Stamp(
                size: Int(status.st_size), time: status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec)
        }
    }

    /// One line a file, in the order of the sets: its size and its time of change.
    package var text: String { stamps.map { "\($0.size) \($0.time)\n" }.joined() }

    /// Reads the lines; nil where they are damaged.
    package init?(_ text: String) {
        var stamps: [Stamp] = []
        for line in text.split(separator: "\n") {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 2 else { return nil }
            stamps.append(Stamp(size: numbers[0], time: numbers[1]))
        }
        (self.stamps, paths) = (stamps, [])
    }

    /// What has become of the files since then.
    package func changes(since before: ImageStamps) -> Changes {
        var changes = Changes(
            otherCount: stamps.count == before.stamps.count ? nil : (before.stamps.count, stamps.count))
        guard changes.otherCount == nil else { return changes }
        for (index, (old, new)) in zip(before.stamps, stamps).enumerated() where old != new {
            if old.size != new.size {
                changes.resized.append("\(paths[index]) has \(max(0, new.size)) bytes and had \(max(0, old.size))")
            } else {
                changes.retimed.append(paths[index])
            }
        }
        return changes
    }

    /// Differences between two looks at the files.
    package struct Changes: Sendable {
        /// How many files there were, and are, where these differ.
        package var otherCount: (before: Int, now: Int)?
        /// Files of another size, in words.
        package var resized: [String] = []
        /// Files of the same size and another time.
        package var retimed: [String] = []

        /// That these are not the pictures of before; nil where number and sizes are the same.
        package func problem(of run: String) -> String? {
            if let (before, now) = otherCount {
                return "\(run) began with \(before) files of pictures, and now there are \(now)"
            }
            guard !resized.isEmpty else { return nil }
            return
                "\(resized.count) of the pictures that \(run) began with \(resized.count == 1 ? "was" : "were") replaced: "
                + firstOf(resized, limit: 5)
        }

        /// That they may be others; nil where nothing has changed.
        package var note: String? {
            guard !retimed.isEmpty else { return nil }
            return
                "\(retimed.count) \(retimed.count == 1 ? "picture was" : "pictures were") written again since the run began, "
                + "at the same size, and may have another content (a check of the data gives digests of contents to compare "
                + "copies by): \(firstOf(retimed, limit: 5))"
        }
    }
}
