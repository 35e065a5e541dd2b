import Foundation
import LongTailBasics
import LongTailSerialization

/// CIFAR-10 or CIFAR-100 in the binary layout of the published archives (Krizhevsky 2009), memory-mapped.
///
/// A record is one label byte (CIFAR-100: a coarse one, which is not used, and a fine one) and 3,072 bytes of
/// pixels: red, green and blue planes of 32×32.
public struct CIFAR: Dataset {
    /// Which of the two data sets.
    public enum Variant: String, Sendable, Codable, CaseIterable {
        /// 10 classes of 5,000 + 1,000 images.
        case cifar10 = "cifar-10"
        /// 100 classes of 500 + 100 images.
        case cifar100 = "cifar-100"
    }

    /// Which of the two data sets.
    public let variant: Variant
    /// Which part.
    public let split: DataSplit
    /// Class names in label order.
    public let classNames: [String]
    /// The class of every record, in the order of the files.
    public let labels: [Int]
    /// 32 × 32.
    public let nativeSize: ImageSize? = ImageSize(side: 32)
    /// The constants that the field uses for both data sets.
    public let normalization = Normalization.cifar

    private static let pixels = 3 * 32 * 32
    /// Its files.
    package let paths: [String]
    private let files: [Data]
    private let recordsPerFile: Int

    /// Opens a part of the data set.
    ///
    /// - Parameters:
    ///   - root: The folder that holds `cifar-100-binary` (or `cifar-10-batches-bin`), or that folder itself.
    ///   - variant: Which of the two data sets.
    ///   - split: Which part.
    /// - Throws: A data failure that names the file when one is missing, has a size other than the published one,
    ///   or holds a label out of range.
    public init(root: String, variant: Variant, split: DataSplit) throws(LongTailError) {
        let folder = try Self.folder(root: root, variant: variant, first: variant.files(split)[0])
        self.variant = variant
        self.split = split
        recordsPerFile = variant.recordsPerFile(split)
        var files: [Data] = []
        var labels: [Int] = []
        for name in variant.files(split) {
            let path = "\(folder)/\(name)"
            let data = try Self.map(path, variant: variant, records: recordsPerFile)
            labels += try Self.labels(in: data, path: path, variant: variant)
            files.append(data)
        }
        self.files = files
        paths = variant.files(split).map { "\(folder)/\($0)" }
        self.labels = labels
        classNames = try Self.classNames(folder: folder, variant: variant)
    }

    /// `cifar-10` or `cifar-100`.
    public var name: String { variant.rawValue }

    /// Record `index`.
    public func source(at index: Int) throws(LongTailError) -> ImageSource {
        try check(index)
        let file = files[index / recordsPerFile]
        let start = (index % recordsPerFile) * (variant.labelBytes + Self.pixels) + variant.labelBytes
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.pixels) { buffer, count in
            count = file.copyBytes(to: buffer, from: start..<start + Self.pixels)
        }
        return .pixels(try PixelImage(height: 32, width: 32, planes: bytes))
    }

    /// The part and the record number, counted through the files: `train/00017`.
    public func identity(of index: Int) -> String {
        let digits = String(index)
        return "\(split.rawValue)/\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits)"
    }

    private static func folder(root: String, variant: Variant, first: String) throws(LongTailError) -> String {
        let inner = "\(root)/\(variant.folder)"
        for folder in [inner, root] where FileManager.default.fileExists(atPath: "\(folder)/\(first)") {
            return folder
        }
        throw LongTailError(
            .data, "no \(variant.rawValue) in \(root): there is neither \(variant.folder)/\(first) nor \(first)",
            remedy: variant.remedy(root))
    }

    private static func map(_ path: String, variant: Variant, records: Int) throws(LongTailError) -> Data {
        let data: Data
        do {
            // Which refuses what is no regular file.
            _ = try FileBytes(path: path)
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            let missing = !FileManager.default.fileExists(atPath: path)
            let root = Path(path).folder
            throw LongTailError(
                .data, missing ? "\(path) is missing" : "cannot read \(path): \(error.localizedDescription)",
                remedy: missing ? variant.remedy(root) : "Check that you may read it.")
        }
        let record = variant.labelBytes + pixels
        guard data.count == records * record else {
            let whole = data.count % record == 0 ? "" : ", the last one cut off"
            throw LongTailError(
                .data,
                "\(path) has \(data.count) bytes (\(data.count / record) records\(whole)); expected are "
                    + "\(records * record) (\(records) records of \(record))",
                remedy:
                    "The file is truncated or another one. Delete it and run: \(Wording.command("data get \(variant.rawValue)"))"
            )
        }
        return data
    }

    private static func labels(in data: Data, path: String, variant: Variant) throws(LongTailError) -> [Int] {
        let record = variant.labelBytes + pixels
        let labels = data.withUnsafeBytes { bytes in
            stride(from: variant.labelBytes - 1, to: bytes.count, by: record).map { Int(bytes[$0]) }
        }
        guard let bad = labels.firstIndex(where: { $0 >= variant.classCount }) else { return labels }
        throw LongTailError(
            .data, "\(path), record \(bad): label \(labels[bad]) is outside 0..<\(variant.classCount)",
            remedy:
                "The file is damaged or another one. Delete it and run: \(Wording.command("data get \(variant.rawValue)"))"
        )
    }

    private static func classNames(folder: String, variant: Variant) throws(LongTailError) -> [String] {
        let path = "\(folder)/\(variant.namesFile)"
        guard let data = FileBytes.contents(of: path, limit: 1 << 20) else { return variant.classNames }
        let names = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init).filter {
            !$0.isEmpty
        }
        guard names.count == variant.classCount, Set(names).count == names.count else {
            throw LongTailError(
                .data, "\(path) holds \(Set(names).count) different names; expected are \(variant.classCount)",
                remedy: "Delete it, and the published names are used.")
        }
        return names
    }
}
