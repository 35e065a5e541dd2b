import Foundation
import LongTailBasics

/// Pictures on disk that a list names.
public struct ListedImages: Dataset {
    /// What messages call it.
    public let name: String
    /// Which pictures, of which class.
    public let list: ImageList
    /// Where they lie.
    public let root: ImageRoot
    /// What the network's input is normalised by.
    public let normalization: Normalization
    /// What becomes of a file's orientation, and how large it may be.
    public let reading: ImageReading

    /// Pictures are read when they are asked for.
    ///
    /// - Parameters:
    ///   - name: What messages call the data set.
    ///   - list: Which pictures, of which class.
    ///   - root: Where they lie.
    ///   - normalization: What the network's input is normalised by.
    ///   - reading: What becomes of a file's orientation, and how large it may be.
    public init(
        name: String, list: ImageList, root: ImageRoot, normalization: Normalization = .imageNet,
        reading: ImageReading = ImageReading()
    ) {
        (self.name, self.list, self.root) = (name, list, root)
        (self.normalization, self.reading) = (normalization, reading)
    }

    /// Names of the classes.
    public var classNames: [String] { list.classNames }
    /// The class of every picture.
    public var labels: [Int] { list.labels }

    /// Reads file `index` and its header.
    public func source(at index: Int) throws(LongTailError) -> ImageSource {
        try check(index)
        let path = path(of: index)
        do throws(LongTailError) { return .encoded(try EncodedImage(path: path, reading: reading)) } catch {
            guard !FileManager.default.fileExists(atPath: path) else { throw error }
            throw LongTailError(
                .data, "\(path) is not there, but \(list.source) names it",
                remedy:
                    "Check \(Wording.option("data")) and data.root; \(Wording.command("data check")) says which others are missing."
            )
        }
    }

    /// The file of picture `index`.
    public func path(of index: Int) -> String { root.path(of: list.paths[index]) }

    /// The path as it is listed.
    public func identity(of index: Int) -> String { index >= 0 && index < list.count ? list.paths[index] : "\(index)" }
}
