/// A table that prints itself as plain text, Markdown, LaTeX, HTML and JSON.
public struct ReportTable: Sendable, Equatable {
    /// A column's heading and side.
    public struct Column: Sendable, Equatable {
        /// The heading.
        public var name: String
        /// Whether values are set flush right, as numbers are.
        public var isNumeric: Bool

        /// A column of numbers, or of words.
        public init(_ name: String, isNumeric: Bool = true) {
            self.name = name
            self.isNumeric = isNumeric
        }
    }

    /// What stands above it; may be empty.
    public var title: String
    /// The columns, left to right.
    public var columns: [Column]
    /// The rows; each is padded or cut to the columns when printed.
    package var rows: [[Cell]]
    /// What stands below it, a sentence each.
    public var notes: [String]

    /// A table from its parts.
    package init(title: String = "", columns: [Column], rows: [[Cell]] = [], notes: [String] = []) {
        self.title = title
        self.columns = columns
        self.rows = rows
        self.notes = notes
    }

    /// The rows, each exactly as long as there are columns.
    var fullRows: [[Cell]] {
        rows.map { row in columns.indices.map { row.indices.contains($0) ? row[$0] : .missing } }
    }
}
