import Foundation
import LongTailBasics

/// The temperature T that makes softmax(z / T) most likely for labelled logits.
///
/// Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", section 4.2. The mean negative
/// log-likelihood is convex in β = 1 / T, so its only stationary point is the minimum; found by Newton's method within
/// a bracket that every step shrinks.
public enum Temperature {
    /// The temperatures that are looked among.
    public static let range = 0.01...100.0

    /// Fits T.
    ///
    /// - Parameters:
    ///   - logits: N×K, row-major.
    ///   - targets: N true labels in 0..<K.
    ///   - classes: K.
    /// - Returns: T in `range`; its upper end for logits that are worse than chance.
    /// - Throws: A data failure for no images and for images that determine no temperature because there is no mistake
    ///   among them, a training failure for numbers that are not finite.
    public static func fit(logits: [Float], targets: [Int], classes: Int) throws(LongTailError) -> Double {
        guard !targets.isEmpty, classes > 0, logits.count == targets.count * classes,
            targets.allSatisfy((0..<classes).contains)
        else {
            throw LongTailError(
                .data, "\(logits.count) logits of \(targets.count) images and \(classes) classes do not fit")
        }
        guard logits.allSatisfy(\.isFinite) else {
            throw LongTailError(
                .training, "the network's output is not finite, so it has no temperature",
                remedy: "Training diverged or the checkpoint is damaged.")
        }
        var (low, high) = (1 / range.upperBound, 1 / range.lowerBound)
        // Logits that say less than chance about these images are worth nothing at any temperature.
        guard slope(logits, targets, classes, low).first < 0 else { return range.upperBound }
        guard slope(logits, targets, classes, high).first > 0 else {
            throw LongTailError(
                .data, "\(targets.count) validation images determine no temperature: nearly all are recognised",
                remedy: "Keep more images apart for validation (data.validation).")
        }
        var beta = 1.0
        for _ in 0..<100 {
            let (first, second) = slope(logits, targets, classes, beta)
            if first < 0 { low = beta } else { high = beta }
            let newton = beta - first / second
            let next = newton > low && newton < high ? newton : (low * high).squareRoot()
            if abs(next - beta) <= 1e-12 * beta { return 1 / next }
            beta = next
        }
        return 1 / beta
    }

    /// Mean negative log-likelihood of softmax(z / T), in nats.
    public static func loss(logits: [Float], targets: [Int], classes: Int, temperature: Double) -> Double {
        var sum = 0.0
        for (row, target) in targets.enumerated() {
            let scaled = logits[row * classes..<(row + 1) * classes].map { Double($0) / temperature }
            let top = scaled.max() ?? 0
            sum += top + log(scaled.reduce(0) { $0 + exp($1 - top) }) - scaled[target]
        }
        return sum / Double(max(1, targets.count))
    }

    /// softmax(z / T) of one image's logits.
    public static func softmax(_ logits: some Collection<Float>, temperature: Double) -> [Float] {
        let top = Double(logits.max() ?? 0)
        let powers = logits.map { exp((Double($0) - top) / temperature) }
        let sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
    }

    /// First and second derivative of the mean loss with respect to β: E[z] − z_y and Var[z] under softmax(β z).
    private static func slope(
        _ logits: [Float], _ targets: [Int], _ classes: Int, _ beta: Double
    ) -> (first: Double, second: Double) {
        var (first, second) = (0.0, 0.0)
        for (row, target) in targets.enumerated() {
            let z = logits[row * classes..<(row + 1) * classes]
            // Logits count from the largest, so that powers neither overflow nor all vanish.
            let top = Double(z.max() ?? 0)
            var (sum, mean, square) = (0.0, 0.0, 0.0)
            for value in z {
                let d = Double(value) - top
                let p = exp(beta * d)
                sum += p
                mean += p * d
                square += p * d * d
            }
            mean /= sum
            first += mean - (Double(logits[row * classes + target]) - top)
            second += square / sum - mean * mean
        }
        return (first / Double(targets.count), second / Double(targets.count))
    }
}
