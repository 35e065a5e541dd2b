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
        /// Those that are not, each with the reason, in the order of the list.
        package let missing: [String]
        /// Names of the classes without an image.
        package let emptyClasses: [String]
        /// A digest of the contents of all files; nil where it was not asked for.
        package let content: String?
    }

    /// What was left out of the training images' folders, by class.
    package let losses: [Loss]

    /// Files of a class's folder that are not in the list.
    package struct Loss: Sendable {
        /// The class.
        package let name: String
        /// What they are.
        package let words: String
        /// How many of them are pictures, as far as can be told.
        package let lost: Int
        /// The pictures that are in the list.
        package let kept: Int

        /// The share of the class's pictures that is lost.
        package var share: Double { Double(lost) / Double(max(1, lost + kept)) }

        /// As in "stork: 6 HEIC pictures left out, 3 kept".
        package var line: String { "\(name): \(words) left out, \(kept) kept" }
    }

    /// Looks at a data set.
    ///
    /// - Parameters:
    ///   - recipe: Which data set, and where its lists are.
    ///   - root: The folder given as `--data`.
    ///   - decode: How many images of each part to decode, spread evenly over the list; 0 for none.
    ///   - content: Whether the contents of all files go into a digest.
    ///   - advance: Told of every image that was looked at.
    /// - Throws: When the training images cannot be listed at all.
    package init(
        _ recipe: DataRecipe, root: String?, decode: Int = 0, content: Bool = false, advance: (Int) -> Void = { _ in }
    ) throws(LongTailError) {
        let start = ContinuousClock.now
        var listed = recipe
        // What cannot be read is this check's to name, all of it.
        listed.brokenImages = .skip
        let training = try TrainingData(listed, root: root, seed: 0)
        listing = (start.duration(to: .now) / .seconds(1), ProcessMemory.peak)
        var (problems, notes, test) = ([String](), training.notes, (any Dataset)?.none)
        do { test = try TestSplit.open(listed, root: root, broken: .skip) } catch {
            problems.append([error.problem, error.remedy].compactMap { $0 }.joined(separator: ". "))
        }
        let trainFiles = FileList(training.dataset)
        let testFiles = test.map { FileList($0) }
        let trainState = trainFiles.look(advance)
        let testState = testFiles?.look(advance)
        var shared = 0
        let found = trainFiles.decode(decode, of: trainState, advance)
        var (decoded, broken) = (found.tried, found.broken.sorted { $0.key < $1.key }.map(\.value))
        var dark = found.dark
        let isPassedOver = recipe.brokenImages == .skip
        if let testFiles, let testState {
            let (tried, failures, others) = testFiles.decode(decode, of: testState, advance)
            decoded += tried
            dark += others
            broken += failures.sorted { $0.key < $1.key }.map(\.value)
            shared = trainFiles.shared(with: testFiles, trainState, testState)
            if isPassedOver, !failures.isEmpty {
                problems.append("\(Self.images(failures.count, "test")) cannot be read")
            }
        }
        notes += test.map { TestSplit.notes(on: $0) } ?? []
        if let test, let outlook = TestSetOutlook(labels: test.labels) { notes.append(outlook.text) }
        name = recipe.name.rawValue
        counts = training.counts
        groups = try training.counts.groups()
        train = trainFiles.part(trainState, content: content ? trainFiles.content(advance) : nil)
        self.test = testFiles.flatMap { files in
            testState.map { files.part($0, content: content ? files.content(advance) : nil) }
        }
        expected = recipe.name.published?.expected
        (self.broken, self.decoded, self.shared) = (broken, decoded, shared)
        for (what, part) in [("training", self.train)] + (self.test.map { [("test", $0)] } ?? []) {
            if part.found < part.images, what == "test" || !isPassedOver {
                problems.append(
                    "\(part.images - part.found) of \(part.images) \(what) images are missing or empty: "
                        + firstOf(part.missing, limit: FileList.named))
            }
            let empty = part.emptyClasses
            guard !empty.isEmpty else { continue }
            let text =
                "\(empty.count) \(empty.count == 1 ? "class has" : "classes have") no \(what) image: "
                + empty.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (empty.count > 5 ? ", …" : "")
            if what == "test" { notes.append(text) } else { problems.append(text) }
        }
        problems += Set([trainFiles, testFiles].compactMap { $0?.contradiction }).sorted()
        if let words = training.oneClass { problems.append(words) }
        if let expected { problems += Self.differences(from: expected, self.train, self.test, counts) }
        if shared > 0 {
            problems.append(
                shared == 1 ? "1 training image is a test image too" : "\(shared) training images are test images too")
        }
        losses = trainFiles.losses
        let most = losses.filter { $0.share > 0.5 }
        if let worst = most.first {
            let others = most.count > 1 ? ", and \(most.count - 1) more classes lose more than half" : ""
            problems.append(
                "the class \(worst.name) loses \(worst.lost) of \(worst.lost + worst.kept) pictures, which are left "
                    + "out\(others)")
        }
        if isPassedOver {
            let lost = Set(trainState.missing.keys).union(found.broken.keys)
            if !lost.isEmpty {
                notes.append(
                    "\(Self.images(lost.count, "training")) cannot be read and will be passed over "
                        + "(data.broken-images: skip)")
            }
            let classes = trainFiles.classes(within: lost).map { "'\($0)'" }
            if !classes.isEmpty {
                problems.append(
                    "no training image can be read of \(classes.count == 1 ? "class" : "\(classes.count) classes,") "
                        + firstOf(classes, limit: FileList.named))
            }
        } else if !broken.isEmpty {
            problems.append("\(Self.images(broken.count, "")) cannot be decoded")
        }
        if let first = dark.first {
            notes.append(
                "\(dark.count) of \(decoded) images hold 16 bits a sample of which the upper ones are hardly used (as 12 "
                    + "bits in 16): the upper 8 are read, so that they are nearly black; the first: \(first)")
        }
        (self.notes, self.problems) = (notes, problems)
    }

    private static func images(_ count: Int, _ what: String) -> String {
        "\(count)\(what.isEmpty ? "" : " \(what)") image\(count == 1 ? "" : "s")"
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
