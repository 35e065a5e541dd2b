import Foundation
import LongTailBasics
import LongTailExperiments
import LongTailImbalance
import LongTailTraining
import LongTailVision

/// What an exported file says about itself, as text by key; the keys stand in docs/export.md.
public struct ModelCard: Sendable, Equatable {
    /// Keys and texts, in order.
    public let entries: [(key: String, value: String)]

    /// The card of a model whose file takes such an input.
    public init(_ model: TrainedModel, input: PixelRange) throws(LongTailError) {
        let (info, format) = (model.checkpoint.info, try model.recipe.data.input())
        var entries = [
            ("longtail.version", longtailVersion), ("longtail.network", info.network.rawValue),
            ("longtail.classifier", info.classifier.rawValue), ("longtail.stage", model.name),
            ("longtail.class-names", try Self.json(info.classNames)),
            ("longtail.input-size", try Self.json([3, format.size.height, format.size.width])),
            ("longtail.input", input.description),
            ("longtail.mean", try Self.json(format.normalization.mean)),
            ("longtail.std", try Self.json(format.normalization.std)),
            ("longtail.temperature", model.calibration.map { "\($0.temperature)" } ?? "uncalibrated"),
            ("longtail.recipe", info.recipe ?? model.recipe.yaml),
        ]
        if let hash = info.listHash { entries.append(("longtail.list-hash", hash)) }
        self.entries = entries.map { (key: $0.0, value: $0.1) }
    }

    /// The text of a key.
    public subscript(_ key: String) -> String? { entries.first { $0.key == key }?.value }

    /// The entries, for a format without order.
    public var dictionary: [String: String] {
        Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// The same keys with the same texts.
    public static func == (a: ModelCard, b: ModelCard) -> Bool { a.dictionary == b.dictionary }

    private static func json(_ value: some Encodable) throws(LongTailError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            throw LongTailError(.file, "cannot be written as JSON: \(error)")
        }
    }
}
