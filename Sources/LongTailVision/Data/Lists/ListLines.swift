import LongTailBasics
import LongTailFiles

extension TextLines {
    /// Reads a list, a table of pictures or a file of names whole.
    init(list path: String) throws(LongTailError) {
        try self.init(path) { bytes in
            if let kind = ImageKind(firstBytes: bytes), kind != .svg {
                return ("a \(kind.name) picture, not a text file", "Check its name and the folder.")
            }
            return TextFormat.foreign(
                bytes, table: "Save it as CSV in UTF-8: a path and a class on each line.",
                json:
                    "As data.train (name: coco, csv or list) JSON in the layout of COCO is read; write others as a table."
            )
        }
    }
}
