import CLongTailTorch
import LongTailBasics

/// Where the time of some work goes, by operator of libtorch.
package struct Profile: Sendable {
    /// One operator, or a node of the backward pass.
    package struct Entry: Sendable, Encodable {
        /// libtorch's name, such as "aten::convolution_backward".
        package let `operator`: String
        /// How often it ran.
        package let calls: Double
        /// Milliseconds spent in it and in no other operator inside it.
        package let milliseconds: Double
        /// Its share of the whole time, from 0 to 1.
        package let share: Double
    }

    /// The longest first; the last is what lies outside all operators.
    package let entries: [Entry]

    /// Runs `body`, and gives the figures of one of the `steps` that it takes.
    package static func measure(steps: Int, _ body: () throws(LongTailError) -> Void) throws(LongTailError) -> Profile {
        guard ct_profile_begin() == 0 else { throw LongTailError.engine("profile", "") }
        let start = ContinuousClock.now
        var problem: LongTailError?
        do throws(LongTailError) { try body() } catch { problem = error }
        let seconds = (ContinuousClock.now - start).seconds
        var count = 0
        guard ct_profile_end(&count) == 0 else { throw LongTailError.engine("profile", "") }
        if let problem { throw problem }
        let steps = Double(max(1, steps))
        func entry(_ name: String, _ calls: Double, _ spent: Double) -> Entry {
            Entry(
                operator: name, calls: calls / steps, milliseconds: 1000 * spent / steps,
                share: spent / max(1e-9, seconds))
        }
        var (entries, inside): ([Entry], Double) = ([], 0)
        for index in 0..<count {
            var (calls, spent): (UInt64, Double) = (0, 0)
            let name = String(cString: ct_profile_entry(index, &calls, &spent))
            entries.append(entry(name, Double(calls), spent))
            inside += spent
        }
        return Profile(entries: entries + [entry("outside operators", steps, max(0, seconds - inside))])
    }
}
