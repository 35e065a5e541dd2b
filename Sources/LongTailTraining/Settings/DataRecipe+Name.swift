import LongTailBasics
import LongTailRecipeCoding
import LongTailVision

extension DataRecipe {
    /// The data sets that a recipe can name: the house's, and those that a program adds.
    public struct Name: OpenRecipeChoice, Hashable, CaseIterable, CustomStringConvertible {
        public let rawValue: String
        /// Where the images of a program's own data set come from; nil for the house's.
        public let source: DatasetSource?

        private init(_ name: String) { (rawValue, source) = (name, nil) }

        /// A data set of a program's own.
        public init(_ name: String, _ source: DatasetSource) { (rawValue, self.source) = (name, source) }

        /// One of the house's.
        public init?(rawValue: String) {
            guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
            self = known
        }

        /// Krizhevsky 2009, binary version: 50,000 training images of 10 classes.
        public static let cifar10 = Name("cifar-10")
        /// Krizhevsky 2009, binary version: 50,000 training images of 100 classes.
        public static let cifar100 = Name("cifar-100")
        /// The embedded procedural set: seeded stroke drawings, 32×32.
        public static let glyphs = Name("glyphs")
        /// ImageNet-LT (Liu and others 2019): 115,846 training images of 1,000 classes, by list.
        public static let imageNetLT = Name("imagenet-lt")
        /// Places-LT (Liu and others 2019): 62,500 training images of 365 classes, by list.
        public static let placesLT = Name("places-lt")
        /// The 2018 set of iNaturalist (Van Horn and others 2018): 437,513 training images of 8,142 classes, by list.
        public static let iNaturalist2018 = Name("inaturalist-2018")
        /// A folder with one folder of JPEG, PNG or WebP files per class.
        public static let folder = Name("folder")
        /// A list file of your own: path, blank, label.
        public static let list = Name("list")
        /// A table of your own: path, comma, class name.
        public static let csv = Name("csv")
        /// JSON annotations of your own: COCO Camera Traps, iNaturalist, MegaDetector's results.
        public static let coco = Name("coco")

        /// The house's.
        public static let allCases: [Name] = [
            cifar10, cifar100, glyphs, imageNetLT, placesLT, iNaturalist2018, folder, list, csv,
            coco,
        ]

        /// The published set of that name; nil for the others.
        package var published: PublishedSet? {
            let sets: [Name: PublishedSet] = [
                .imageNetLT: .imageNetLT, .placesLT: .placesLT, .iNaturalist2018: .iNaturalist2018,
            ]
            return sets[self]
        }

        /// Whether its pictures are files that a list or a folder names.
        public var isListed: Bool { published != nil || [.folder, .list, .csv, .coco].contains(self) }

        public var description: String { rawValue }

        public static func == (a: Name, b: Name) -> Bool { a.rawValue == b.rawValue }

        public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
    }
}

/// Where the images of a program's own data set come from.
public struct DatasetSource: Sendable {
    /// The sides of every picture, where all have the same; nil for files of any size.
    public var nativeSize: ImageSize?
    /// What the network's input is normalised by.
    public var normalization: Normalization
    /// Opens a part of it; the folder is that of `--data`.
    public var open: @Sendable (_ split: DataSplit, _ folder: String?) throws -> any Dataset

    /// A source of pictures of one size, or of any when it is nil.
    public init(
        nativeSize: ImageSize? = nil, normalization: Normalization = .imageNet,
        open: @escaping @Sendable (_ split: DataSplit, _ folder: String?) throws -> any Dataset
    ) {
        (self.nativeSize, self.normalization, self.open) = (nativeSize, normalization, open)
    }
}
