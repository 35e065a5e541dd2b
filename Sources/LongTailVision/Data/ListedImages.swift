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

    /// Reads file `index` and its header; where the picture is a part of the file, that part is decoded.
    public func source(at index: Int) throws(LongTailError) -> ImageSource {
        try check(index)
        let path = path(of: index)
        let picture: EncodedImage
        do throws(LongTailError) { picture = try EncodedImage(path: path, reading: reading) } catch {
            guard !FileManager.default.fileExists(atPath: path) else { throw error }
            throw LongTailError(
                .data, "\(path) is not there, but \(list.source) names it",
                remedy:
                    "Check \(Wording.option("data")) and data.root; \(Wording.command("data check")) says which others are missing."
            )
        }
        guard list.boxes.indices.contains(index) else { return .encoded(picture) }
        return .pixels(try picture.decoded(list.boxes[index].pixels(in: picture.size, of: path)))
    }

    /// The file of picture `index`.
    public func path(of index: Int) -> String { root.path(of: list.paths[index]) }

    /// The path as it is listed, with the box where the picture is a part of the file: `path#x,y,width,height`.
    public func identity(of index: Int) -> String {
        index >= 0 && index < list.count ? list.identity(of: index) : "\(index)"
    }
}
