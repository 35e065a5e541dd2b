import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailVision

/// What there is of a data set, and what is wrong with it: `longtail data check`.
package struct DataCheck: Sendable {
    /// The data set's name in recipes.
    package let name: String
    /// The images to train on.
    package let train: Part
    /// The images to report on; nil when they could not be listed.
    package let test: Part?
    /// Training images per class.
    package let counts: ClassCounts
    /// Classes with many, medium and few training images, by the usual rule.
    package let groups: [ShotGroup]
    /// What is published of the set.
    package let expected: PublishedSet.Expected?
    /// Training images whose path (or, between folders, whose content) is a test image's too.
    package let shared: Int
    /// How many images were decoded.
    package let decoded: Int
    /// Images that could not be decoded, with the reason.
    package let broken: [String]
    /// What is worth knowing: folders of another release, pictures held out by hash.
    package let notes: [String]
    /// What is wrong; empty when the set can be trained on and reported on.
    package let problems: [String]
    /// Seconds that listing the training images took, and the highest resident size after it, in bytes.
    package let listing: (seconds: Double, peakBytes: Int)

    /// One part of the set.
    package struct Part: Sendable {
        /// The list, table or folder.
        package let source: String
        /// Images that it names.
        package let images: Int
        /// Images whose file is there and not empty.
        package let found: Int
        /// The first few that are not, with the reason.
        package let missing: [String]
        /// Classes without an image.
        package let emptyClasses: Int
    }

    /// Looks at a data set.
    ///
    /// - Parameters:
    ///   - recipe: Which data set, and where its lists are.
    ///   - root: The folder given as `--data`.
    ///   - decode: How many images of each part to decode, spread evenly over the list; 0 for none.
    ///   - advance: Told of every image that was looked at.
    /// - Throws: When the training images cannot be listed at all.
    package init(
        _ recipe: DataRecipe, root: String?, decode: Int = 0, advance: (Int) -> Void = { _ in }
    ) throws(LongTailError) {
        let start = ContinuousClock.now
        let training = try TrainingData(recipe, root: root, seed: 0)
        listing = (start.duration(to: .now) / .seconds(1), ProcessMemory.peak)
        var (problems, notes, test) = ([String](), training.notes, (any Dataset)?.none)
        do { test = try TestSplit.open(recipe, root: root) } catch {
            problems.append([error.problem, error.remedy].compactMap { $0 }.joined(separator: ". "))
        }
        let trainFiles = FileList(training.dataset)
        let testFiles = test.map { FileList($0) }
        let trainState = trainFiles.look(advance)
        let testState = testFiles?.look(advance)
        var (broken, decoded) = ([String](), 0)
        var shared = 0
        var dark = [String]()
        (decoded, broken, dark) = trainFiles.decode(decode, of: trainState, advance)
        if let testFiles, let testState {
            let (tried, failures, others) = testFiles.decode(decode, of: testState, advance)
            (decoded, broken, dark) = (decoded + tried, broken + failures, dark + others)
            shared = trainFiles.shared(with: testFiles, trainState, testState)
        }
        name = recipe.name.rawValue
        counts = training.counts
        groups = try training.counts.groups()
        train = trainFiles.part(trainState)
        self.test = testFiles.flatMap { files in testState.map { files.part($0) } }
        expected = recipe.name.published?.expected
        (self.broken, self.decoded, self.shared) = (broken, decoded, shared)
        for (what, part) in [("training", self.train)] + (self.test.map { [("test", $0)] } ?? []) {
            if part.found < part.images {
                problems.append(
                    "\(part.images - part.found) of \(part.images) \(what) images are missing; the first: "
                        + part.missing.joined(separator: ", "))
            }
            guard part.emptyClasses > 0 else { continue }
            let text = "\(part.emptyClasses) classes have no \(what) image"
            if what == "test" { notes.append(text) } else { problems.append(text) }
        }
        problems += Set([trainFiles, testFiles].compactMap { $0?.contradiction }).sorted()
        if counts.classCount == 1 {
            let words = SplitLists.oneClass(training.counts.names)
            notes = notes.filter { !$0.hasSuffix(words) }
            problems.append(words)
        }
        if let expected { problems += Self.differences(from: expected, self.train, self.test, counts) }
        if shared > 0 {
            problems.append(
                shared == 1 ? "1 training image is a test image too" : "\(shared) training images are test images too")
        }
        if !broken.isEmpty { problems.append("\(broken.count) of \(decoded) images cannot be decoded") }
        if let first = dark.first {
            notes.append(
                "\(dark.count) of \(decoded) images hold 16 bits a sample of which the upper ones are hardly used (as 12 "
                    + "bits in 16): the upper 8 are read, so that they are nearly black; the first: \(first)")
        }
        (self.notes, self.problems) = (notes, problems)
    }

    /// Published figures that this set does not have.
    private static func differences(
        from expected: PublishedSet.Expected, _ train: Part, _ test: Part?, _ counts: ClassCounts
    ) -> [String] {
        let figures = [
            ("classes", counts.classCount, expected.classes), ("training images", train.images, expected.train),
            ("images in the largest class", counts.maximum, expected.largest),
            ("images in the smallest class", counts.minimum, expected.smallest),
            ("test images", test?.images ?? expected.test, expected.test),
        ]
        return figures.filter { $0.1 != $0.2 }.map { "\($0.1) \($0.0), published are \($0.2)" }
    }
}
