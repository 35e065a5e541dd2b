import LongTailBasics
import LongTailTorch
import LongTailVision

/// Which parameters of a stage are trainable: rules in order, of which the first that a role fits decides.
public struct TrainingRules: Sendable, Equatable {
    /// Some roles.
    public enum Pattern: Sendable, Equatable {
        /// One of these.
        case roles(Set<ParameterRole>)
        /// A part that methods have put on the classifier, by its name.
        case part(String)
        /// The classifier and what trains with it: every part but those that decide between experts.
        case head
        case router
        case every

        func fits(_ role: ParameterRole) -> Bool {
            switch (self, role) {
            case (.roles(let roles), _): roles.contains(role)
            case (.part(let name), .part(let own)), (.part(let name), .router(let own)): name == own
            case (.head, .classifier), (.head, .part), (.router, .router), (.every, _): true
            case (.part, _), (.head, _), (.router, _): false
            }
        }
    }

    /// What is done with parameters whose role fits a pattern.
    public struct Rule: Sendable, Equatable {
        public let pattern: Pattern
        public let trains: Bool

        static func trains(_ pattern: Pattern) -> Rule { Rule(pattern: pattern, trains: true) }
        static func freezes(_ pattern: Pattern) -> Rule { Rule(pattern: pattern, trains: false) }
    }

    public let rules: [Rule]

    /// Nothing of the network.
    package static let none = TrainingRules(rules: [.freezes(.every)])

    /// The position of the one rule that a role is under; nil when none fits.
    public func position(for role: ParameterRole) -> Int? { rules.firstIndex { $0.pattern.fits(role) } }

    /// Whether parameters of a role are trained.
    public func trains(_ role: ParameterRole) -> Bool { position(for: role).map { rules[$0].trains } ?? false }
}

extension TrainingRecipe {
    /// What the optimiser holds, unless the network has frozen it.
    public var rules: TrainingRules {
        let shifted: [TrainingRules.Rule] = batchNorm == .shift ? [.freezes(.roles([.normalization]))] : []
        return TrainingRules(rules: shifted + trains.rules)
    }
}

extension Network {
    /// Sets which parameters train.
    package func setTrained(by rules: TrainingRules) throws(LongTailError) {
        let roles = try roles()
        try setTrained { name in roles[name].map(rules.trains) ?? false }
    }
}
