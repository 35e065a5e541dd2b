import Foundation
import LongTailBasics
import Testing

/// Collects what a sink writes, and a clock to turn by hand.
private final class Desk {
    var text = ""
    var now = 100.0
}

@Suite struct ProgressTests {
    private func reporter(_ sink: any ProgressSink, _ desk: Desk, total: Int? = 1000, from: Int = 0) -> ProgressReporter
    {
        ProgressReporter("train", total: total, unit: "images", from: from, sink: sink, clock: { desk.now })
    }

    @Test("A bar shows count, throughput and time left, and fits its line") func bar() {
        let desk = Desk()
        let progress = reporter(TerminalBar(width: { 100 }, write: { desk.text += $0 }), desk)
        desk.now += 2
        progress.advance(by: 250, note: "loss 1.5")
        #expect(
            desk.text
                == "\r[=======                       ] train  250/1,000 images  25 %  125 images/s  6 s left  loss 1.5\u{1B}[K"
        )
        desk.text = ""
        desk.now += 6
        progress.advance(to: 1000)
        desk.text = ""
        progress.finish()
        progress.finish()
        #expect(desk.text.hasSuffix("1,000/1,000 images  100 %  125 images/s  in 8 s  loss 1.5\u{1B}[K\n"))
        desk.text = ""
        let narrow = reporter(TerminalBar(width: { 30 }, write: { desk.text += $0 }), desk)
        narrow.finish()
        #expect(desk.text == "\rtrain  0/1,000 images  0 %  i\u{1B}[K\n")
    }

    @Test("A bar is drawn at most ten times a second") func throttle() {
        let desk = Desk()
        let progress = reporter(TerminalBar(width: { 100 }, write: { desk.text += $0 }), desk, total: nil)
        for _ in 0..<10_000 {
            desk.now += 0.001
            progress.advance()
        }
        let drawn = desk.text.count { $0 == "\r" }
        #expect((90...100).contains(drawn))
    }

    @Test("Without a terminal there is a line every ten seconds and one at the end") func lines() {
        let desk = Desk()
        let progress = reporter(PlainLines(write: { desk.text += $0 }), desk, from: 500)
        for _ in 0..<25 {
            desk.now += 1
            progress.advance(by: 10)
        }
        progress.say("epoch 1 done")
        progress.finish()
        #expect(
            desk.text == """
                train  600/1,000 images  60 %  10 images/s  40 s left
                train  700/1,000 images  70 %  10 images/s  30 s left
                epoch 1 done
                train  750/1,000 images  75 %  10 images/s  in 25 s

                """)
    }

    @Test("Events are one JSON object a line") func events() throws {
        struct Event: Decodable {
            var event: String
            var progress: ProgressState?
            var message: String?
        }
        let desk = Desk()
        let progress = reporter(JSONEvents(write: { desk.text += $0 }), desk)
        desk.now += 4
        progress.advance(by: 100, note: "\"quoted\"\n")
        progress.say("hello")
        progress.finish()
        let events = try desk.text.split(separator: "\n").map {
            try JSONDecoder().decode(Event.self, from: Data($0.utf8))
        }
        #expect(events.map(\.event) == ["progress", "message", "progress"])
        #expect(events[0].progress?.count == 100)
        #expect(events[0].progress?.rate == 25)
        #expect(events[0].progress?.secondsLeft == 36)
        #expect(events[0].progress?.note == "\"quoted\"\n")
        #expect(events[1].message == "hello")
        #expect(events[2].progress?.isFinished == true)
    }

    @Test("Bytes, long times and totals of zero read well") func wording() {
        let desk = Desk()
        let progress = ProgressReporter(
            "cifar-100", total: 169_000_000, unit: "bytes", sink: PlainLines(write: { desk.text += $0 }),
            clock: { desk.now })
        desk.now += 10
        progress.advance(to: 20_000)
        #expect(desk.text == "cifar-100  20.0 kB/169.0 MB  0 %  2.0 kB/s  23 h 28 min left\n")
        desk.text = ""
        reporter(PlainLines(write: { desk.text += $0 }), desk, total: 0).finish()
        #expect(desk.text == "train  0/0 images  100 %  in 0 s\n")
        desk.text = ""
        let silent = reporter(Silence(), desk)
        desk.now += 1000
        silent.advance()
        silent.finish()
        #expect(desk.text.isEmpty)
    }
}
