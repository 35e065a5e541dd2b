import Foundation
import LongTailImbalance

/// One value of a table; what it is decides how it is printed.
package enum Cell: Sendable, Equatable {
    /// Words.
    case text(String)
    /// A whole number, with its interval where there is one.
    case count(Int, ConfidenceInterval? = nil)
    /// A share in [0, 1], printed in percent with two decimals, with its interval where there is one.
    case share(Double, ConfidenceInterval? = nil)
    /// A share beside a reference's, with a star where it differs.
    case compared(Double, ConfidenceInterval?, isDifferent: Bool)
    /// A difference of two shares, printed in points with its sign.
    case change(Double, ConfidenceInterval? = nil)
    /// A difference of two whole numbers, printed with its sign.
    case countChange(Int, ConfidenceInterval? = nil)
    /// An interval alone, of a share.
    case interval(ConfidenceInterval)
    /// An interval alone, of a difference of shares; a star when it excludes zero.
    case changeInterval(ConfidenceInterval)
    /// A whole number with a dagger that a note explains.
    case marked(Int)
    /// Nothing to say.
    case missing

    /// A share with its interval, where it is known.
    package static func share(known value: Double?, _ interval: ConfidenceInterval? = nil) -> Cell {
        value.map { .share($0, interval) } ?? .missing
    }

    /// The value as printed.
    package var text: String {
        switch self {
        case .text(let text): text
        case .count(let count, _): String(count)
        case .share(let value, _), .compared(let value, _, _): percent(value)
        case .change(let value, _): signedPercent(value)
        case .countChange(let value, _): value > 0 ? "+\(value)" : String(value)
        case .interval(let interval): Self.brackets(interval) { percent($0, decimals: $1) }
        case .changeInterval(let interval): Self.brackets(interval) { signedPercent($0, decimals: $1) }
        case .marked(let count): "\(count) †"
        case .missing: "-"
        }
    }

    /// The interval as printed, in brackets: one decimal, two where that would hide its width; empty without one.
    package var detail: String {
        switch self {
        case .share(_, let interval?), .compared(_, let interval?, _):
            Self.brackets(interval) { percent($0, decimals: $1) }
        case .count(_, let interval?): Self.brackets(interval) { (end, _) in String(format: "%.0f", end) }
        case .countChange(_, let interval?): Self.brackets(interval) { (end, _) in String(format: "%+.0f", end) }
        case .change(_, let interval?): Self.brackets(interval) { signedPercent($0, decimals: $1) }
        default: ""
        }
    }

    private static func brackets(_ interval: ConfidenceInterval, _ format: (Double, Int) -> String) -> String {
        let width = interval.upper - interval.lower
        let decimals = width > 0 && width < 0.005 ? 2 : 1
        return "[\(format(interval.lower, decimals)), \(format(interval.upper, decimals))]"
    }

    /// Whether it has a star.
    package var isStarred: Bool {
        switch self {
        case .changeInterval(let interval): interval.lower > 0 || interval.upper < 0
        case .compared(_, _, let isDifferent): isDifferent
        default: false
        }
    }

    /// Value, interval and star on one line: `29.80 [28.1, 31.2]`.
    package var line: String {
        ([text] + [detail].filter { !$0.isEmpty } + (isStarred ? ["*"] : [])).joined(separator: " ")
    }
}

/// A share in percent without the sign: 0.298 gives `29.80`.
func percent(_ share: Double, decimals: Int = 2) -> String {
    guard share.isFinite else { return "-" }
    let text = String(format: "%.\(decimals)f", share * 100)
    // Rounding must not leave a "-0.00".
    return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) } ? String(text.dropFirst()) : text
}

/// A difference of shares in points with its sign; plain zero has none.
func signedPercent(_ share: Double, decimals: Int = 2) -> String {
    let text = percent(share, decimals: decimals)
    return share > 0 && text.contains { ("1"..."9").contains($0) } ? "+" + text : text
}
