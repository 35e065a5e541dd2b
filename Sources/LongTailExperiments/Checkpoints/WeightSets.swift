import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization

/// The sets of weights that a file holds, by the key that chooses each.
///
/// Without a key the weights that were trained are taken: under the plain name (`state_dict`, not `state_dict_ema`), of
/// a student and a teacher the teacher (DINO evaluates it), of an encoder and its momentum encoder the encoder.
struct WeightSets {
    /// One set: a dictionary, or the names with a prefix in one that holds several.
    struct Member {
        /// The keys that lead to the dictionary, joined by dots.
        let dictionary: String
        /// What the names of the set begin with; empty for all of the dictionary.
        let prefix: String
        /// The tensors of the whole dictionary.
        let tensors: StateDict
        /// Whether a network's body is in it.
        let hasBody: Bool

        /// The key that chooses the set.
        var key: String {
            [dictionary, String(prefix.dropLast())].filter { !$0.isEmpty }.joined(separator: ".")
        }
    }

    /// The set that is taken.
    let taken: Member
    /// Keys of the others that hold a network's body.
    let others: [String]

    /// Where a file's weights lie by custom, the first one found being taken.
    static let places = ["state_dict", "model_state_dict", "model", "network", "net", ""]

    /// Words in a key for an average or a copy of what was trained, by the part of a name.
    private static let copies = [
        "ema", "swa", "momentum", "student", "target", "averaged", "average", "avg", "k", "key", "shadow",
    ]

    /// Chooses among a file's dictionaries.
    ///
    /// - Parameters:
    ///   - dictionaries: With the keys that lead to each.
    ///   - key: The user's choice; nil for the default.
    ///   - path: The file, for messages.
    /// - Returns: nil when nothing in the file is a set by custom, and none or several could be.
    init?(_ dictionaries: [(path: String, tensors: StateDict)], key: String?, path: String) throws(LongTailError) {
        let all = dictionaries.flatMap { Self.hooked($0.path, $0.tensors) }.map { Member($0.path, $0.tensors) }
        let bodies = all.filter(\.hasBody).flatMap { $0.twins() }
        if let key {
            guard let chosen = Self.named(key, all) else {
                throw Self.unknown(key, bodies.map(\.key), all.map(\.key), path)
            }
            taken = chosen
        } else {
            guard let chosen = Self.default(all, bodies) else { return nil }
            taken = chosen
        }
        let own = taken
        others = bodies.map(\.key).filter { $0 != own.key }
    }

    private static func `default`(_ all: [Member], _ bodies: [Member]) -> Member? {
        func custom(_ member: Member) -> Int { places.firstIndex(of: member.dictionary) ?? places.count }
        func rank(_ member: Member) -> (Int, Int) { (isCopy(member.key) ? 1 : 0, custom(member)) }
        guard let best = bodies.min(by: { rank($0) < rank($1) }) else {
            // A network that is not looked for by its body, or tensors of none.
            return all.filter { custom($0) < places.count }.min { rank($0) < rank($1) }
                ?? (all.count == 1 ? all.first : nil)
        }
        let equal = bodies.filter { rank($0) == rank(best) && $0.dictionary != best.dictionary }
        return equal.isEmpty ? best : nil
    }

    /// Whether a key's words name an average or a copy.
    private static func isCopy(_ key: String) -> Bool {
        key.lowercased().split { $0 == "." || $0 == "_" }.contains { copies.contains(String($0)) }
    }

    /// The set of a key: a dictionary, or the names with a prefix in one, the one taken by custom where none is named.
    private static func named(_ key: String, _ all: [Member]) -> Member? {
        if let whole = all.first(where: { $0.dictionary == key }) { return whole }
        let inside = all.filter { !$0.dictionary.isEmpty && key.hasPrefix($0.dictionary + ".") }
            .sorted { $0.dictionary.count > $1.dictionary.count }
        for member in inside {
            if let part = member.part(key.dropFirst(member.dictionary.count + 1) + ".") { return part }
        }
        let customary = places.compactMap { place in all.first { $0.dictionary == place } }
        return (customary + all).lazy.compactMap { $0.part(key + ".") }.first
    }

    private static func unknown(
        _ key: String, _ bodies: [String], _ all: [String], _ path: String
    ) -> LongTailError {
        let names = OrderedSet(bodies + all).prefix(8).map { $0.isEmpty ? "the file itself" : excerpt($0) }
        return LongTailError(
            .usage, "\(path): holds no weights under '\(excerpt(key))'",
            remedy: names.isEmpty
                ? "It holds no dictionary of tensors." : "It has tensors under: \(names.joined(separator: ", ")).")
    }

    /// A dictionary, and beside it the other set of mmcv's and mmpretrain's EMAHook, where it has one.
    ///
    /// The hook (mmcv/runner/hooks/ema.py) keeps it in the same dictionary: `ema_` and a parameter's name with `_` for every
    /// dot. It exchanges the two before a file is written, so that the average, which is evaluated, has the plain names.
    /// What has no such twin is the same in both.
    private static func hooked(_ path: String, _ tensors: StateDict) -> [(path: String, tensors: StateDict)] {
        let twins = tensors.keys.filter { tensors["ema_" + $0.replacing(".", with: "_")] != nil }
        guard !twins.isEmpty else { return [(path, tensors)] }
        let spelt = Set(twins.map { "ema_" + $0.replacing(".", with: "_") })
        let plain = tensors.filter { !spelt.contains($0.key) }
        var other = plain
        for name in twins { other[name] = tensors["ema_" + name.replacing(".", with: "_")] }
        return [(path, plain), (path.isEmpty ? "ema_" : "\(path).ema_", other)]
    }
}

extension WeightSets.Member {
    init(_ dictionary: String, _ tensors: StateDict) {
        (self.dictionary, prefix, self.tensors) = (dictionary, "", tensors)
        hasBody = BodySpelling.find(tensors.keys) != nil
    }

    /// One for each body in the dictionary: itself when there is one.
    func twins() -> [WeightSets.Member] {
        guard let prefixes = BodySpelling.find(tensors.keys)?.prefixes, prefixes.count > 1 else { return [self] }
        return prefixes.map { .init(dictionary: dictionary, prefix: $0, tensors: tensors, hasBody: true) }
    }

    /// The names with a prefix alone, wrappers' prefixes before it or not; nil when there are none.
    func part(_ prefix: String) -> WeightSets.Member? {
        let wrapped = tensors.keys.lazy.compactMap { name -> String? in
            guard let range = name.range(of: prefix),
                range.lowerBound == name.startIndex || name[..<range.lowerBound].hasSuffix(".")
            else { return nil }
            return String(name[..<range.upperBound])
        }
        guard let whole = wrapped.first else { return nil }
        let own = tensors.filter { $0.key.hasPrefix(whole) }
        return .init(dictionary: dictionary, prefix: whole, tensors: own, hasBody: true)
    }
}
