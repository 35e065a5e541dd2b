import Basics
import Serialization

/// Where a family of checkpoints keeps things, as data: dictionaries, prefixes, and the names that the house uses.
///
/// The house's names: the body as in the reference networks (`conv1.weight`, `layer1.0.conv1.weight`), the classifier
/// `fc.weight` and `fc.bias`, the block of Places-LT under `block.`, learnable weight scaling `learned_norm`.
public struct CheckpointLayout: Sendable, Equatable {
    /// One row: names under a prefix of one dictionary, and where they go.
    public struct Row: Sendable, Equatable {
        /// Keys that lead to the dictionary, joined by dots; empty for the file itself.
        public let dictionary: String
        /// What the names begin with, after `module.` has been taken off.
        public let prefix: String
        /// What takes the prefix's place; nil leaves the names out.
        public let target: String?
    }

    /// The name, for messages.
    public let name: String
    /// The dictionary that a file must have to be of this layout.
    public let dictionary: String
    /// A prefix that this dictionary must have; empty when any will do.
    public let marker: String
    /// The rows; of those that fit a name, the one with the longest prefix counts.
    public let rows: [Row]

    /// Every layout, the more particular ones first.
    public static let all: [CheckpointLayout] = [
        .init(
            name: "MiSLAS and BTM", dictionary: "state_dict_model", marker: "",
            rows: [
                .init(dictionary: "state_dict_model", prefix: "", target: ""),
                .init(dictionary: "state_dict_block", prefix: "", target: "block."),
                .init(dictionary: "state_dict_classifier", prefix: "", target: ""),
                .init(dictionary: "state_dict_lws_model", prefix: "", target: ""),
            ]),
        .init(
            name: "classifier-balancing", dictionary: "state_dict_best.feat_model", marker: "",
            rows: [
                .init(dictionary: "state_dict_best.feat_model", prefix: "", target: ""),
                .init(dictionary: "state_dict_best.classifier", prefix: "", target: ""),
            ]),
        .init(
            name: "PaCo and GPaCo", dictionary: "state_dict", marker: "encoder_q.",
            rows: [
                .init(dictionary: "state_dict", prefix: "encoder_q.", target: ""),
                .init(dictionary: "state_dict", prefix: "encoder_q.fc.", target: nil),
                .init(dictionary: "state_dict", prefix: "linear.", target: "fc."),
                .init(dictionary: "state_dict", prefix: "encoder_k.", target: nil),
                .init(dictionary: "state_dict", prefix: "linear_k.", target: nil),
                .init(dictionary: "state_dict", prefix: "queue", target: nil),
            ]),
        .init(
            name: "LDAM-DRW", dictionary: "state_dict", marker: "linear.",
            rows: [
                .init(dictionary: "state_dict", prefix: "", target: ""),
                .init(dictionary: "state_dict", prefix: "linear.", target: "fc."),
            ]),
        .init(
            name: "nested state dict", dictionary: "state_dict", marker: "",
            rows: [.init(dictionary: "state_dict", prefix: "", target: "")]),
        .init(
            name: "plain LDAM-DRW", dictionary: "", marker: "linear.",
            rows: [
                .init(dictionary: "", prefix: "", target: ""),
                .init(dictionary: "", prefix: "linear.", target: "fc."),
            ]),
        .init(
            name: "plain state dict", dictionary: "", marker: "",
            rows: [.init(dictionary: "", prefix: "", target: "")]),
    ]
}
