import LongTailBasics

extension ReportTable {
    /// Aligned plain text for a terminal; control characters in names are shown as `?`.
    public func plain() -> String {
        let head = columns.map { printable($0.name) }
        let body = fullRows.map { $0.map { printable($0.line) } }
        let widths = columns.indices.map { column in ([head] + body).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return columns[column].isNumeric ? space + cells[column] : cells[column] + space
            }
            return trimmed(padded.joined(separator: "  "))
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        let lines = (title.isEmpty ? [] : [printable(title), ""]) + [line(head), rule] + body.map(line)
        return (lines + (notes.isEmpty ? [] : [""] + notes.map(printable))).joined(separator: "\n") + "\n"
    }

    /// A Markdown table, safe against markup in names.
    public func markdown() -> String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let sides = columns.map { $0.isNumeric ? "---:" : ":---" }
        let head = line(columns.map { markdownEscaped($0.name) })
        let body = fullRows.map { line($0.map { markdownEscaped($0.line) }) }
        let top = title.isEmpty ? [] : ["**\(markdownEscaped(title))**", ""]
        let bottom = notes.flatMap { ["", markdownEscaped($0)] }
        return (top + [head, line(sides)] + body + bottom).joined(separator: "\n") + "\n"
    }

    /// A LaTeX `tabular` with booktabs' rules.
    public func latex() -> String {
        func line(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\" }
        let sides = columns.map { $0.isNumeric ? "r" : "l" }.joined()
        let body = fullRows.map { line($0.map { latexEscaped($0.line) }) }
        let comments = ([title] + notes).filter { !$0.isEmpty }.map { "% " + printable($0) }
        let head = [
            "\\begin{tabular}{\(sides)}", "\\toprule", line(columns.map { latexEscaped($0.name) }), "\\midrule",
        ]
        return (comments + head + body + ["\\bottomrule", "\\end{tabular}"]).joined(separator: "\n") + "\n"
    }
}

/// Text that Markdown shows as it is, HTML tags included.
func markdownEscaped(_ text: String) -> String {
    printable(text).unicodeScalars.map { scalar in
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "|", "\\", "`", "*", "_", "[", "]", "#", "~", "$": "\\\(scalar)"
        default: String(scalar)
        }
    }.joined()
}

private func latexEscaped(_ text: String) -> String {
    printable(text).unicodeScalars.map { scalar in
        switch scalar {
        case "\\": "\\textbackslash{}"
        case "~": "\\textasciitilde{}"
        case "^": "\\textasciicircum{}"
        // Braces, so that a cell that begins with a bracket is no argument of the line break before it.
        case "[", "]": "{\(scalar)}"
        case "&", "%", "$", "#", "_", "{", "}": "\\\(scalar)"
        default: String(scalar)
        }
    }.joined()
}

private func trimmed(_ line: String) -> String {
    var line = line
    while line.hasSuffix(" ") { line.removeLast() }
    return line
}
