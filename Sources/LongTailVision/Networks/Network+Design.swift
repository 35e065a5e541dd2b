import LongTailBasics
import LongTailTorch

extension Network {
    /// What a network is made of: enough to build it again for weights from a file.
    public struct Design: Sendable, Codable, Equatable {
        public var name: Architecture
        public var classifier: Classifier.Kind
        /// Whether its later stages stand in several copies.
        public var branches: Branches
        /// What stands on its blocks; nil for nothing.
        public var adapters: Adapters?

        /// A design; of a single branch unless said otherwise.
        public init(_ name: Architecture, _ classifier: Classifier.Kind = .linear, _ branches: Branches = .single) {
            (self.name, self.classifier, self.branches) = (name, classifier, branches)
        }

        /// The backbone, drawn.
        ///
        /// - Throws: When a network has no such branches.
        func makeBackbone(_ draw: inout WeightInitializer) throws(LongTailError) -> any Backbone {
            switch branches {
            case .single:
                let backbone = try name.makeBackbone(&draw)
                try adapters?.install(on: backbone, &draw)
                return backbone
            case .experts(let count, let isNarrow):
                return try ExpertBackbone(trunk(), count: count, isNarrow: isNarrow, &draw)
            case .bilateral: return try BilateralBackbone(trunk(), &draw)
            }
        }

        private func trunk() throws(LongTailError) -> any BranchingPlan {
            if let plan = name.branchingPlan { return plan }
            throw LongTailError(
                .usage, "\(name.rawValue) cannot be divided into branches",
                remedy: "Take another network, such as resnet32 or resnet50.")
        }
    }

    /// How the later stages of a network are divided.
    public enum Branches: Sendable, Codable, Equatable {
        /// They are not.
        case single
        /// The last two stages once for each expert, on a shared trunk; narrow ones have three quarters of the channels
        /// (Wang et al. 2021, RIDE).
        case experts(count: Int, isNarrow: Bool)
        /// The last block twice, conventional and re-balancing (Zhou et al. 2020, BBN).
        case bilateral

        /// In words; nil for a single one.
        public var summary: String? {
            switch self {
            case .single: nil
            case .experts(let count, let isNarrow): "\(count) \(isNarrow ? "narrow " : "")experts"
            case .bilateral: "two branches"
            }
        }

        /// Number of experts; nil without any.
        public var experts: Int? { if case .experts(let count, _) = self { count } else { nil } }
    }
}
