import Dispatch
import Foundation
import LongTailBasics
import LongTailFiles
import LongTailVision
import Synchronization

/// The files of a data set, looked at one by one without decoding; for `DataCheck`.
struct FileList {
    private let images: any Dataset
    private let indices: [Int]
    private let listed: ListedImages?

    /// How many missing or broken files a report names.
    static let named = 5

    /// What became of each file: its bytes, or nil when it is not there.
    struct State {
        /// Bytes of every file; 0 for a missing or empty one, and for a set without files of its own.
        var sizes: [Int]
        /// Files that are there and not empty.
        var found: Int
        /// The first few others.
        var missing: [String]
    }

    /// The files of a data set, or of a part of one.
    init(_ images: any Dataset) {
        self.images = images
        let part = images as? SubsetDataset
        listed = (part?.base ?? images) as? ListedImages
        indices = part?.indices ?? Array(images.labels.indices)
    }

    /// Asks the disk for every file.
    func look(_ advance: (Int) -> Void) -> State {
        guard let listed else { return State(sizes: [], found: indices.count, missing: []) }
        var state = State(sizes: [], found: 0, missing: [])
        state.sizes.reserveCapacity(indices.count)
        for index in indices {
            let path = listed.path(of: index)
            var status = stat()
            let isThere = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            let size = isThere ? Int(status.st_size) : 0
            state.sizes.append(size)
            if size > 0 {
                state.found += 1
            } else if state.missing.count < Self.named {
                state.missing.append(isThere ? "\(path) (empty)" : path)
            }
            advance(1)
        }
        return state
    }

    /// Decodes `count` of the files that are there, spread evenly, on all cores.
    ///
    /// - Returns: How many were tried, and those that failed, with the reason.
    func decode(_ count: Int, of state: State, _ advance: (Int) -> Void) -> (tried: Int, broken: [String]) {
        guard let listed, count > 0 else { return (0, []) }
        let there = indices.indices.filter { state.sizes[$0] > 0 }
        let tries = count >= there.count ? there : (0..<count).map { there[$0 * there.count / count] }
        let broken = Mutex<[(Int, String)]>([])
        // In pieces, so that progress can be told from this thread.
        for start in stride(from: 0, to: tries.count, by: 256) {
            let piece = tries[start..<min(start + 256, tries.count)]
            DispatchQueue.concurrentPerform(iterations: piece.count) { offset in
                let position = piece[start + offset]
                do throws(LongTailError) { _ = try listed.image(at: indices[position]) } catch {
                    broken.withLock { $0.append((position, error.problem)) }
                }
            }
            advance(piece.count)
        }
        return (tries.count, broken.withLock { $0.sorted { $0.0 < $1.0 }.map(\.1) })
    }

    /// How many files another list has too: the same file, or, between two folders, one of the same content.
    func shared(with other: FileList, _ mine: State, _ theirs: State) -> Int {
        guard let listed, let others = other.listed else { return 0 }
        if listed.root.folder == others.root.folder {
            // Both are whole lists or parts of one; the paths of the smaller one are looked up.
            let paths = Set(other.indices.map { others.list.paths[$0] })
            return indices.count { paths.contains(listed.list.paths[$0]) }
        }
        let sizes = Set(mine.sizes).intersection(theirs.sizes).subtracting([0])
        func digests(_ files: FileList, _ images: ListedImages, _ state: State) -> [String] {
            files.indices.indices.filter { sizes.contains(state.sizes[$0]) }.compactMap {
                try? ContentHash.ofFile(images.path(of: files.indices[$0])).sha256
            }
        }
        let contents = Set(digests(other, others, theirs))
        return digests(self, listed, mine).count { contents.contains($0) }
    }

    /// What is wrong with a list that gives one picture two classes; nil when it does not.
    var contradiction: String? {
        guard let list = listed?.list, let first = list.contradictions.first else { return nil }
        let (path, labels) = (
            list.identity(of: first.position), [list.labels[first.first], list.labels[first.position]]
        )
        let names = labels.map { "'\(list.classNames[$0])'" }.joined(separator: " and ")
        let count = list.contradictions.count
        return "\(list.source) gives \(count == 1 ? "an image" : "\(count) images") two classes: "
            + "\(count == 1 ? "" : "the first is ")\(path), \(names). Leave one of the lines out"
    }

    /// The summary of a report.
    func part(_ state: State) -> DataCheck.Part {
        var seen = [Bool](repeating: false, count: images.classNames.count)
        for label in images.labels where seen.indices.contains(label) { seen[label] = true }
        return DataCheck.Part(
            source: listed?.list.source ?? images.name, images: indices.count, found: state.found,
            missing: state.missing,
            emptyClasses: zip(images.classNames, seen).filter { !$0.1 }.map(\.0))
    }
}
