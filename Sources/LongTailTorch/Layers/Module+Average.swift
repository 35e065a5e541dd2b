import LongTailBasics

extension Module {
    /// Moves every parameter towards another module's: p ← m p + (1 − m) q, without gradients; buffers stay.
    ///
    /// The momentum encoder of MoCo (He et al. 2020, equation 2) and of PaCo's code, where batch normalisation's
    /// statistics are the encoder's own.
    ///
    /// - Parameters:
    ///   - other: A module with parameters of the same names and shapes.
    ///   - momentum: m in [0, 1]; 1 changes nothing, 0 copies.
    public func average(towards other: any Module, momentum: Double) throws(LongTailError) {
        guard momentum >= 0, momentum <= 1 else {
            throw LongTailError(.usage, "the momentum of an average must be in 0...1, found \(momentum)")
        }
        let own = try parameters()
        let others = try other.parameters()
        let fits = own.elementsEqual(others) {
            $0.name == $1.name && $0.parameter.tensor.shape == $1.parameter.tensor.shape
        }
        guard fits else {
            throw LongTailError(.engine, "two modules whose parameters differ in name or shape cannot be averaged")
        }
        try withoutGradients { () throws(LongTailError) in
            for (mine, theirs) in zip(own, others) {
                try mine.parameter.tensor.mul_(momentum).add_(theirs.parameter.tensor, alpha: 1 - momentum)
            }
        }
    }
}
