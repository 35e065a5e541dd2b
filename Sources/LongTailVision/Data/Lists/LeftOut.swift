import LongTailBasics

/// Files below a folder that do not come into its list, and why: nothing is left out without a word.
public struct LeftOut: Sendable, Equatable {
    /// Why a file is left out.
    package enum Reason: Sendable, Hashable {
        /// A picture of a kind that is not read on this machine.
        case kind(ImageKind)
        /// A picture whose name, or a folder's above it, begins with a dot.
        case hidden
        /// A name whose bytes are not UTF-8.
        case name
        case deadLink
        /// A link to a folder, below a class's own.
        case folderLink
        /// A pipe, a socket or a device.
        case special
        /// A folder that may not be listed.
        case lockedFolder
        /// A picture that lies beside the class folders.
        case outside
        /// What does not begin like a picture and is not called one.
        case noPicture
    }

    /// Numbers by class, the label nil for what lies in no class's folder.
    private var counts: [Int?: [Reason: Int]] = [:]

    package init() {}

    /// One more in a class's folder, or outside of any.
    mutating func add(_ reason: Reason, in label: Int?) { counts[label, default: [:]][reason, default: 0] += 1 }

    /// How many files of all kinds.
    public var total: Int { counts.values.reduce(0) { $0 + $1.values.reduce(0, +) } }

    /// How many pictures a class has lost, other files not counted.
    package func pictures(of label: Int) -> Int {
        (counts[label] ?? [:]).reduce(0) { $0 + ($1.key.isPicture ? $1.value : 0) }
    }

    /// What was left out, in words, as in "6 HEIC pictures, 2 dead links"; nil when nothing was.
    package var words: String? { Self.words(counts.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }) }

    /// The same of one class, or of what lies in none.
    package func words(of label: Int?) -> String? { Self.words(counts[label] ?? [:]) }

    /// The packages that would bring what is needed to read some of it.
    package var packages: [String] {
        Set(
            counts.values.flatMap(\.keys).compactMap { reason in
                if case .kind(let kind) = reason { kind.packageHint } else { nil }
            }
        ).sorted()
    }

    private static func words(_ counts: [Reason: Int]) -> String? {
        let parts = counts.map { ($0.key.words($0.value), $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

extension LeftOut.Reason {
    /// Whether it is, or may be, a picture that a user would miss.
    var isPicture: Bool { self != .noPicture && self != .special }

    fileprivate func words(_ count: Int) -> String {
        let isOne = count == 1
        return switch self {
        case .kind(let kind): "\(count) \(kind.name) picture\(isOne ? "" : "s")"
        case .hidden: "\(count) picture\(isOne ? "" : "s") whose name begins with a dot"
        case .name: "\(count) file\(isOne ? "" : "s") whose name is not UTF-8"
        case .deadLink: isOne ? "1 link that leads nowhere" : "\(count) links that lead nowhere"
        case .folderLink: isOne ? "1 link to a folder" : "\(count) links to folders"
        case .special: isOne ? "1 pipe, socket or device" : "\(count) pipes, sockets or devices"
        case .lockedFolder: isOne ? "1 folder that may not be read" : "\(count) folders that may not be read"
        case .outside: "\(count) picture\(isOne ? "" : "s") beside the class folders, in no class"
        case .noPicture: "\(count) file\(isOne ? " that is no picture" : "s that are no pictures")"
        }
    }
}
