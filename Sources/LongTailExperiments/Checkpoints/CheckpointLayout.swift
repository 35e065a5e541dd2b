import LongTailBasics
import LongTailSerialization

/// Where a family of checkpoints keeps things, as data: dictionaries, prefixes, and the names that the house uses.
///
/// The house's names: the body as in the reference networks (`conv1.weight`, `layer1.0.conv1.weight`), the classifier
/// `fc.weight` and `fc.bias`, the block of Places-LT under `block.`, learnable weight scaling `learned_norm`.
package struct CheckpointLayout: Sendable, Equatable {
    /// One row: names under a prefix of one dictionary, and where they go.
    package struct Row: Sendable, Equatable {
        /// Keys that lead to the dictionary, joined by dots; nil for the file's one state dict, wherever it lies.
        package let dictionary: String?
        /// What the names begin with, after wrappers' prefixes have been taken off.
        package let prefix: String
        /// What takes the prefix's place; nil leaves the names out.
        package let target: String?

        fileprivate init(_ prefix: String, in dictionary: String? = nil, to target: String?) {
            (self.dictionary, self.prefix, self.target) = (dictionary, prefix, target)
        }
    }

    /// The name, for messages.
    package let name: String
    /// The dictionary that a file must have to be of this layout; nil for the file's one state dict.
    package var dictionary: String?
    /// A prefix that this dictionary must have; empty when any will do.
    package var marker = ""
    /// Whether classes may be numbered by falling count, with ties in the order of a sort that is not stable.
    package var sortsClasses = false
    /// The rows; of those that fit a name, the one with the longest prefix counts.
    package let rows: [Row]

    /// Where a file's one state dict may lie, the first one found being taken; averaged weights before trained ones, as
    /// timm's loader does.
    static let places = [
        "state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model", "network", "net", "",
    ]

    /// Prefixes that wrappers put before every name of a dictionary: data-parallel, compiled, Lightning and others.
    static let wrappers = ["module.", "_orig_mod.", "model.", "network.", "net.", "backbone.", "encoder."]

    /// Every layout, the more particular ones first.
    package static let all: [CheckpointLayout] = systems + wrapped + [plain]

    private static let systems: [CheckpointLayout] = [
        .init(
            name: "MiSLAS and BTM", dictionary: "state_dict_model", sortsClasses: true,
            rows: [
                .init("", in: "state_dict_model", to: ""), .init("", in: "state_dict_block", to: "block."),
                .init("", in: "state_dict_classifier", to: ""), .init("", in: "state_dict_lws_model", to: ""),
            ]),
        .init(
            name: "classifier-balancing", dictionary: "state_dict_best.feat_model",
            rows: [
                .init("", in: "state_dict_best.feat_model", to: ""),
                .init("", in: "state_dict_best.classifier", to: ""),
            ]),
        .init(
            name: "PaCo and GPaCo", marker: "encoder_q.",
            rows: [
                .init("encoder_q.", to: ""), .init("encoder_q.fc.", to: nil), .init("linear.", to: "fc."),
                .init("encoder_k.", to: nil), .init("linear_k.", to: nil), .init("queue", to: nil),
            ]),
        .init(name: "RIDE and SADE", marker: "linears.", rows: [.init("", to: "")]),
        .init(
            name: "BBN", marker: "backbone.cb_block.",
            rows: [.init("backbone.", to: ""), .init("classifier.", to: "fc."), .init("", to: "")]),
        .init(name: "LDAM-DRW", marker: "linear.", rows: [.init("", to: ""), .init("linear.", to: "fc.")]),
    ]

    /// A body under a prefix and a classifier beside it.
    private static let wrapped: [CheckpointLayout] = ["backbone.", "encoder.", "model.", "network.", "net."].map {
        let heads = ["classifier.", "classifier.fc.", "head.", "head.fc.", "linear."]
        let rows: [Row] = [.init($0, to: ""), .init("", to: "")]
        return .init(
            name: "state dict with \($0.dropLast())", marker: "\($0)conv1.",
            rows: rows + heads.map { .init($0, to: "fc.") })
    }

    private static let plain = CheckpointLayout(
        name: "state dict", rows: [.init("", to: ""), .init("classifier.", to: "fc."), .init("head.", to: "fc.")])

    /// The house's name of a tensor, or nil when it is left out.
    func target(of name: String, in dictionary: String?) -> String? {
        let fitting = rows.filter { $0.dictionary == dictionary && name.hasPrefix($0.prefix) }
        guard let row = fitting.max(by: { $0.prefix.count < $1.prefix.count }), let target = row.target else {
            return nil
        }
        return target + name.dropFirst(row.prefix.count)
    }
}
