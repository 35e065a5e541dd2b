import LongTailBasics

/// A data set that its authors offer as an archive: where it is, how to know it, what is in it.
package struct DataArchive: Sendable, Equatable {
    /// What recipes call the data set.
    package var name: String
    /// The authors' page.
    package var url: String
    /// The MD5 that the authors publish; they publish nothing stronger.
    package var md5: String
    /// The folder that the archive unpacks to.
    package var folder: String
    /// Files that are there when it is unpacked.
    package var files: [String]
    /// Bytes that unpacked files may have together; a larger archive is not this one.
    package var unpackedLimit: Int

    /// Makes an archive's description.
    package init(name: String, url: String, md5: String, folder: String, files: [String], unpackedLimit: Int) {
        (self.name, self.url, self.md5) = (name, url, md5)
        (self.folder, self.files, self.unpackedLimit) = (folder, files, unpackedLimit)
    }

    /// Every archive that `longtail data get` knows (Krizhevsky 2009; digests from the data sets' home page).
    package static let all = [
        DataArchive(
            name: "cifar-10", url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            md5: "c32a1d4ab5d03f1284b67883e8d87530", folder: "cifar-10-batches-bin",
            files: ["batches.meta.txt", "test_batch.bin"] + (1...5).map { "data_batch_\($0).bin" },
            unpackedLimit: 400_000_000),
        DataArchive(
            name: "cifar-100", url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
            md5: "03b5dce01913d631647c71ecec9e9cb8", folder: "cifar-100-binary",
            files: ["fine_label_names.txt", "coarse_label_names.txt", "train.bin", "test.bin"],
            unpackedLimit: 400_000_000),
    ]

    /// The archive of a name.
    package static func named(_ name: String) throws(LongTailError) -> DataArchive {
        if let archive = all.first(where: { $0.name == name }) { return archive }
        let names = all.map(\.name)
        let suggestion = nearest(name, among: names).map { "Did you mean '\($0)'?  " } ?? ""
        throw LongTailError(
            .usage, "there is no archive '\(name)'", remedy: "\(suggestion)Archives: \(names.joined(separator: ", "))")
    }

    /// The file name of the archive, from its address.
    var fileName: String { String(url.prefix { $0 != "?" }.split(separator: "/").last ?? "archive.tar.gz") }
}
