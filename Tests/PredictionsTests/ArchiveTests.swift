import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailPredictions
import Testing

/// `.npz` as NumPy writes it.
@Suite struct ArchiveTests {
    private let expected: Expected

    init() throws { expected = try Expected.read() }

    @Test(
        "Labels of every width, versions 1 to 3, stored and packed",
        arguments: ["labels-int64", "labels-uint8-int16", "labels-v2", "labels-v3"])
    func labels(name: String) throws {
        let file = try PredictionFile.read(fixture("\(name).npz"))
        #expect(file.predictions.targets == expected.targets && file.predictions.predicted == expected.predicted)
        #expect(file.predictions.classNames == (0..<7).map { "\($0)" } && file.notes.isEmpty)
        #expect(try file.predictions.confidence == nil && file.report().calibrationError == nil)
        let counts = try ClassCounts(names: "abcdefgh".map { "\($0)" }, counts: Array(1...8))
        #expect(try PredictionFile.read(fixture("\(name).npz"), counts: counts).predictions.classNames == counts.names)
    }

    @Test("Scores give the five best and both calibration errors", arguments: ["scores-float32", "scores-float64"])
    func scores(name: String) throws {
        let file = try PredictionFile.read(fixture("\(name).npz"))
        let table = file.predictions
        #expect(table.targets == expected.targets && table.predicted == expected.predicted)
        #expect(table.confidence == Expected.first(expected.scores))
        #expect(table.further?.labels == Expected.further(expected.top))
        #expect(table.further?.scores == Expected.further(expected.scores))
        // The same as the builder makes of its five best, for which the other two classes do not matter.
        #expect(try file.report().calibrationError == table.report().calibrationError)
        #expect(try #require(file.classwiseCalibrationError) > 0 && file.notes.isEmpty)
    }

    @Test("Logits give the order alone, which is said") func logits() throws {
        let file = try PredictionFile.read(fixture("logits-float16.npz"))
        #expect(file.predictions.predicted == expected.predicted)
        #expect(file.predictions.confidence == nil && file.predictions.further?.scores == nil)
        #expect(file.predictions.further?.width == 4 && file.classwiseCalibrationError == nil)
        #expect(file.notes.count == 1 && file.notes[0].contains("are no probabilities"))
    }

    @Test("One score an image is that of its predicted class") func confidence() throws {
        let file = try PredictionFile.read(fixture("confidence.npz"))
        #expect(file.predictions.predicted == expected.predicted && file.predictions.further == nil)
        #expect(file.predictions.confidence == Expected.first(expected.scores))
        #expect(try file.report().calibrationError != nil)
    }

    @Test(
        "What cannot be read says why, and what to do",
        arguments: [
            ("objects.npz", "y_true: is an array of Python objects, which is a pickle"),
            ("fortran.npz", "y_score: is in the order of Fortran"),
            ("big-endian.npz", "y_true: is in the order of big endian"),
            ("floats.npz", "y_true has numbers of floating point"),
            ("lengths.npz", "y_true has 24 rows, y_pred 23"),
            ("nan.npz", "row 5 of y_score has the score nan in column 0"),
            ("negative.npz", "row 0 of y_true: the label -1 is negative"),
            ("nothing.npz", "holds the arrays 'a'"), ("single.npy", "is a single array of NumPy"),
        ])
    func bad(name: String, message: String) throws {
        let path = try fixture(name)
        let found = failure { () throws(LongTailError) in _ = try PredictionFile.read(path) }
        #expect(found.contains(message) && found.contains("\n  "), "\(found)")
    }

    @Test("Counts of other classes") func counts() throws {
        let counts = try ClassCounts(names: ["a", "b", "c"], counts: [1, 1, 1])
        for (name, message) in [
            ("labels-int64.npz", "the counts name 3 classes: 0 to 2"),
            ("scores-float32.npz", "y_score: has 7 columns, but the counts name 3 classes"),
        ] {
            let path = try fixture(name)
            let found = failure { () throws(LongTailError) in _ = try PredictionFile.read(path, counts: counts) }
            #expect(found.contains(message), "\(found)")
        }
    }

    @Test("An archive that is cut short or changed at any byte gives a failure or the same labels")
    func damage() throws {
        let folder = try Folder()
        let whole = try Data(contentsOf: URL(fileURLWithPath: fixture("labels-uint8-int16.npz")))
        for length in stride(from: 0, to: whole.count, by: 7) {
            try AtomicFile.write(whole.prefix(length), to: folder.path("x.npz"))
            #expect(
                failure { () throws(LongTailError) in _ = try PredictionFile.read(folder.path("x.npz")) }
                    != "no failure")
        }
        for place in whole.indices {
            var changed = whole
            changed[place] ^= 0x04
            try AtomicFile.write(changed, to: folder.path("x.npz"))
            guard let found = try? PredictionFile.read(folder.path("x.npz")) else { continue }
            #expect(found.predictions.targets == expected.targets, "\(place)")
        }
    }

    @Test(
        "Headers that NumPy does not write",
        arguments: [
            ("'<i8'", "'<i9'", "is of the type <i9"), ("'<i8'", "'|O8'", "Python objects"),
            ("'<i8'", "[('a', '<i8')]", "array of records"),
            ("(24,)", "(25,)", "its shape [25] needs 200"), ("(24,)", "(24, 9223372036854775807)", "impossible shape"),
            ("(24,)", "(4, 6)", "has 2 dimensions"), ("(24,)", "__import__('os')", "has the header"),
            ("'descr'", "'other'", "has the header"), ("}", "", "has the header"),
        ])
    func headers(part: String, other: String, message: String) throws {
        let folder = try Folder()
        let path = try fixture("labels-int64.npz")
        let arrays = try PlainZip.entries(path)
        var changed = arrays
        // The header after magic, version and length; its own length is put right.
        let array = try #require(arrays["y_true.npy"])
        let length = Int(array[8]) | Int(array[9]) << 8
        let text = String(decoding: array[10..<10 + length], as: UTF8.self).replacingOccurrences(of: part, with: other)
        let header = Data(text.utf8)
        changed["y_true.npy"] =
            array.prefix(8) + Data([UInt8(header.count & 0xFF), UInt8(header.count >> 8)]) + header
            + array[(10 + length)...]
        try AtomicFile.write(PlainZip.file(changed), to: folder.path("x.npz"))
        let found = failure { () throws(LongTailError) in _ = try PredictionFile.read(folder.path("x.npz")) }
        #expect(found.contains(message), "\(found)")
    }
}
