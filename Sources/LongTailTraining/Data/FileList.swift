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

    /// How many files there are: one for each picture of a list; those that hold all pictures of another set.
    var count: Int { listed == nil ? whole.count : indices.count }

    /// File `place` of them.
    func path(at place: Int) -> String { listed?.path(of: indices[place]) ?? whole[place] }

    private var whole: [String] { (((images as? SubsetDataset)?.base ?? images) as? CIFAR)?.paths ?? [] }

    /// What was left out of each class's folder, the class that loses the largest share first.
    var losses: [DataCheck.Loss] {
        guard let list = listed?.list else { return [] }
        var counts = [Int](repeating: 0, count: list.classNames.count)
        for label in list.labels { counts[label] += 1 }
        return counts.indices.compactMap { label in
            list.leftOut.words(of: label).map {
                DataCheck.Loss(
                    name: list.classNames[label], words: $0, lost: list.leftOut.pictures(of: label), kept: counts[label]
                )
            }
        }.sorted { $0.share > $1.share }
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
    ///   what the list knows to be no picture; and files that come out nearly black because they use the lower of 16 bits
    ///   only.
    func decode(
        _ count: Int, of state: State, _ advance: (Int) -> Void
    ) -> (tried: Int, broken: [Int: String], dark: [String]) {
        guard let listed else { return (0, [:], []) }
        let dark = Mutex<[Int: String]>([:])
        let there = indices.indices.filter { state.sizes[$0] > 0 }
        let tries = count >= there.count ? there : (0..<count).map { there[$0 * there.count / count] }
        let broken = failures(tries, advance) { (images, index) throws(LongTailError) in
            guard case .encoded(let picture) = try images.source(at: index) else { return }
            if picture.isNearlyBlack(try picture.decoded()) {
                dark.withLock { $0[index] = images.path(of: index) }
            }
        }
        var known: [Int: String] = [:]
        if !listed.list.unreadable.isEmpty {
            for position in there { known[position] = listed.list.unreadable[indices[position]] }
        }
        let found = known.merging(broken) { known, _ in known }
        return (tries.count, found, dark.withLock { $0.sorted { $0.key < $1.key }.map(\.value) })
    }

    /// What is wrong with the pictures, by position: their headers are read, or all of each.
    func unreadable(whole: Bool, _ advance: (Int) -> Void) -> [Int: String] {
        failures(Array(indices.indices), advance) { (images, index) throws(LongTailError) in
            if whole {
                _ = try images.image(at: index)
                return
            }
            do throws(LongTailError) { try PictureHeader.check(images.path(of: index), images.reading) } catch {
                // Which says of a file that is not there who names it.
                _ = try images.source(at: index)
                throw error
            }
        }
    }

    /// SHA-256 of one line "identity digest" per picture, in the list's order, with the SHA-256 of its file, or nothing where
    /// that cannot be read; nil for a set without files of its own.
    func content(_ advance: (Int) -> Void) -> String? {
        guard listed != nil else { return nil }
        let digests = Mutex([String](repeating: "", count: images.labels.count))
        let positions = Dictionary(indices.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        _ = failures(Array(indices.indices), advance) { (images, index) throws(LongTailError) in
            let digest = try ContentHash.sha256(ofFile: images.path(of: index))
            digests.withLock { $0[positions[index] ?? 0] = digest }
        }
        let found = digests.withLock { $0 }
        return ContentHash.sha256(ofAll: found.indices.lazy.map { "\(images.identity(of: $0)) \(found[$0])\n" })
    }

    /// Puts files before a check on all cores.
    private func failures(
        _ positions: [Int], _ advance: (Int) -> Void,
        _ check: @Sendable (ListedImages, Int) throws(LongTailError) -> Void
    ) -> [Int: String] {
        guard let listed else { return [:] }
        let found = Mutex<[Int: String]>([:])
        // In pieces, so that progress can be told from this thread.
        for start in stride(from: 0, to: positions.count, by: 256) {
            let piece = positions[start..<min(start + 256, positions.count)]
            DispatchQueue.concurrentPerform(iterations: piece.count) { offset in
                let position = piece[start + offset]
                do throws(LongTailError) { try check(listed, indices[position]) } catch {
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
        let (path, labels) = (
            list.identity(of: first.position), [list.labels[first.first], list.labels[first.position]]
        )
        let names = labels.map { "'\(list.classNames[$0])'" }.joined(separator: " and ")
        let count = list.contradictions.count
        return "\(list.source) gives \(count == 1 ? "an image" : "\(count) images") two classes: "
            + "\(count == 1 ? "" : "the first is ")\(path), \(names). Leave one of the lines out"
    }

    /// The summary of a report.
    func part(_ state: State, content: String?) -> DataCheck.Part {
        var seen = [Bool](repeating: false, count: images.classNames.count)
        for label in images.labels where seen.indices.contains(label) { seen[label] = true }
        return DataCheck.Part(
            source: listed?.list.source ?? images.name, images: indices.count, found: state.found,
            missing: state.missing.sorted { $0.key < $1.key }.map(\.value),
            emptyClasses: zip(images.classNames, seen).filter { !$0.1 }.map(\.0), content: content)
    }
}
