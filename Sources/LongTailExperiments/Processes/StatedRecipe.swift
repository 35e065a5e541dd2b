import LongTailBasics
import LongTailFiles
import LongTailRecipeCoding
import LongTailTraining

/// A recipe as the words and files that a process was started with make it, before images are looked at: what processes compare.
///
/// What a run is called counts for nothing, and of the weights that it begins with their bytes count, not where they lie.
struct StatedRecipe: Codable, Equatable {
    /// A value by its `key.path`.
    private struct Setting: Codable, Equatable {
        let key: String
        let value: String
    }

    /// SHA-256 of all values.
    private let digest: String
    /// SHA-256 of the weights; "none" without any, nil where they cannot be read here.
    private let weights: String?
    /// The values; nil where there are more of them than the meeting's store takes.
    private let settings: [Setting]?

    /// Bytes of all values that are sent; the store takes twice as many, for what JSON escapes.
    private static let limit = 30_000

    init(_ recipe: Recipe) {
        var own = recipe
        let file = own.network.checkpoint ?? own.network.weights
        (own.name, own.network.checkpoint, own.network.weights) = (nil, nil, nil)
        digest = ContentHash.sha256(own.yaml)
        weights = if let file { try? ContentHash.sha256(ofFile: file) } else { "none" }
        let found = own.encode().settings.map { Setting(key: $0.key, value: $0.value) }
        settings = found.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 24 } > Self.limit ? nil : found
    }

    /// What this rank's recipe has that rank 0's has not; nil where they are the same as far as both are known.
    func difference(fromFirst first: StatedRecipe) -> String? {
        if digest != first.digest {
            return "another recipe than rank 0" + (firstSetting(otherThanIn: first).map { ": \($0)" } ?? "")
        }
        guard let weights, let others = first.weights, weights != others else { return nil }
        return "other weights to begin with than rank 0: SHA-256 \(excerpt(weights)), there \(excerpt(others))"
    }

    private func firstSetting(otherThanIn first: StatedRecipe) -> String? {
        guard let settings, let others = first.settings else { return nil }
        func values(_ settings: [Setting]) -> [String: String] {
            Dictionary(settings.map { ($0.key, $0.value) }) { value, _ in value }
        }
        let (own, theirs) = (values(settings), values(others))
        for key in settings.map(\.key) + others.map(\.key) where own[key] != theirs[key] {
            func shown(_ value: String?) -> String { value.map { excerpt($0) } ?? "not there" }
            return "\(excerpt(key)) is \(shown(own[key])), on rank 0 \(shown(theirs[key]))"
        }
        return "its stages come in another order"
    }
}
