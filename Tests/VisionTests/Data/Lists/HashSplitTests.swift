import Foundation
import LongTail
import Testing

/// Splits by the hash of names; the expected hashes are Python's `int(sha256(f"{salt}/{name}").hexdigest()[:13], 16)`
/// over 2^52.
@Suite struct HashSplitTests {
    private let names = (0..<12).map { "\($0).jpg" }

    @Test("A name's hash is a number of SHA-256") func hash() throws {
        let plain = try HashSplit([0.2])
        #expect(plain.hash(of: "1.jpg") == 0.610564495889609)
        #expect(plain.hash(of: "IMG_0007.png") == 0.05572714765544129)
        #expect(plain.hash(of: "deep/ä.jpg") == 0.25489575125276787)
        #expect(try HashSplit([0.2], salt: "a").hash(of: "1.jpg") == 0.21076482053178647)
    }

    @Test("The lowest hashes go to the first part, the next to the second") func parts() throws {
        let parts = try HashSplit([0.2, 0.1]).parts(of: names)
        #expect(names.indices.filter { parts[$0] == 0 } == [0, 3, 5, 9])
        #expect(names.indices.filter { parts[$0] == 1 } == [10])
        #expect(parts.count { $0 == 2 } == 7)
    }

    @Test("Order and other pictures do not move a picture") func stable() throws {
        let split = try HashSplit([0.2])
        let all = (0..<2000).map { "IMG_\($0).jpg" }
        let whole = Dictionary(uniqueKeysWithValues: zip(all, split.parts(of: all)))
        let half = Array(all.reversed().prefix(700))
        #expect(zip(half, split.parts(of: half)).allSatisfy { whole[$0] == $1 })
        let share = Double(whole.values.count { $0 == 0 }) / 2000
        #expect(abs(share - 0.2) < 0.03)
    }

    @Test("Every class keeps a picture to train on, and with two gives one up") func small() throws {
        let split = try HashSplit([0.3, 0.3])
        for count in 1...30 {
            for start in 0..<20 {
                let parts = split.parts(of: (0..<count).map { "\(start)-\($0)" })
                #expect(parts.contains(2))
                #expect(count < 2 || parts.contains(0))
                #expect(count < 3 || parts.contains(1))
            }
        }
        #expect(try HashSplit([0, 0.5]).parts(of: names).contains(0) == false)
    }

    @Test("Positions cover every picture once, class by class") func positions() throws {
        let labels = (0..<60).map { $0 % 7 }
        let positions = try HashSplit([0.25]).positions(labels: labels) { "\($0)" }
        #expect((positions[0] + positions[1]).sorted() == Array(0..<60))
        #expect(positions.allSatisfy { $0 == $0.sorted() })
        for label in 0..<7 { #expect(positions[0].contains { labels[$0] == label }) }
    }

    @Test("A picture that is moved to another class of a folder stays on its side") func moved() throws {
        func sides(_ folders: [String]) throws -> [String: Int] {
            let paths = folders.enumerated().map { "\($1)/\($0).jpg" }
            let list = try ImageList(
                source: "list", paths: PathTable(paths), labels: folders.map { $0 == "a" ? 0 : 1 },
                classNames: ["a", "b"])
            let held = list.parts(of: try HashSplit([0.3]))[0]
            return Dictionary(uniqueKeysWithValues: paths.indices.map { ("\($0)", held.contains($0) ? 0 : 1) })
        }
        let before = (0..<40).map { $0 < 20 ? "a" : "b" }
        var after = before
        (after[3], after[30]) = ("b", "a")
        #expect(try sides(before) == sides(after))
    }

    @Test("Shares that leave nothing, or are none, are refused") func refused() {
        for shares in [[1.0], [0.5, 0.5], [-0.1], [.nan]] {
            #expect(failure { _ = try HashSplit(shares) }?.kind == .usage)
        }
    }
}
