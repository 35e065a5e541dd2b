import Foundation
import LongTailBasics
import Testing

/// Text of others on a terminal.
@Suite struct PrintableTests {
    @Test(
        "What a terminal obeys, turns around or hides is written out; letters, joiners and pictures stay",
        arguments: [
            ("plain é 木 👩‍👩‍👧 می‌خواهم soft\u{AD}hyphen", "plain é 木 👩‍👩‍👧 می‌خواهم soft\u{AD}hyphen"),
            ("\u{1B}[31mred", "\\u001B[31mred"), ("bell\u{7}", "bell\\u0007"), ("\u{9B}2J", "\\u009B2J"),
            ("del\u{7F}", "del\\u007F"), ("a\nb\tc\rd", "a\\u000Ab\\u0009c\\u000Dd"), ("nul\0", "nul\\u0000"),
            ("evil\u{202E}gnp.exe", "evil\\u202Egnp.exe"), ("\u{2066}x\u{2069}", "\\u2066x\\u2069"),
            ("\u{200E}\u{200F}\u{61C}", "\\u200E\\u200F\\u061C"), ("\u{FEFF}bom", "\\uFEFFbom"),
            ("line\u{2028}par\u{2029}", "line\\u2028par\\u2029"), ("\u{E0041}tag", "\\uDB40\\uDC41tag"),
        ])
    func printed(text: String, expected: String) throws {
        #expect(printable(text) == expected)
        // JSON's escapes: a text in JSON means what it meant.
        let json = "\"" + text.unicodeScalars.filter { $0.value >= 0x20 }.map(String.init).joined() + "\""
        let shown = Data(printable(json).utf8)
        #expect(
            try JSONDecoder().decode(String.self, from: shown)
                == JSONDecoder().decode(String.self, from: Data(json.utf8)))
    }

    @Test("An excerpt has 200 characters at most, of a text of any length") func excerpts() {
        #expect(excerpt(String(repeating: "a", count: 200)).count == 200)
        #expect(excerpt(String(repeating: "a", count: 20_000_000)) == String(repeating: "a", count: 200) + "…")
        #expect(excerpt("\u{1B}") == "\\u001B")
    }

    @Test(
        "What goes into a shell comes out of bash as it was",
        arguments: ["\u{1B}[0m", "a\u{202E}b'c\\d", "\u{E0041}", "x\ny"])
    func quoted(word: String) throws {
        #expect(printable(shellQuoted(word)) == shellQuoted(word))
        let bash = Process()
        bash.executableURL = URL(fileURLWithPath: "/bin/bash")
        bash.arguments = ["-c", "printf %s \(shellQuoted(word))"]
        bash.environment = ["LC_ALL": "C.UTF-8"]
        let pipe = Pipe()
        bash.standardOutput = pipe
        try bash.run()
        let said = try #require(try pipe.fileHandleForReading.readToEnd())
        bash.waitUntilExit()
        #expect(String(decoding: said, as: UTF8.self) == word)
    }

    @Test("The message of a failure is of printable lines, whoever chose the names in it") func failures() {
        let failure = LongTailError(
            .data, "no 'a\u{1B}[2J\nlongtail: all is well'", remedy: "Rename \u{202E}x.\nOr not.")
        #expect(
            failure.description
                == "no 'a\\u001B[2J\\u000Alongtail: all is well'\n  Rename \\u202Ex.\n  Or not.")
    }

    @Test("Sinks show no other's control characters") func sinks() {
        let name = "x\u{1B}]0;title\u{7}\u{202E}\ny"
        for sink in [.plain, .bar] as [Sink] {
            var written = ""
            sink.say(name) { written += $0 }
            let foreign = written.replacing("\r", with: "").replacing("\u{1B}[K", with: "")
            #expect(foreign == "x\\u001B]0;title\\u0007\\u202E\\u000Ay\n")
        }
    }

    private enum Sink {
        case plain, bar
        func say(_ line: String, _ write: (String) -> Void) {
            withoutActuallyEscaping(write) { write in
                switch self {
                case .plain: PlainLines(write: write).say(line)
                case .bar: TerminalBar(width: { 80 }, write: write).say(line)
                }
            }
        }
    }
}
