import LongTailBasics
import LongTailFiles

/// Where in a table paths, classes and parts stand, as its heading says.
struct TableColumns {
    /// The column of paths.
    let path: Int
    /// The column of class names; nil where every class has a column of its own.
    let name: Int?
    /// The columns of classes that hold 1 for the picture's and 0 for the others, with their names.
    let marks: [(column: Int, name: String)]
    /// The column that says what a picture is for, with its heading.
    let part: (column: Int, name: String)?
    /// A column that is called as one of parts and says something else, with what it says in the first record below.
    let strange: (name: String, value: String)?
    /// How many fields a record has.
    let count: Int
    /// Whether the first record is a heading.
    let isHeading: Bool

    /// Words for the column of paths, the plainest first.
    static let pathWords = [
        "path", "file_path", "filepath", "image_path", "img_path", "imagepath", "file_name", "filename", "file",
        "image_file", "image_filename", "image_name", "img_name", "imagename", "image", "img", "picture", "photo",
        "image_id", "imageid", "img_id", "photo_id", "picture_id", "id",
    ]
    /// Words for the column of classes, names before numbers.
    static let nameWords = [
        "class_name", "classname", "label_name", "category_name", "scientific_name", "scientificname", "class", "label",
        "labels", "category", "species", "breed", "target", "dx", "diagnosis", "taxon", "taxon_name", "common_name",
        "classes", "class_id", "label_id", "category_id",
    ]
    /// Words for the column of parts.
    private static let partWords = [
        "split", "set", "subset", "partition", "phase", "part", "data_split", "data_set", "dataset", "usage", "fold",
    ]

    /// Path and class, without a heading.
    private init(plain count: Int) {
        (path, name, marks, part, strange, self.count, isHeading) = (0, 1, [], nil, nil, max(2, count), false)
    }

    private init(
        _ heading: [String], path: Int, name: Int?, marks: [(column: Int, name: String)], _ second: [String]?
    ) {
        (self.path, self.name, self.marks, count, isHeading) = (path, name, marks, heading.count, true)
        let others = heading.indices.filter { $0 != path && $0 != name }
        let part = Self.partColumn(heading, second, among: others)
        self.part = part
        strange = part == nil ? Self.strangeColumn(heading, second, among: others) : nil
    }

    /// Reads the first record.
    ///
    /// - Parameters:
    ///   - first: The first record.
    ///   - second: The second one, which tells what the first one heads; nil when there is none.
    ///   - wanted: Names of the columns of paths and of classes; nil to find them by the words that are known.
    ///   - isThere: Whether a path is a file; nil when it is not known where pictures lie.
    /// - Throws: The problem and its remedy, when the first record is a heading and does not say what is needed.
    init(
        _ first: [String], _ second: [String]?, wanted: [String]?, isThere: ((String) -> Bool)?
    ) throws(Unclear) {
        let heading = first.map { $0.trimmingBlanks }
        let words = heading.map { Self.word($0) }
        if let wanted, wanted.count == 2 {
            let places = wanted.map { heading.firstIndex(of: $0) ?? words.firstIndex(of: Self.word($0)) }
            guard let path = places[0], let name = places[1] else {
                let absent = zip(wanted, places).first { $0.1 == nil }?.0 ?? ""
                throw Unclear("has no column '\(absent)'", heading, nearest(absent, among: heading))
            }
            self.init(heading, path: path, name: name, marks: [], second)
            return
        }
        let (path, name) = (Self.first(Self.pathWords, in: words), Self.first(Self.nameWords, in: words))
        if let path, let name {
            self.init(heading, path: path, name: name, marks: [], second)
            return
        }
        if let path, let marks = Self.marks(heading, second, path) {
            self.init(heading, path: path, name: nil, marks: marks, second)
            return
        }
        guard Self.isHeading(heading, words, second, isThere) else {
            self.init(plain: first.count)
            return
        }
        throw Unclear("begins with a heading that is not known", heading, nil)
    }

    /// A heading that does not say where paths and classes are.
    struct Unclear: Error {
        let problem: String
        let remedy: String

        init(_ problem: String, _ heading: [String], _ near: String?) {
            let columns = heading.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
            self.problem = "\(problem): its columns are \(columns)\(heading.count > 12 ? ", …" : "")"
            remedy =
                (near.map { "Did you mean '\($0)'? " } ?? "")
                + "Name the columns of paths and of classes with \(Wording.option("columns", "PATH,CLASS")) or in "
                + "data.columns: [PATH, CLASS]. Known by themselves are \(pathWords.joined(separator: ", ")); and "
                + "\(nameWords.joined(separator: ", "))."
        }
    }

    /// Lower case, with one kind of join.
    private static func word(_ text: String) -> String {
        String(text.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
    }

    private static func first(_ known: [String], in words: [String]) -> Int? {
        known.lazy.compactMap { words.firstIndex(of: $0) }.first
    }

    /// Whether a first record without columns that are known heads others: it has no path, but a word that is known, or
    /// the record below it has a picture that is there.
    private static func isHeading(
        _ heading: [String], _ words: [String], _ second: [String]?, _ isThere: ((String) -> Bool)?
    ) -> Bool {
        guard let path = heading.first, heading.count > 1, !path.contains(where: { "./\\".contains($0) }),
            isThere?(path) != true
        else { return false }
        if words.contains(where: { pathWords.contains($0) || nameWords.contains($0) || partWords.contains($0) }) {
            return true
        }
        return second?.first.map { isThere?($0.trimmingBlanks) == true } ?? false
    }

    /// The columns of a table that has one for each class: all but path and part, which hold 0 and 1 alone.
    private static func marks(_ heading: [String], _ second: [String]?, _ path: Int) -> [(column: Int, name: String)]? {
        guard let second, second.count == heading.count else { return nil }
        let part = partColumn(heading, second, among: heading.indices.filter { $0 != path })?.column
        let columns = heading.indices.filter { $0 != path && $0 != part }
        guard columns.count > 1, columns.allSatisfy({ mark(second[$0]) != nil && !heading[$0].isEmpty }) else {
            return nil
        }
        return columns.map { ($0, heading[$0]) }
    }

    /// What a field of a column of marks says; nil for neither yes nor no.
    static func mark(_ field: String) -> Bool? {
        switch field.trimmingBlanks.lowercased() {
        case "1", "1.0", "1.", "true": true
        case "0", "0.0", "0.", "false": false
        default: nil
        }
    }

    private static func partColumn(
        _ heading: [String], _ second: [String]?, among columns: [Int]
    ) -> (column: Int, name: String)? {
        guard let second, second.count == heading.count else { return nil }
        let column = columns.first { partWords.contains(word(heading[$0])) && ListPart(word: second[$0]) != nil }
        return column.map { ($0, heading[$0]) }
    }

    private static func strangeColumn(
        _ heading: [String], _ second: [String]?, among columns: [Int]
    ) -> (name: String, value: String)? {
        guard let second, second.count == heading.count else { return nil }
        return columns.first { partWords.contains(word(heading[$0])) }.map { (heading[$0], second[$0].trimmingBlanks) }
    }
}
