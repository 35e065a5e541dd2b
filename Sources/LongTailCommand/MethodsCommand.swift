import ArgumentParser
import LongTail

struct MethodsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "methods", abstract: "The methods there are, and what each of them does.",
        discussion: """
            longtail methods
            longtail methods ride
            """)

    @Argument(help: "The method to explain.", completion: .list(Methods.names))
    var method: String?

    @Flag(help: "As JSON, for machines.")
    var json = false

    func run() throws {
        guard let name = method else { return try list() }
        guard let method = Methods.named(name) else {
            let nearest = nearest(name, among: Methods.names).map { "Did you mean '\($0)'?  " } ?? ""
            throw LongTailError(
                .usage, "there is no method '\(name)'",
                remedy: "\(nearest)There are: \(Methods.names.joined(separator: ", ")).")
        }
        if json { return try showJSON(MethodEntry(method)) }
        try show(Self.explanation(method))
    }

    private func list() throws(LongTailError) {
        if json { return try showJSON(Methods.all.map(MethodEntry.init)) }
        let rows = Methods.all.map { method -> [Cell] in
            let page = method.page
            return [
                .text(method.name), .text("\(page.authors) \(page.year)"), .text(page.stages),
                .text(page.recipe.map { "\($0).yaml" } ?? "-"), .text(method.summary),
            ]
        }
        let words = ["method", "paper", "stages", "recipe", "what it is"]
        try show(
            ReportTable(
                columns: words.map { .init($0, isNumeric: false) }, rows: rows,
                notes: ["Recipes are in Recipes/cifar100-lt. longtail methods NAME explains one."]
            ).plain())
    }

    /// A method's page for a terminal.
    private static func explanation(_ method: any Method.Type) -> String {
        let page = method.page
        var parts = [
            "\(method.name): \(method.summary)", "\(page.authors) \(page.year), \"\(page.paper)\"",
            page.idea.replacing("\n", with: " "), page.formula,
            "Stages: \(page.stages)" + (page.recipe.map { "\nRecipe: Recipes/cifar100-lt/\($0).yaml" } ?? ""),
        ]
        if !page.differences.isEmpty {
            parts.append(
                "Paper, code and this program:\n" + page.differences.map { "  - \($0)" }.joined(separator: "\n"))
        }
        let keys = method.keyLines
        if !keys.isEmpty { parts.append("Keys of its stage, with their defaults:\n" + keys.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }
}

private struct MethodEntry: Encodable {
    let name: String
    let summary: String
    let page: MethodPage

    init(_ method: any Method.Type) { (name, summary, page) = (method.name, method.summary, method.page) }
}
