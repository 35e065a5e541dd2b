import LongTailBasics
import LongTailTorch

/// What a parameter is for: it follows from where the parameter stands, not from its name.
public enum ParameterRole: Sendable, Hashable {
    /// The backbone's, before its last block.
    case backbone
    /// The backbone's last block's.
    case lastBlock
    /// A scale or shift of batch normalisation in the backbone.
    case normalization
    /// That of an adapter on the backbone's blocks, before its last one.
    case adapter
    /// That of an adapter on the backbone's last block.
    case lastAdapter
    /// The classifier's layer's.
    case classifier
    /// A part's that methods have put on the classifier, by its name.
    case part(String)
    /// That of a part that decides between experts.
    case router(String)
    /// A method's own beside the network, which goes with its stage.
    case session
}

extension Network {
    /// The role of every parameter, by its name.
    public func roles() throws(LongTailError) -> [String: ParameterRole] {
        let own = try backbone.roles() + classifier.roles()
        return Dictionary(own.map { ($0.name, $0.role) }, uniquingKeysWith: { first, _ in first })
    }
}

extension Backbone {
    fileprivate func roles() throws(LongTailError) -> [(name: String, role: ParameterRole)] {
        var found: [ObjectIdentifier: ParameterRole] = [:]
        for block in lastBlocks {
            for (_, parameter) in try block.parameters() { found[ObjectIdentifier(parameter)] = .lastBlock }
        }
        try walk { (_, module) throws(LongTailError) in
            guard module is BatchNorm2d else { return }
            for case (_, .parameter(let parameter)) in module.children {
                found[ObjectIdentifier(parameter)] = .normalization
            }
        }
        try walk { (_, module) throws(LongTailError) in
            guard module is LowRank || module is AdaptMLP else { return }
            for (_, parameter) in try module.parameters() {
                let place = ObjectIdentifier(parameter)
                found[place] = found[place] == .lastBlock || found[place] == .lastAdapter ? .lastAdapter : .adapter
            }
        }
        return try parameters().map { ($0.name, found[ObjectIdentifier($0.parameter)] ?? .backbone) }
    }
}
