import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailPredictions
import Testing

/// What is written comes back bit for bit.
@Suite struct RoundTripTests {
    private static let hostile = [
        "plain", "with, comma", "\"quoted\"", "two\nlines", "\r\n", "=cmd|' /C calc'!A0", "+1", "-1", "@sum", "\tt",
        "'",
        "''=x", " blank ", "", "# hash", "a;b", "größe 🐈 \u{202E}", "x,=cmd", "\u{1B}[31m", "\"\u{301}x", "＝x",
        "\u{85}",
    ]

    /// Pseudo-probabilities of `images` images: a formula of the index, softened so that rows have ties.
    private func builder(_ names: [String], images: Int) throws -> (report: ClassReport, predictions: PredictionTable) {
        var builder = try ReportBuilder(classNames: names)
        for image in 0..<images {
            let powers = names.indices.map { Double(($0 * 7 + image * image) % 11 + 1) }
            let sum = powers.reduce(0, +)
            try builder.add(probabilities: powers.map { Float($0 / sum) }, targets: [Int32(image % names.count)])
        }
        return try builder.finish(images: (0..<images).map { "\(Self.hostile[$0 % Self.hostile.count])/\($0)" })
    }

    @Test("Class names, names of images, scores and report come back bit for bit", arguments: [1, 2, 4, 22])
    func same(classes: Int) throws {
        let folder = try Folder()
        let names = Array(Self.hostile.prefix(classes))
        let found = try builder(names, images: 50)
        let counts = try ClassCounts(names: names, counts: names.indices.map { $0 * $0 })
        let result = TestResult(name: "=m,=n\n", report: found.report, predictions: found.predictions)
        let file = try PredictionFile(result, counts: counts, temperature: 1.0 / 3)
        try file.write(to: folder.path("a.csv.gz"))
        let read = try PredictionFile.read(folder.path("a.csv.gz"))
        #expect(read == file)
        #expect(try read.result(named: "other") == result)
        #expect(read.predictions.further?.width == (classes == 1 ? nil : min(4, classes - 1)))
        // Equal content, equal bytes; and nothing of the clock.
        try read.write(to: folder.path("b.csv.gz"))
        let bytes = try ["a", "b"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path("\($0).csv.gz"))) }
        #expect(bytes[0] == bytes[1] && bytes[0][3] == 0 && bytes[0][4..<8].elementsEqual([0, 0, 0, 0]))
    }

    @Test("A table without names, scores or further classes comes back, and one with groups")
    func sparse() throws {
        let folder = try Folder()
        let tables = [
            try PredictionTable(classNames: ["a", "b"], targets: [0, 1], predicted: [1, 1]),
            try PredictionTable(
                classNames: ["a", "b"], targets: [0, 1], predicted: [1, 1], images: ["x", "-y"], groups: ["=1", ""]),
            try PredictionTable(
                classNames: ["a", "b", "c"], targets: [0], predicted: [2],
                further: FurtherClasses(width: 2, labels: [1, 0])),
        ]
        for table in tables {
            let file = PredictionFile(predictions: table)
            try file.write(to: folder.path("x.csv.gz"))
            let read = try PredictionFile.read(folder.path("x.csv.gz"))
            #expect(read == file)
            #expect(try read.report().calibrationError == nil)
        }
    }

    @Test("No cell of any line is a formula, wherever a spreadsheet cuts it")
    func formulas() throws {
        let folder = try Folder()
        let found = try builder(Self.hostile, images: 60)
        let result = TestResult(name: "a,=b;@c", report: found.report, predictions: found.predictions)
        try PredictionFile(result).write(to: folder.path("x.csv.gz"))
        for separator in [",", ";", "\t"] {
            // Without regard to quotes, which is stricter than any reader.
            for line in try folder.unpacked("x.csv.gz").split(separator: "\n") where line.hasPrefix("#") {
                for cell in line.components(separatedBy: separator) {
                    let text = cell.drop { " \"[".contains($0) }
                    #expect(!["=", "+", "-", "@"].contains(text.first), "\(line)")
                }
            }
        }
        let text = Array(try folder.unpacked("x.csv.gz").utf8)
        let records = try CSVRecords(commented: TextLines(text, of: "x") { _ in nil })
        var cells = 0
        try records.forEach { (fields, line) throws(LongTailError) in
            for field in fields {
                cells += 1
                #expect(!"=+-@\t\r\n".unicodeScalars.contains(field.unicodeScalars.first ?? "x"), "\(line): \(field)")
            }
        }
        #expect(cells > 60 * 12)
    }

    @Test("What the form lays down is what stands in the file") func form() throws {
        let folder = try Folder()
        let table = try PredictionTable(
            classNames: ["cat", "dog"], targets: [0, 1], predicted: [0, 0], confidence: [0.75, 0.1],
            further: FurtherClasses(width: 1, labels: [1, 1], scores: [0.25, 0]), images: ["c/1.jpg", "d/1.jpg"])
        try PredictionFile(
            model: "post-train", predictions: table, counts: ClassCounts(names: ["cat", "dog"], counts: [10, 2]),
            temperature: 1.5, classwiseCalibrationError: 0.125
        ).write(to: folder.path("x.csv.gz"))
        #expect(
            try folder.unpacked("x.csv.gz") == """
                # longtail predictions 1
                # model: "post-train"
                # classes: ["cat","dog"]
                # training: [10,2]
                # temperature: 1.5
                # classwise-ece: 0.125
                image,true,predicted,score,class2,score2
                c/1.jpg,cat,cat,0.75,dog,0.25
                d/1.jpg,dog,cat,0.1,dog,0.0

                """)
    }
}
