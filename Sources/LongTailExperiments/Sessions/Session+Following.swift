import LongTailBasics
import LongTailTorch

extension Session {
    /// What a process does that is not the first of its team: its part of what rank 0 says, until there is no more to do.
    ///
    /// - Parameters:
    ///   - root: Where the data set is here; where rank 0 has it when nil.
    ///   - members: A folder for members; rank 0's, or where that is not to be had a temporary one, when nil.
    ///   - isStopped: Whether to end after the step under way.
    /// - Throws: What another process failed of, and what this one does; `.stopped` when it was.
    public func follow(
        root: String? = nil, members: String? = nil, unless isStopped: @escaping () -> Bool = { false }
    ) throws(LongTailError) {
        guard let team else { return }
        try team.perform { () throws(LongTailError) in
            let desk = try ScratchFolder()
            defer { desk.remove() }
            let follower = Follower(
                team, desk, registry, root: root, members: members, keepsThreads: compute.threads != nil,
                isStopped: isStopped)
            try follower()
        }
    }
}
