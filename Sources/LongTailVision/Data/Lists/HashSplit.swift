import LongTailBasics
import LongTailFiles

/// A split of pictures by a hash of their names: the same on every machine, and other pictures do not move it.
///
/// A name's SHA-256 is read as a number in [0, 1); the lowest go to the first held-out part, the next to the second,
/// the rest is trained on. Adding, removing or reordering pictures leaves the others where they are, but in a class so
/// small that a part would be left without one.
public struct HashSplit: Sendable, Equatable {
    /// The share of each held-out part, in (0, 1) together.
    public let fractions: [Double]
    /// Goes into the hash: another salt gives another split.
    public let salt: String

    /// A split into held-out parts and the rest.
    ///
    /// - Throws: A usage failure when a share is not in 0..<1 or they leave nothing to train on.
    public init(_ fractions: [Double], salt: String = "") throws(LongTailError) {
        guard fractions.allSatisfy({ $0 >= 0 && $0 < 1 }), fractions.reduce(0, +) < 1 else {
            let given = fractions.map { "\($0)" }.joined(separator: " and ")
            throw LongTailError(
                .usage, "parts of \(given) cannot be held out",
                remedy: "Give shares from 0 up that together stay below 1, such as 0.2.")
        }
        (self.fractions, self.salt) = (fractions, salt)
    }

    /// The hash of a name, in [0, 1): the first 52 bits of SHA-256("salt/name").
    public func hash(of name: String) -> Double {
        let digits = ContentHash.sha256("\(salt)/\(name)").prefix(13)
        return Double(UInt64(digits, radix: 16) ?? 0) * 0x1p-52
    }

    /// The part of every picture of one class: an index into `fractions`, or `fractions.count` for the rest.
    ///
    /// Every class keeps a picture to train on; of two, one goes to the first part, of three one to the second, and so on.
    public func parts(of names: [String]) -> [Int] {
        let rest = fractions.count
        let hashes = names.map(hash(of:))
        var parts = hashes.map { hash in
            var end = 0.0
            return fractions.firstIndex {
                end += $0; return hash < end
            } ?? rest
        }
        let order = names.indices.sorted { (hashes[$0], names[$0], $0) < (hashes[$1], names[$1], $1) }
        if !parts.contains(rest), let last = order.last { parts[last] = rest }
        for (part, fraction) in fractions.enumerated() where fraction > 0 && !parts.contains(part) {
            // From a part that keeps one, the rest first, or from a later part: the first parts come first.
            let donor = [rest] + Array((0..<rest).reversed())
            let from =
                donor.first { from in parts.count { $0 == from } > 1 }
                ?? donor.first { from in from > part && from < rest && parts.contains(from) }
            guard let from, let next = order.first(where: { parts[$0] == from }) else { continue }
            parts[next] = part
        }
        return parts
    }

    /// The positions of each held-out part and of the rest, last, in the order of the list; class by class.
    ///
    /// - Parameters:
    ///   - labels: The class of every picture.
    ///   - name: What is hashed of a picture.
    public func positions(labels: [Int], name: (Int) -> String) -> [[Int]] {
        var positions = [[Int]](repeating: [], count: fractions.count + 1)
        for members in Dictionary(grouping: labels.indices, by: { labels[$0] }).values {
            for (position, part) in zip(members, parts(of: members.map(name))) { positions[part].append(position) }
        }
        return positions.map { $0.sorted() }
    }
}

extension HashSplit {
    /// The held-out parts of listed pictures, and the rest, last.
    ///
    /// What is hashed is the path below the folder of its class, so that a picture stays on its side when it is moved
    /// to another class.
    func positions(labels: [Int], classNames: [String], path: (Int) -> String) -> [[Int]] {
        positions(labels: labels) { position in
            let (path, label) = (path(position), labels[position])
            let folder = classNames.indices.contains(label) ? classNames[label] + "/" : ""
            return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
        }
    }
}

extension ImageList {
    /// The held-out parts of a split by hash, and the rest, last.
    public func parts(of split: HashSplit) -> [[Int]] {
        split.positions(labels: labels, classNames: classNames) { paths[$0] }
    }
}

extension Dataset {
    /// The held-out parts of a split by hash, and the rest, last.
    public func parts(of split: HashSplit) -> [[Int]] {
        split.positions(labels: labels, classNames: classNames) { identity(of: $0) }
    }
}
