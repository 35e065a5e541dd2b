import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTraining
import LongTailVision

/// What the list of a data set costs a process before it trains, without its pictures: seconds of each step, and the highest
/// resident size by then.
package struct IndexSpeed: Sendable, Encodable {
    /// One step.
    package struct Step: Sendable, Encodable {
        /// What was done.
        package let name: String
        /// How long it took.
        package let seconds: Double
        /// Bytes of memory at the most until its end.
        package let peak: Int
    }

    /// Pictures of the list, and classes.
    package let images, classes: Int
    /// Bytes of the list's file.
    package let bytes: Int
    /// The steps, in order.
    package let steps: [Step]

    /// Writes a list of a long tail into a folder, measures, and removes it.
    ///
    /// - Parameters:
    ///   - folder: Where the list is written.
    ///   - images: Pictures, more than there are classes.
    ///   - classes: Classes; the largest has about `imbalance` times the pictures of the smallest.
    ///   - imbalance: How uneven they are.
    ///   - imagesPerClass: Pictures of a class in a member's subset.
    package init(
        in folder: String, images: Int, classes: Int, imbalance: Double, imagesPerClass: Int
    ) throws(LongTailError) {
        let path = "\(folder)/.longtail-bench-\(getpid()).txt"
        defer { unlink(path) }
        let counts = Self.counts(images, classes, imbalance)
        try AtomicFile.write(to: path) { (file) throws(LongTailError) in
            for (label, count) in counts.enumerated() {
                var text = ""
                for number in 0..<count {
                    text += "train/n\(10_000_000 + label)/n\(10_000_000 + label)_\(number).JPEG \(label)\n"
                }
                try file.put(Data(text.utf8))
            }
        }
        bytes = FileSize.of(path)
        var steps: [Step] = []
        func measure<Value>(_ name: String, _ body: () throws(LongTailError) -> Value) throws(LongTailError) -> Value {
            let start = ContinuousClock.now
            let value = try body()
            steps.append(Step(name: name, seconds: (ContinuousClock.now - start).seconds, peak: ProcessMemory.peak))
            return value
        }
        let list = try measure("list read") { () throws(LongTailError) in try ImageList.file(path) }
        let data = ListedImages(name: "bench", list: list, root: ImageRoot(folder))
        _ = try measure("hash of the list") { data.listHash }
        let labels = list.labels
        let shuffled = try measure("order of an epoch, shuffled") {
            ShuffledSampler(count: labels.count).order(epoch: 0, seed: 1)
        }
        _ = try measure("order of as many draws, class-aware") {
            ClassAwareSampler(labels: labels, classCount: classes, length: labels.count).order(epoch: 0, seed: 1)
        }
        _ = try measure("first member's subset") { () throws(LongTailError) in
            try BalancedSubset.draw(
                labels: labels, names: list.classNames, imagesPerClass: imagesPerClass, member: 0, seed: 1)
        }
        _ = try measure("epoch begun") { () throws(LongTailError) in
            try Loader(dataset: data, order: shuffled, batchSize: 256, views: [Transform([RandomResizedCrop(224)])])
                .batchCount
        }
        (self.images, self.classes, self.steps) = (labels.count, classes, steps)
    }

    /// Pictures of each class: an exponential tail of the total asked for.
    private static func counts(_ images: Int, _ classes: Int, _ imbalance: Double) -> [Int] {
        let weights = (0..<classes).map { pow(imbalance, -Double($0) / Double(max(1, classes - 1))) }
        let sum = weights.reduce(0, +)
        return weights.map { max(1, Int((Double(images) * $0 / sum).rounded())) }
    }
}

/// Sizes of files.
private enum FileSize {
    static func of(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
