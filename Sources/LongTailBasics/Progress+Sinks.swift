import Foundation

/// A bar on one line of a terminal, redrawn in place ten times a second at most.
package struct TerminalBar: ProgressSink {
    private let write: (String) -> Void
    private let width: () -> Int

    /// Draws with `write`, within `width` columns.
    package init(width: @escaping () -> Int = TerminalBar.columns, write: @escaping (String) -> Void) {
        (self.width, self.write) = (width, write)
    }

    /// A tenth of a second.
    package var interval: Double { 0.1 }

    /// Redraws the bar; the last state ends its line.
    package func show(_ state: ProgressState) {
        let columns = max(20, width() - 1)
        let text = printable(state.line)
        var line = text
        if let share = state.share, columns - text.count - 3 >= 10 {
            let cells = min(30, columns - text.count - 3)
            let full = Int((share * Double(cells)).rounded(.down))
            line = "[" + String(repeating: "=", count: full) + String(repeating: " ", count: cells - full) + "] " + text
        }
        write("\r" + line.prefix(columns) + "\u{1B}[K" + (state.isFinished ? "\n" : ""))
    }

    /// Writes a line where the bar was; the bar comes back below.
    package func say(_ line: String) { write("\r\(printable(line))\u{1B}[K\n") }

    /// The width of the terminal behind standard error; 80 when unknown.
    package static func columns() -> Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
}

/// Lines for a file or a pipe: one every ten seconds, and the last.
package struct PlainLines: ProgressSink {
    private let write: (String) -> Void

    /// Writes lines with `write`.
    package init(write: @escaping (String) -> Void) { self.write = write }

    /// Ten seconds.
    package var interval: Double { 10 }

    /// Writes one line.
    package func show(_ state: ProgressState) { write(printable(state.line) + "\n") }

    /// Writes the line.
    package func say(_ line: String) { write(printable(line) + "\n") }
}

/// Nothing at all.
public struct Silence: ProgressSink {
    /// A sink that shows nothing.
    public init() {}

    /// Never.
    public var interval: Double { .infinity }

    /// Shows nothing.
    public func show(_ state: ProgressState) {}

    /// Shows nothing.
    public func say(_ line: String) {}
}

/// One JSON object a line for machines, once a second at most: `{"event":"progress",…}`, `{"event":"message",…}`.
package struct JSONEvents: ProgressSink {
    private struct Event: Encodable {
        var event: String
        var progress: ProgressState?
        var message: String?
    }

    private let write: (String) -> Void

    /// Writes lines with `write`.
    package init(write: @escaping (String) -> Void) { self.write = write }

    /// One second.
    package var interval: Double { 1 }

    /// Writes one event.
    package func show(_ state: ProgressState) { put(Event(event: "progress", progress: state)) }

    /// Writes one event.
    package func say(_ line: String) { put(Event(event: "message", message: line)) }

    private func put(_ event: Event) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(event) else { return }
        write(String(decoding: data, as: UTF8.self) + "\n")
    }
}

/// How the command wants progress shown.
public enum ProgressStyle: String, Sendable, CaseIterable {
    /// A bar on a terminal, lines elsewhere.
    case automatic
    case quiet
    /// JSON events.
    case json

    /// The sink of this style on standard error.
    public var sink: any ProgressSink {
        switch self {
        case .quiet: return Silence()
        case .json: return JSONEvents(write: Console.tell)
        case .automatic:
            return isatty(STDERR_FILENO) == 1 ? TerminalBar(write: Console.draw) : PlainLines(write: Console.tell)
        }
    }
}

extension ProgressState {
    /// The share that is done, from 0 to 1; nil when the total is not known.
    var share: Double? {
        guard let total else { return nil }
        return total > 0 ? min(1, max(0, Double(count) / Double(total))) : 1
    }

    /// Everything in one line: `btm 3/10  1,280/9,490 images  13 %  901 images/s  9 s left  loss 1.234`.
    public var line: String {
        let bytes = unit == "bytes"
        let number = { (value: Double) in bytes ? Self.bytes(value) : Self.grouped(value) }
        var parts = [title]
        let amount = number(Double(count)) + (total.map { "/" + number(Double($0)) } ?? "")
        parts.append(bytes ? amount : "\(amount) \(unit)")
        if let share { parts.append("\(Int(share * 100)) %") }
        if let rate {
            parts.append(bytes ? number(rate) + "/s" : "\(rate < 10 ? Self.decimal(rate) : number(rate)) \(unit)/s")
        }
        if isFinished { parts.append("in " + Self.duration(seconds)) }
        if let secondsLeft { parts.append(Self.duration(secondsLeft) + " left") }
        if !note.isEmpty { parts.append(note) }
        return parts.joined(separator: "  ")
    }

    /// `8 s`, `3 min 20 s`, `1 h 4 min`.
    public static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(0, seconds), 1e9).rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func bytes(_ value: Double) -> String {
        value < 1e6 ? "\(decimal(max(0, value) / 1e3)) kB" : "\(decimal(min(value, 1e15) / 1e6)) MB"
    }

    private static func grouped(_ value: Double) -> String {
        let digits = Array(String(Int(min(max(value, 0), 1e15).rounded())))
        return digits.enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { text += "," }
            text.append(digit.element)
        }
    }
}
