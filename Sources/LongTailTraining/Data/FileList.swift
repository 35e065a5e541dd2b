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

    /// How many missing or broken files a sentence names.
    static let named = 5

    /// What became of each file: its bytes, or nothing when it is not there.
    struct State {
        /// Bytes of every file; 0 for a missing or empty one, and for a set without files of its own.
        var sizes: [Int]
        /// Files that are there and not empty.
        var found: Int
        /// The others, by position.
        var missing: [Int: String]
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
        guard let listed else { return State(sizes: [], found: indices.count, missing: [:]) }
        var state = State(sizes: [], found: 0, missing: [:])
        state.sizes.reserveCapacity(indices.count)
        for (position, index) in indices.enumerated() {
            let path = listed.path(of: index)
            var status = stat()
            let isThere = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            let size = isThere ? Int(status.st_size) : 0
            state.sizes.append(size)
            if size > 0 {
                state.found += 1
            } else {
                state.missing[position] = isThere ? "\(path) (empty)" : path
            }
            advance(1)
        }
        return state
    }

    /// Decodes `count` of the files that are there, spread evenly, on all cores.
    ///
    /// - Returns: How many were tried, and what is broken by position, with the reason: what could not be decoded, and
    ///   what the list knows to be no picture.
    func decode(_ count: Int, of state: State, _ advance: (Int) -> Void) -> (tried: Int, broken: [Int: String]) {
        guard let listed else { return (0, [:]) }
        let there = indices.indices.filter { state.sizes[$0] > 0 }
        let tries = count >= there.count ? there : (0..<count).map { there[$0 * there.count / count] }
        let broken = failures(tries, advance) { (path) throws(LongTailError) in _ = try ImageCodec.decode(path: path) }
        var known: [Int: String] = [:]
        if !listed.list.unreadable.isEmpty {
            for position in there { known[position] = listed.list.unreadable[indices[position]] }
        }
        return (tries.count, known.merging(broken) { known, _ in known })
    }

    /// What is wrong with the pictures, by position: their headers are read, or all of each.
    func unreadable(whole: Bool, _ advance: (Int) -> Void) -> [Int: String] {
        let source = listed?.list.source ?? ""
        return failures(Array(indices.indices), advance) { (path) throws(LongTailError) in
            guard FileManager.default.fileExists(atPath: path) else {
                throw LongTailError(.data, "\(path) is not there, but \(source) names it")
            }
            if whole { _ = try ImageCodec.decode(path: path) } else { try PictureHeader.check(path) }
        }
    }

    /// Puts files before a check on all cores.
    private func failures(
        _ positions: [Int], _ advance: (Int) -> Void, _ check: @Sendable (String) throws(LongTailError) -> Void
    ) -> [Int: String] {
        guard let listed else { return [:] }
        let found = Mutex<[Int: String]>([:])
        // In pieces, so that progress can be told from this thread.
        for start in stride(from: 0, to: positions.count, by: 256) {
            let piece = positions[start..<min(start + 256, positions.count)]
            DispatchQueue.concurrentPerform(iterations: piece.count) { offset in
                let position = piece[start + offset]
                do throws(LongTailError) { try check(listed.path(of: indices[position])) } catch {
                    found.withLock { $0[position] = error.problem }
                }
            }
            advance(piece.count)
        }
        return found.withLock { $0 }
    }

    /// Classes all of whose images are among some positions, which are not empty.
    func classes(within positions: Set<Int>) -> [String] {
        var left = [Int](repeating: 0, count: images.classNames.count)
        for label in images.labels { left[label] += 1 }
        var lost: Set<Int> = []
        for position in positions {
            let label = images.labels[position]
            left[label] -= 1
            if left[label] == 0 { lost.insert(label) }
        }
        return lost.sorted().map { images.classNames[$0] }
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
        let (path, labels) = (list.paths[first.position], [list.labels[first.first], list.labels[first.position]])
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
            missing: state.missing.sorted { $0.key < $1.key }.map(\.value), emptyClasses: seen.count { !$0 })
    }
}
