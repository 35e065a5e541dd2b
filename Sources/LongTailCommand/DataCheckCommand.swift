import ArgumentParser
import Foundation
import LongTail

extension DataCommand {
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what there is of a data set: files, classes, published figures, duplicates, broken images.",
            discussion: """
                longtail data check PHOTOS
                longtail data check imagenet-lt --data DIR
                longtail data check list --data DIR --set data.train=train.txt --set data.test=test.txt --decode 1000
                """)

        @Argument(help: "The data set's name, as in a recipe, or a folder of pictures by class.")
        var name: String

        @OptionGroup var options: RecipeOptions

        @Option(help: "How many images of each part to decode, or 'all'.")
        var decode = "0"

        @Flag(help: "Also a digest of the contents of each part's files, to compare copies by.")
        var content = false

        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard decode == "all" || Int(decode).map({ $0 >= 0 }) == true else {
                throw ValidationError("--decode takes a number of images, or all.")
            }
        }

        func run() throws {
            let (name, root) = place
            let recipe = try DataRecipe.named(name, overrides: options.overrides)
            let progress = ProgressReporter("checking", total: nil, unit: "images", sink: common.sink)
            let check = try DataCheck(recipe, root: root, decode: Int(decode) ?? .max, content: content) {
                progress.advance(by: $0)
            }
            progress.finish()
            if common.json { try showJSON(Summary(check)) } else { try show(table(check).plain(), terminator: "") }
            if !check.problems.isEmpty { throw ExitCode(LongTailError.Kind.data.status) }
        }

        /// The data set and its folder: a name, or a folder of pictures that stands for both.
        private var place: (name: String, root: String?) {
            guard DataRecipe.Name(rawValue: name) == nil, options.data == nil, ImageList.isClassFolders(name) else {
                return (name, options.data)
            }
            return ("folder", name)
        }

        private func table(_ check: DataCheck) -> ReportTable {
            let expected = check.expected
            func row(_ name: String, _ found: Int?, _ published: Int?) -> [Cell] {
                [.text(name), found.map { .count($0) } ?? .missing, published.map { .count($0) } ?? .missing]
            }
            var rows = [
                row("classes", check.counts.classCount, expected?.classes),
                row("training images", check.train.images, expected?.train),
                row("  files there", check.train.found, expected?.train),
                row("  largest class", check.counts.maximum, expected?.largest),
                row("  smallest class", check.counts.minimum, expected?.smallest),
            ]
            rows += ShotGroup.allCases.map { group in
                row("  classes with \(group.rawValue)", check.groups.count { $0 == group }, nil)
            }
            rows += [
                row("test images", check.test?.images, expected?.test),
                row("  files there", check.test?.found, expected?.test),
                row("both in training and test", check.shared, 0), row("decoded", check.decoded, nil),
                row("  broken", check.broken.count, check.decoded + check.broken.count > 0 ? 0 : nil),
            ]
            let sources = ([check.train.source] + (check.test.map { [$0.source] } ?? [])).joined(separator: " and ")
            return ReportTable(
                title: "\(check.name): \(sources)",
                columns: [.init("", isNumeric: false), .init("found"), .init("expected")], rows: rows,
                notes: ["imbalance \(check.counts.imbalance)"] + check.notes + check.losses.prefix(20).map(\.line)
                    + Self.named("missing", check.train.missing + (check.test?.missing ?? []))
                    + Self.named("broken", check.broken) + check.problems.map { "PROBLEM: \($0)" }
                    + [("training", check.train), ("test", check.test)].compactMap { what, part in
                        part?.content.map { "content of the \(what) images: \($0)" }
                    }
                    + (check.problems.isEmpty ? ["nothing is wrong"] : []))
        }

        /// A line for each of the first files; `--json` has all.
        private static func named(_ what: String, _ files: [String]) -> [String] {
            let more = files.count - 20
            return files.prefix(20).map { "\(what): \($0)" }
                + (more > 0 ? ["\(what): and \(more) more; --json names all"] : [])
        }

        /// The check as JSON.
        private struct Summary: Encodable {
            let name: String
            let classes, largest, smallest: Int
            let imbalance: Double
            let groups: [String: Int]
            let train: Part
            let test: Part?
            let shared, decoded: Int
            let broken, notes, problems: [String]
            let left_out: [LeftOut]
            let listing_seconds: Double
            let listing_peak_bytes: Int

            struct LeftOut: Encodable {
                let `class`, files: String
                let pictures, kept: Int
            }

            struct Part: Encodable {
                let source: String
                let images, found: Int
                let missing: [String]
                let content: String?

                init(_ part: DataCheck.Part) {
                    (source, images, found, missing) = (part.source, part.images, part.found, part.missing)
                    content = part.content
                }
            }

            init(_ check: DataCheck) {
                (name, classes) = (check.name, check.counts.classCount)
                (largest, smallest) = (check.counts.maximum, check.counts.minimum)
                imbalance = check.counts.imbalance
                groups = Dictionary(grouping: check.groups, by: \.rawValue).mapValues(\.count)
                (train, test) = (Part(check.train), check.test.map { Part($0) })
                (shared, decoded, broken) = (check.shared, check.decoded, check.broken)
                (notes, problems) = (check.notes, check.problems)
                left_out = check.losses.map { .init(class: $0.name, files: $0.words, pictures: $0.lost, kept: $0.kept) }
                (listing_seconds, listing_peak_bytes) = check.listing
            }
        }
    }
}

extension DataRecipe {
    /// A data set by name, with `--set data.…` applied: what a recipe that says no more would use.
    static func named(_ name: String, overrides: [String] = []) throws(LongTailError) -> DataRecipe {
        guard Name(rawValue: name) != nil else {
            let names = Name.allCases.map(\.rawValue)
            throw LongTailError(
                .usage, "there is no data set '\(name)'",
                remedy: (nearest(name, among: names).map { "Did you mean '\($0)'?  " } ?? "")
                    + "Known: \(names.joined(separator: ", "))")
        }
        // The name comes in as an override, because messages name the place of a value and there is no file.
        return try Recipe.parse("stages: [fc: ]", overrides: ["data.name=\(name)"] + overrides).data
    }
}
