import LongTailBasics
import OrderedCollections

/// A family of checkpoints, as far as it changes what is read.
///
/// The house's names: the body as in the reference networks (`conv1.weight`, `layer1.0.conv1.weight`), the classifier
/// `fc.weight` and `fc.bias`, the block of Places-LT under `block.`, learnable weight scaling `learned_norm`.
package struct CheckpointLayout: Sendable, Equatable {
    /// A dictionary of its own for a part of the network.
    package struct Row: Sendable, Equatable {
        /// Keys that lead to the dictionary, joined by dots.
        package let dictionary: String
        /// What its names get before them.
        package let target: String
    }

    /// The name, for messages.
    package let name: String
    /// Whether classes may be numbered by falling count, with ties in the order of a sort that is not stable.
    package var sortsClasses = false
    /// What its networks have that weights do not tell.
    var convention = BodyConvention.own
    /// What the body's names begin with in a single state dict, beside other things; nil where nothing does.
    package var prefix: String?
    /// The dictionaries that are read together, the first of which a file must have; none for a single state dict.
    package var rows: [Row] = []

    /// Those that keep a network in several dictionaries.
    static let divided: [CheckpointLayout] = [
        .init(
            name: "MiSLAS and BTM", sortsClasses: true,
            rows: [
                .init(dictionary: "state_dict_model", target: ""),
                .init(dictionary: "state_dict_block", target: "block."),
                .init(dictionary: "state_dict_classifier", target: ""),
                .init(dictionary: "state_dict_lws_model", target: ""),
            ]),
        .init(
            name: "classifier-balancing",
            rows: [
                .init(dictionary: "state_dict_best.feat_model", target: ""),
                .init(dictionary: "state_dict_best.classifier", target: ""),
            ]),
    ]

    /// What a single state dict is called by its names.
    static func single(_ place: NetworkPlace) -> CheckpointLayout {
        let names = place.tensors.keys
        let name =
            if place.prefix.hasPrefix("encoder_q.") {
                place.head == "linear" ? "PaCo and GPaCo" : "MoCo"
            } else if names.contains(where: { $0.hasPrefix("linears.") }) {
                "RIDE and SADE"
            } else if names.contains(where: { $0.hasPrefix("cb_block.") }) {
                "BBN"
            } else if place.convention == .tensorFlow { "efficientnet_pytorch" } else if place.prefix.isEmpty {
                place.head == "linear" ? "LDAM-DRW" : "state dict"
            } else { "state dict with \(place.prefix.dropLast())" }
        return .init(
            name: name, convention: place.convention, prefix: place.prefix.isEmpty ? nil : place.prefix)
    }
}
