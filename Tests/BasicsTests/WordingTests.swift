import LongTailBasics
import Testing

@Suite struct WordingTests {
    @Test("The nearest word is near, or there is none") func near() {
        #expect(nearest("image-per-class", among: ["members", "images-per-class", "trains"]) == "images-per-class")
        #expect(nearest("xyz", among: ["members", "images-per-class"]) == nil)
        #expect(nearest("ab", among: ["ac", "ad"]) == "ac")
        #expect(nearest("", among: [String]()) == nil)
    }

    @Test("Many names are cut to a few and a count; a word goes to a shell as it is or in quotes") func words() {
        #expect(firstOf(["a", "b"], limit: 2) == "a, b" && firstOf(["a", "b", "c"], limit: 1) == "a and 2 more")
        #expect(shellQuoted("runs/a-b_1.c") == "runs/a-b_1.c" && shellQuoted("") == "''")
        #expect(shellQuoted("my run") == "'my run'" && shellQuoted("it's") == "'it'\\''s'" && shellQuoted("ä") == "'ä'")
    }

    @Test("A failure says the problem, and indents the way out") func failure() {
        let failure = LongTailError(.data, "x is wrong", remedy: "Do this.\nOr that.")
        #expect(failure.description == "x is wrong\n  Do this.\n  Or that.")
        #expect(failure.at("stage btm").problem == "stage btm: x is wrong")
        #expect(LongTailError(.data, "x").description == "x")
    }
}

@Suite struct CommandWordingTests {
    @Test("Options and commands in a message are worded by who shows it") func words() {
        let failure = LongTailError(
            .usage, "\(Wording.option("set", "a=1")): no",
            remedy:
                "Run: \(Wording.command("train \(Wording.option("resume", "x"))")), or \(Wording.option("unchecked")).")
        #expect(failure.description == "'set' a=1: no\n  Run: train 'resume' x, or 'unchecked'.")
        #expect(
            failure.description(onCommandLineOf: "tool")
                == "--set a=1: no\n  Run: tool train --resume x, or --unchecked.")
        #expect(Wording.plain("as it is") == "as it is" && Wording.commandLine("", program: "t").isEmpty)
    }
}
