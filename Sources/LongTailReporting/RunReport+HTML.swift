import LongTailBasics
import LongTailImbalance
import Mustache

extension RunReport {
    /// The report as one HTML file that needs no other.
    public func html() throws(LongTailError) -> String {
        let confusions = try worstConfusions()?.html()
        let page: [String: Any] = [
            "title": title, "style": HTMLTemplates.style, "command": command, "hasCommand": !command.isEmpty,
            "recipe": recipe, "hasRecipe": !recipe.isEmpty, "notes": notes,
            "facts": ([("Training set", trainingSet)] + facts).map { ["name": $0.0, "value": $0.1] },
            "comparison": try comparison.html(), "figure": figure, "figures": figures.map(\.svg),
            "worstHeading": worstHeading, "worst": try worstClasses().html(), "classes": try allClasses().html(),
            "hasConfusions": confusions != nil, "confusionsHeading": confusionsHeading, "confusions": confusions ?? "",
            "classCount": counts.classCount,
        ]
        return printableLines(try HTMLTemplates.render(HTMLTemplates.page, page))
    }
}

extension ReportTable {
    /// The table as an HTML element, text escaped.
    func html() throws(LongTailError) -> String {
        let sides = columns.map { $0.isNumeric ? "number" : "words" }
        let table: [String: Any] = [
            "columns": zip(columns, sides).map { ["name": $0.name, "side": $1] },
            "rows": fullRows.map { row in
                [
                    "cells": zip(row, sides).map { cell, side -> [String: Any] in
                        [
                            "text": cell.text, "side": side, "detail": cell.detail, "hasDetail": !cell.detail.isEmpty,
                            "star": cell.isStarred, "indent": cell.text.hasPrefix("  "),
                        ]
                    }
                ]
            },
            "notes": notes,
        ]
        return try HTMLTemplates.render(HTMLTemplates.table, table)
    }
}

extension HTMLTemplates {
    /// Fills a template in; `{{name}}` escapes, `{{{name}}}` does not and is for what is HTML or SVG already.
    static func render(_ template: String, _ content: [String: Any]) throws(LongTailError) -> String {
        do { return try MustacheTemplate(string: template).render(content) } catch {
            throw LongTailError(.data, "the report's template cannot be read: \(error)")
        }
    }
}
