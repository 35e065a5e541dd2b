import LongTailBasics
import LongTailImbalance
import LongTailPredictions

/// Reads predictions: text, packed text, or an archive of arrays.
enum FuzzedPredictions {
    static func read(_ bytes: [UInt8]) throws(LongTailError) {
        let path = Scratch.file("predictions", bytes)
        if let counts = try? ClassCounts(names: ["cat", "dog", "2"], counts: [3, 2, 1]) {
            _ = try? PredictionFile.read(path, counts: counts)
        }
        _ = try? ClassCountsFile.read(path)
        let found = try PredictionFile.read(path)
        _ = try found.report()
        _ = try found.predictions.paired(with: found.predictions)
        // What is read can be written, and gives the same again.
        var known = found
        known.notes = []
        let again = "\(Scratch.folder)/again.csv.gz"
        try known.write(to: again)
        precondition((try? PredictionFile.read(again)) == known, "predictions that their own file does not give again")
    }
}
