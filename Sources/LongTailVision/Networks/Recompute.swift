import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// Runs blocks without keeping what they compute inside, and once more on the way back: less memory for a third more work.
///
/// Of each block only what goes in stays. The same operators run on the same numbers, so that the gradients are those of the whole,
/// but for the rounding of convolutions whose gradients lie otherwise in memory.
/// Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost".
final class Recompute {
    /// A part of the graph that is to be gone through on the way back.
    private struct Step {
        /// What it ends with, which gathers the gradient.
        let output: Tensor
        /// Computes it again, recorded by autograd.
        let again: () throws(LongTailError) -> Tensor
    }

    /// The type of autocast's operators while training; nil outside of it, where all is kept.
    fileprivate var dtype: DType?
    private var steps: [Step] = []

    /// What blocks make of a tensor, one after the other.
    ///
    /// - Parameter run: A block's output, by its place among them.
    func callAsFunction(
        _ blocks: [any StochasticBlock], _ x: Tensor, _ run: @escaping (Int, Tensor) throws(LongTailError) -> Tensor
    ) throws(LongTailError) -> Tensor {
        guard let dtype else {
            var x = x
            for place in blocks.indices { x = try run(place, x) }
            return x
        }
        var needsGradient = x.requiresGrad
        var input = try x.detach()
        if needsGradient {
            try input.setRequiresGrad(true)
            steps.append(Step(output: input) { x })
        }
        for (place, block) in blocks.enumerated() {
            let (given, draws) = (input, block.dropPath.random)
            let output = try withoutGradients { () throws(LongTailError) in try run(place, given).detach() }
            if !needsGradient { needsGradient = try block.parameters().contains { $0.parameter.tensor.requiresGrad } }
            if needsGradient {
                try output.setRequiresGrad(true)
                steps.append(
                    Step(output: output) { () throws(LongTailError) in
                        block.dropPath.random = draws
                        defer { block.dropPath.random = nil }
                        return try autocast(dtype) { () throws(LongTailError) in try run(place, given) }
                    })
            }
            input = output
        }
        return input
    }

    /// The way back through what was run since the last time, from the gradients that a loss has left.
    fileprivate func finish() throws(LongTailError) {
        while let step = steps.popLast() {
            guard let gradient = try step.output.grad() else { continue }
            try step.again().mul(gradient).sum().backward()
        }
    }
}

extension Network {
    /// Sets whether blocks are run once more on the way back.
    ///
    /// - Returns: Whether the network can be so.
    @discardableResult
    public func setRecompute(_ isOn: Bool) -> Bool {
        let own = (backbone as? any RecomputableBackbone)?.recompute
        recompute = isOn ? own : nil
        return own != nil
    }

    /// Runs a training step's way forward with autocast to a type.
    public func withRecompute<Value>(
        _ dtype: DType, _ body: () throws(LongTailError) -> Value
    ) throws(LongTailError) -> Value {
        recompute?.dtype = dtype
        defer { recompute?.dtype = nil }
        return try body()
    }

    /// Adds the gradient of a loss to every trained parameter.
    public func backward(from loss: Tensor) throws(LongTailError) {
        try loss.backward()
        try recompute?.finish()
    }
}
