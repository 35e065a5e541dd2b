import LongTailBasics

extension RunReport {
    /// The report as Markdown.
    ///
    /// - Parameters:
    ///   - figurePath: Where the caller writes `figure`, relative to the report; nil leaves the plot out.
    ///   - figurePaths: The same for `figures`, in their order.
    public func markdown(figurePath: String? = nil, figurePaths: [String] = []) throws(LongTailError) -> String {
        var parts = ["# \(markdownEscaped(title))"]
        parts += notes.map { "> **Note:** \(markdownEscaped($0))" }
        if !command.isEmpty { parts.append(fenced(command)) }
        let rows = [("Training set", trainingSet)] + facts
        let table = ReportTable(
            columns: [.init("fact", isNumeric: false), .init("value", isNumeric: false)],
            rows: rows.map { [.text($0.0), .text($0.1)] })
        parts.append(trimmedEnd(table.markdown()))
        parts += ["## Before and after", trimmedEnd(comparison.markdown())]
        if let figurePath { parts.append("![Recall per class](<\(figurePath)>)") }
        for (figure, path) in zip(figures, figurePaths) {
            parts.append("![\(markdownEscaped(figure.name))](<\(path)>)")
        }
        parts += ["## \(markdownEscaped(worstHeading))", trimmedEnd(try worstClasses().markdown())]
        if let confusions = worstConfusions() {
            parts += ["## \(markdownEscaped(confusionsHeading))", trimmedEnd(confusions.markdown())]
        }
        if !recipe.isEmpty { parts += ["## Recipe", fenced(recipe)] }
        parts += ["## Every class", trimmedEnd(try allClasses().markdown())]
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// A code block whose fence is longer than any run of backticks inside.
    private func fenced(_ text: String) -> String {
        var (longest, run) = (2, 0)
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence)\n\(trimmedEnd(printableLines(text)))\n\(fence)"
    }

    private func trimmedEnd(_ text: String) -> String {
        var text = text
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
