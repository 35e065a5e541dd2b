import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailVision

/// τ-normalisation: class vectors divided by their length to the power τ, without bias; nothing is trained.
///
/// Kang et al. 2020, equation 6. τ = 0 leaves the vectors, τ = 1 makes their lengths equal.
public enum TauNormalization {
    /// The official grid: 0, 0.1, … 2.
    public static let grid: [Double] = (0...20).map { Double($0) / 10 }

    /// W (K×D) with its rows scaled; a row of zeros stays.
    ///
    /// Computed in float64, rounded once to the type of W.
    public static func normalized(_ weight: HostTensor, tau: Double) throws(LongTailError) -> HostTensor {
        try require("tau", tau)
        guard weight.shape.count == 2, weight.dtype.isFloatingPoint else {
            throw LongTailError(
                .checkpoint, "τ-normalisation needs a K×D matrix, found \(weight.shape) \(weight.dtype.rawValue)")
        }
        var values = weight.doubles
        let width = weight.shape[1]
        for start in stride(from: 0, to: values.count, by: max(1, width)) {
            let row = start..<start + width
            let length = values[row].reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard length > 0 else { continue }
            let factor = pow(length, -tau)
            for index in row { values[index] *= factor }
        }
        return HostTensor(values, shape: weight.shape, dtype: weight.dtype)
    }

    /// A network's state with fc.weight normalised and fc.bias zero; the bias has no part in the method.
    public static func apply(to state: StateDict, tau: Double) throws(LongTailError) -> StateDict {
        let names = (weight: Classifier.layerTensor("weight"), bias: Classifier.layerTensor("bias"))
        guard let weight = state[names.weight], let bias = state[names.bias] else {
            throw LongTailError(
                .checkpoint, "τ-normalisation needs a linear classifier: \(names.weight) and \(names.bias)")
        }
        var state = state
        state[names.weight] = try normalized(weight, tau: tau)
        state[names.bias] = HostTensor(
            [Double](repeating: 0, count: bias.count), shape: bias.shape, dtype: bias.dtype)
        return state
    }

    /// The τ of a grid with the largest score on validation data; the first of equal ones, nil for an empty grid.
    public static func best(
        of grid: [Double] = grid, score: (Double) throws(LongTailError) -> Double
    ) throws(LongTailError) -> (tau: Double, score: Double)? {
        var best: (tau: Double, score: Double)?
        for tau in grid {
            let found = try score(tau)
            if let known = best, !(found > known.score) { continue }
            best = (tau, found)
        }
        return best
    }
}
