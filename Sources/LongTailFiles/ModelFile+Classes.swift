import OrderedCollections

/// The classes that a file of weights names itself, in the order of its logits.
public struct StatedClasses: Sendable, Equatable {
    /// Where they stand in the file: `class_to_idx`, `hyper_parameters.classes`.
    public let key: String
    public let names: [String]

    /// How many there are, where they stand, and the first of them.
    public var summary: String {
        let first = names.prefix(5).joined(separator: ", ")
        return "\(names.count) named by \(key): \(first)\(names.count > 5 ? ", …" : "")"
    }
}

extension ModelFile {
    /// Every order of classes that the file states: `class_to_idx`, `label2id` (names to numbers), `idx_to_class`, `id2label`
    /// (numbers to names), `classes`, `class_names`, `CLASSES`, `vocab` (a list), at the top or in dictionaries below.
    ///
    /// A numbering counts when it gives every number from 0 on once.
    public var statedClasses: [StatedClasses] {
        guard case .pyTorch(let file) = self else { return [] }
        var found: [StatedClasses] = []
        Self.collect(file.root, "", depth: 0, &found)
        return found
    }

    private static let numbered = ["class_to_idx", "label2id", "class_to_index", "classes_to_idx"]
    private static let named = [
        "idx_to_class", "id2label", "index_to_class", "classes", "class_names", "CLASSES", "vocab",
    ]

    private static func collect(_ value: PickleValue, _ path: String, depth: Int, _ found: inout [StatedClasses]) {
        guard depth < 5, case .dictionary(let entries) = value else { return }
        for entry in entries {
            guard case .string(let key) = entry.key else { continue }
            let place = path.isEmpty ? key : "\(path).\(key)"
            let names: [String]? =
                if numbered.contains(key) { byNumber(entry.value) } else if named.contains(key) {
                    list(entry.value) ?? byName(entry.value)
                } else { nil }
            if let names, names.count > 1, Set(names).count == names.count {
                found.append(StatedClasses(key: place, names: names))
            }
        }
        for entry in entries {
            guard case .string(let key) = entry.key else { continue }
            collect(entry.value, path.isEmpty ? key : "\(path).\(key)", depth: depth + 1, &found)
        }
    }

    /// `{name: number}`.
    private static func byNumber(_ value: PickleValue) -> [String]? {
        guard case .dictionary(let entries) = value else { return nil }
        return ordered(entries.map { ($0.value, $0.key) })
    }

    /// `{number: name}`, the numbers as text or not.
    private static func byName(_ value: PickleValue) -> [String]? {
        guard case .dictionary(let entries) = value else { return nil }
        return ordered(entries.map { ($0.key, $0.value) })
    }

    private static func ordered(_ pairs: [(number: PickleValue, name: PickleValue)]) -> [String]? {
        var names = [String?](repeating: nil, count: pairs.count)
        for (number, name) in pairs {
            let index: Int? =
                switch number {
                case .int(let value): value
                case .string(let text): Int(text)
                default: nil
                }
            guard let index, names.indices.contains(index), names[index] == nil, let name = text(name) else {
                return nil
            }
            names[index] = name
        }
        return names.compactMap(\.self)
    }

    private static func list(_ value: PickleValue) -> [String]? {
        let items: [PickleValue]
        switch value {
        case .list(let values), .tuple(let values): items = values
        default: return nil
        }
        let names = items.compactMap(text)
        return names.count == items.count ? names : nil
    }

    /// A class's name; folders called by numbers are often named by them.
    private static func text(_ value: PickleValue) -> String? {
        switch value {
        case .string(let text): text
        case .int(let number): "\(number)"
        default: nil
        }
    }
}
