import Foundation
import LongTail
import Testing

/// Where the pictures of a list lie, in this release or another.
@Suite struct PictureRootTests {
    private func list(_ path: String) throws -> ImageList {
        try ImageList(source: "list", paths: PathTable([path]), labels: [0], classNames: ["airfield"])
    }

    @Test("The paths as they are come first; another release's folders are found by a picture") func releases() throws {
        let folders = PublishedSet.placesLT.folders
        try withFolder { folder in
            let list = try list("data_256_standard/a/airfield/1.jpg")
            #expect(ImageRoot([folder], for: list, releases: folders) == ImageRoot(folder))
            try AtomicFile.write("x", to: "\(folder)/data_256/a/airfield/1.jpg")
            let other = ImageRoot([folder], for: list, releases: folders)
            #expect(other.path(of: "data_256_standard/a/airfield/2.jpg") == "\(folder)/data_256/a/airfield/2.jpg")
            #expect(other.path(of: "elsewhere/2.jpg") == "\(folder)/elsewhere/2.jpg")
            try AtomicFile.write("x", to: "\(folder)/data_256_standard/a/airfield/1.jpg")
            #expect(ImageRoot([folder], for: list, releases: folders) == ImageRoot(folder))
        }
    }

    @Test("The folder that iNaturalist's paths begin with may be the root itself") func bare() throws {
        try withFolder { folder in
            try AtomicFile.write("x", to: "\(folder)/Aves/7/a.jpg")
            let root = ImageRoot(
                [folder], for: try list("train_val2018/Aves/7/a.jpg"), releases: PublishedSet.iNaturalist2018.folders)
            #expect(root.path(of: "train_val2018/Aves/7/a.jpg") == "\(folder)/Aves/7/a.jpg")
        }
    }

    @Test("Names without their ending, as ids in a table, are found with it; a second folder comes after the first")
    func endings() throws {
        try withFolder { folder in
            let list = try list("ISIC_0024306")
            #expect(ImageRoot([folder], for: list).path(of: "x") == "\(folder)/x")
            try AtomicFile.write("x", to: "\(folder)/part/ISIC_0024306.jpg")
            let folders = [folder, "\(folder)/part"]
            #expect(ImageRoot(folders, for: list).path(of: "ISIC_7") == "\(folder)/part/ISIC_7.jpg")
            try AtomicFile.write("x", to: "\(folder)/ISIC_0024306.png")
            #expect(ImageRoot(folders, for: list).path(of: "ISIC_7") == "\(folder)/ISIC_7.png")
            try AtomicFile.write("x", to: "\(folder)/ISIC_0024306")
            #expect(ImageRoot(folders, for: list).path(of: "ISIC_7") == "\(folder)/ISIC_7")
        }
    }
}
