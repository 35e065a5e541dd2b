/// Refuses a parameter that is not a number in a range.
package func require(
    _ name: String, _ value: Double, atLeast least: Double = -.greatestFiniteMagnitude,
    above: Double = -.infinity, atMost: Double = .greatestFiniteMagnitude
) throws(LongTailError) {
    guard value >= least, value > above, value <= atMost else {
        var rules: [String] = []
        if above > -.infinity { rules.append("above \(above)") }
        if least > -.greatestFiniteMagnitude { rules.append("at least \(least)") }
        if atMost < .greatestFiniteMagnitude { rules.append("at most \(atMost)") }
        let rule = rules.isEmpty ? "a finite number" : rules.joined(separator: " and ")
        throw LongTailError(.usage, "\(name) must be \(rule), found \(value)")
    }
}
