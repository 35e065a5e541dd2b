import Dispatch
import Foundation
import LongTailBasics
import LongTailVision
import Synchronization

/// Size and time of change of every picture's file: what a run keeps of its pictures, to tell on the way whether they are
/// still those that it began with.
///
/// Files of sets that are no lists of pictures (CIFAR's) count too; embedded sets have none.
package struct ImageStamps: Sendable {
    /// What the disk says of a file.
    struct Stamp: Sendable, Equatable {
        /// Bytes; -1 for a file that is not there.
        var size: Int
        /// Nanoseconds since 1970; those of a file of after 2262 go around.
        var time: Int

        static let missing = Stamp(size: -1, time: 0)

        init(size: Int, time: Int) { (self.size, self.time) = (size, time) }

        init(ofFile path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else {
                self = .missing
                return
            }
            (size, time) = (
                Int(status.st_size), status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
            )
        }
    }

    /// Threads that look at files: what is waited for is a network's storage, which answers many at once.
    private static let threads = 16
    /// Files that a thread looks at before it takes others.
    private static let piece = 2_048

    private let stamps: [Stamp]
    private let path: @Sendable (Int) -> String

    /// Looks at the files of some sets, one after the other.
    package init(lookingAt sets: [any Dataset]) {
        let lists = sets.map { FileList($0) }
        path = { place in
            var place = place
            for list in lists {
                if place < list.count { return list.path(at: place) }
                place -= list.count
            }
            return ""
        }
        let count = lists.reduce(0) { $0 + $1.count }
        let pieces = stride(from: 0, to: count, by: Self.piece).map { $0..<min(count, $0 + Self.piece) }
        guard pieces.count > 1 else {
            stamps = (0..<count).map { [path] in Stamp(ofFile: path($0)) }
            return
        }
        let found = Looked(count)
        let done = DispatchSemaphore(value: 0)
        let crew = LoaderCrew(workers: Self.threads)
        for piece in pieces {
            crew.submit { [path] in
                let own = piece.map { Stamp(ofFile: path($0)) }
                found.stamps.withLock { $0.replaceSubrange(piece, with: own) }
                done.signal()
            }
        }
        for _ in pieces { done.wait() }
        stamps = found.stamps.withLock { $0 }
    }

    /// Stamps that threads fill in.
    private final class Looked: Sendable {
        let stamps: Mutex<[Stamp]>

        init(_ count: Int) { stamps = Mutex(Array(repeating: .missing, count: count)) }
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
        self.stamps = stamps
        path = { _ in "" }
    }

    /// What has become of the files since then.
    package func changes(since before: ImageStamps) -> Changes {
        var changes = Changes(
            otherCount: stamps.count == before.stamps.count ? nil : (before.stamps.count, stamps.count))
        guard changes.otherCount == nil else { return changes }
        for (index, (old, new)) in zip(before.stamps, stamps).enumerated() where old != new {
            if old.size != new.size {
                changes.resized.append("\(path(index)) has \(max(0, new.size)) bytes and had \(max(0, old.size))")
            } else {
                changes.retimed.append(path(index))
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
