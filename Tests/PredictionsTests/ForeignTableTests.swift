import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailPredictions
import LongTailSerialization
import Testing

/// CSV of other programs.
@Suite struct ForeignTableTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func read(_ text: String, counts: ClassCounts? = nil) throws(LongTailError) -> PredictionFile {
        try PredictionFile.read(folder.file(text), counts: counts)
    }

    @Test("Numbers are labels, words are names", arguments: ["\n", "\r\n"]) func classes(end: String) throws {
        let labels = try read(["y_true,y_pred", "0,3", "3,3.0", "1,0", ""].joined(separator: end))
        #expect(labels.predictions.classNames == ["0", "1", "2", "3"])
        #expect(labels.predictions.targets == [0, 3, 1] && labels.predictions.predicted == [3, 3, 0])
        #expect(labels.predictions.confidence == nil && labels.predictions.images == nil)
        let names = try read(["\u{FEFF}label;pred", "dog;cat", "cat;cat"].joined(separator: end))
        #expect(names.predictions.classNames == ["cat", "dog"] && names.predictions.targets == [1, 0])
        let counts = try ClassCounts(names: ["owl", "dog", "cat"], counts: [5, 3, 1])
        let ordered = try read(["true\tpredicted", "dog\tcat"].joined(separator: end), counts: counts)
        #expect(ordered.predictions.classNames == counts.names && ordered.predictions.targets == [1])
        #expect(ordered.counts == counts)
    }

    @Test("A table that Python packed: another heading, semicolons, a byte order mark") func packed() throws {
        let expected = try Expected.read()
        let file = try PredictionFile.read(fixture("table.csv.gz"))
        #expect(file.predictions.classNames == (0..<7).map { "c\($0)" })
        #expect(file.predictions.targets == expected.targets && file.predictions.predicted == expected.predicted)
        #expect(file.predictions.confidence == Expected.first(expected.scores))
        #expect(file.predictions.images?[23] == "dir/23.jpg" && file.predictions.groups?[23] == "1")
        #expect(file.model == nil && file.notes.isEmpty)
    }

    @Test("A heading that numpy.savetxt wrote as a comment, quotes with line ends, and columns that mean nothing here")
    func forms() throws {
        #expect(try read("# true, predicted\n0,1\n1,1\n").predictions.targets == [0, 1])
        let quoted = try read("x,true,predicted\n,\"a\nb\",c\n1,c,\"a\nb\"\n")
        #expect(quoted.predictions.classNames == ["a\nb", "c"] && quoted.predictions.targets == [0, 1])
        // A text that begins like our marks stays as it is.
        #expect(try read("true,predicted\n'a,'a\n").predictions.classNames == ["'a"])
    }

    @Test("Numbers that are no probabilities are left out, which is said") func logits() throws {
        let file = try read("true,predicted,score\n0,1,0.5\n1,1,7.25\n")
        #expect(file.predictions.confidence == nil && file.notes.count == 1)
        #expect(file.notes[0].contains("the score of row 2"))
        let numbers = try ClassCounts(names: ["0", "1", "10", "2"], counts: [1, 1, 1, 1])
        #expect(try read("true,predicted\n2,2\n", counts: numbers).notes.count == 1)
    }

    @Test(
        "What cannot be read says where and why",
        arguments: [
            ("", "has no row"), ("true,predicted\n", "has no row of predictions"),
            ("a,b\n1,2\n", ":1: the columns are 'a', 'b'; a true and a predicted class are looked for"),
            ("true\n1\n", ":1: the columns are 'true'"), ("true,predicted\n1,2,3\n", ":2: 3 fields, but 2 columns"),
            ("true,predicted\n1,2\n\n3\n", ":4: 1 field, but 2 columns"),
            ("true,predicted\n1,\n", ":2: the column 'predicted' names no class"),
            ("true,predicted\nnan,1\n", ":2: the column 'true' names no class"),
            ("true,predicted\n1,-1\n", ":2: the label -1 is negative"),
            ("true,predicted\n1,100000\n", ":2: the label 100000 is beyond 100000 classes"),
            ("true,predicted,score\n1,1,nan\n", ":2: 'nan' in the column 'score' is no score"),
            ("true,predicted,score\n1,1,0.5\n1,1,-inf\n", ":3: '-inf' in the column 'score'"),
            ("true,predicted,score\n1,1,\n", ":2: '' in the column 'score' is no score"),
            ("true,predicted\n\"a,b\n", ":2: a quote that is not closed"),
            ("true,predicted\na\u{0},b\n", ":2: a control character (0)"),
            ("true,predicted\ra,b\r", ":1: a carriage return inside the line"),
            ("[{\"true\": 1}]", "is JSON"), ("<html><body>", "is a web page"), ("PAR1....", "is a Parquet file"),
            ("\u{1}", "a control character"),
        ])
    func bad(text: String, message: String) {
        let found = failure { () throws(LongTailError) in _ = try read(text) }
        #expect(found.contains(message), "\(found)")
    }

    @Test(
        "A class that the counts do not have",
        arguments: [
            ("dog,cta", "'cta' is not among the 2 of the counts"),
            ("0,2", "the label 2, but the counts name 2 classes: 0 to 1"),
        ])
    func unknown(row: String, message: String) throws {
        let counts = try ClassCounts(names: ["cat", "dog"], counts: [5, 3])
        let found = failure { () throws(LongTailError) in _ = try read("true,predicted\n\(row)\n", counts: counts) }
        #expect(found.contains(":2: ") && found.contains(message), "\(found)")
    }

    @Test("Bytes that are not UTF-8, a pickle, a file that is missing and a folder") func bytes() throws {
        try AtomicFile.write(Data("true,predicted\n".utf8) + Data([0x61, 0xFF, 0x2C, 0x62]), to: folder.path("x"))
        #expect(
            failure { () throws(LongTailError) in _ = try PredictionFile.read(folder.path("x")) }.contains(
                ":2: not UTF-8"))
        try AtomicFile.write(Data([0x80, 4, 0x4B, 1, 0x2E]), to: folder.path("x"))
        #expect(
            failure { () throws(LongTailError) in _ = try PredictionFile.read(folder.path("x")) }.contains(
                "is a pickle"))
        for name in ["none", "."] {
            #expect(
                failure { () throws(LongTailError) in _ = try PredictionFile.read(folder.path(name)) }.contains(
                    "cannot read"))
        }
    }

    @Test("A packed file that is cut short, changed, or a bomb") func damage() throws {
        let text = (0..<3000).map { "c\($0 * 7919 % 1000),c\($0 % 10)\n" }.joined()
        let whole = Array(try Gzip.packed(Array("true,predicted\n\(text)".utf8)))
        func read(_ bytes: [UInt8]) -> String {
            failure { () throws(LongTailError) in
                try AtomicFile.write(Data(bytes), to: folder.path("x.csv.gz"))
                _ = try PredictionFile.read(folder.path("x.csv.gz"))
            }
        }
        #expect(read(whole) == "no failure")
        for length in [3, 12, 100, whole.count - 9, whole.count - 4, whole.count - 1] {
            #expect(read(Array(whole.prefix(length))).contains("cannot be unpacked"), "\(length)")
        }
        for place in stride(from: 2, to: whole.count, by: 97) {
            // Time, flags and system of the head are no content.
            guard !(4..<10).contains(place) else { continue }
            var changed = whole
            changed[place] ^= 0x10
            #expect(read(changed).contains("cannot be unpacked"), "\(place)")
        }
        // Two members, as some programs write them.
        let more = Array(try Gzip.packed(Array("c1,c2\n".utf8)))
        #expect(read(whole + more) == "no failure")
        let bomb = FileBytes(try Gzip.packed([UInt8](repeating: 10, count: 4 << 20)), named: "bomb")
        #expect(bomb.size < 8192)
        let found = failure { () throws(LongTailError) in _ = try Gzip.unpacked(bomb, limit: 1 << 20) }
        #expect(found.contains("bomb: unpacks to more than 1 MiB"), "\(found)")
    }

    @Test(
        "A head that was changed says so",
        arguments: [
            ("# classes: [\"a\",\"b\"]", "# classes: [\"a\"", ":3: what stands behind '# classes:' cannot be read"),
            ("# classes: [\"a\",\"b\"]", "# classes: [\"a\",\"a\"]", "have the same name"),
            ("# classes: [\"a\",\"b\"]", "# classes: [\"a\",\"c\"]", "the class 'b' is not among the 2 of its head"),
            ("# classes: [\"a\",\"b\"]\n", "", "its head names no classes"),
            ("# training: [4,2]", "# training: [4]", "2 classes, but training counts of 1"),
            ("# training: [4,2]", "# training: [4,-2]", "impossible number of images"),
            ("predictions 1", "predictions 2", "predictions of the form 2; this program reads 1"),
            ("# temperature: 2", "# temperature: 0", "its temperature is 0.0"),
            ("# classwise-ece: 0.5", "# classwise-ece: \"nan\"", "its classwise-ece is nan"),
            ("a,b,0.5,a,0.25", "a,b,0.5,b,0.25", "stands twice"), ("a,b,0.5,a,0.25", "a,b,5,a,0.25", "no probability"),
        ])
    func head(part: String, other: String, message: String) throws {
        let text = """
            # longtail predictions 1
            # model: "m"
            # classes: ["a","b"]
            # training: [4,2]
            # temperature: 2
            # classwise-ece: 0.5
            true,predicted,score,class2,score2
            a,b,0.5,a,0.25

            """
        #expect(try read(text).model == "m")
        let changed = text.replacingOccurrences(of: part, with: other)
        #expect(changed != text)
        let found = failure { () throws(LongTailError) in _ = try read(changed) }
        #expect(found.contains(message), "\(found)")
    }
}
