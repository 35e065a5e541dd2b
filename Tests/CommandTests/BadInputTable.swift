import Foundation
import LongTail
import Testing

/// The page docs/bad-input.md: every bad input of the tests with what the built command prints for it.
///
/// `scripts/bad-inputs` writes it.
@Suite struct BadInputTable {
    private static let target = ProcessInfo.processInfo.environment["LONGTAIL_BAD_INPUTS"]

    @Test("The page is written anew; no bad input crashes and none is silent", .enabled(if: target != nil))
    func write() throws {
        var (page, number) = (Self.head, 0)
        for (title, inputs) in BadInput.subjects {
            page +=
                "\n## \(title)\n\n| | input | command | status | what it prints |\n| ---: | --- | --- | ---: | --- |\n"
            for input in inputs {
                number += 1
                page += "| \(number) | \(try Self.row(input)) |\n"
            }
        }
        if let target = Self.target { try AtomicFile.write(page, to: target) }
    }

    @Test("The page has a row for each bad input, with its status") func complete() throws {
        let page = try String(contentsOf: Longtail.root.appending(path: "docs/bad-input.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").map { $0.components(separatedBy: " | ") }
            .filter { $0.count == 5 && Int($0[0].dropFirst(2)) != nil }
        #expect(
            rows.map { "\($0[1]): \($0[3])" } == BadInput.all.map { "\($0.name): \($0.status)" },
            "scripts/bad-inputs writes the page again")
    }

    private static let head = """
        # Bad input, and what longtail says to it

        Written by `scripts/bad-inputs`, which puts every bad input of the tests (`Tests/CommandTests/Support/BadInputs`)
        before the built command and fails when one crashes it or is passed over in silence. Paths are shortened:
        `finished/run-0` is a finished run of a small recipe.

        Status 2 is for what the user wrote, 3 for what is on the disk, 4 for what went wrong on the way, 64 for options.

        """

    private static func row(_ input: BadInput) throws -> String {
        let desk = try Desk()
        let arguments = try input.prepare(desk)
        let outcome = try desk.run(arguments)
        let printed = outcome.errors.isEmpty ? problems(in: outcome.output) : outcome.errors
        #expect(outcome.signal == nil, "\(input.name): ended by a signal")
        #expect(outcome.status == input.status, "\(input.name): \(outcome.errors)")
        #expect(!printed.isEmpty, "\(input.name): silent")
        let command = (["longtail"] + arguments.map(quoted)).joined(separator: " ")
        let cells = ["`\(neutral(command, desk))`", "\(outcome.status ?? -1)", lines(neutral(printed, desk))]
        return ([input.name] + cells).joined(separator: " | ")
    }

    /// The lines of a check's table that say what is wrong.
    private static func problems(in output: String) -> String {
        output.split(separator: "\n").filter { $0.hasPrefix("PROBLEM") || $0.hasPrefix("broken:") }
            .joined(separator: "\n")
    }

    /// Paths without the folders of this machine.
    private static func neutral(_ text: String, _ desk: Desk) -> String {
        var text = text
        for (folder, name) in [
            ("\(desk.path)/", ""), (desk.path, "."), (FinishedRun.folder, "finished"),
            ("\(Longtail.root.path)/", ""),
        ] {
            text = text.replacingOccurrences(of: folder, with: name)
        }
        return text
    }

    private static func quoted(_ argument: String) -> String {
        argument.contains(where: { " {}[]".contains($0) }) ? "'\(argument)'" : argument
    }

    /// Lines as a cell of a Markdown table.
    private static func lines(_ text: String) -> String {
        text.split(separator: "\n").map { line in
            let text = line.drop { $0 == " " }.replacing("\\", with: "\\\\").replacing("|", with: "\\|")
            return text.replacing("<", with: "&lt;").replacing("*", with: "\\*").replacing("_", with: "\\_")
        }.joined(separator: "<br>")
    }
}
