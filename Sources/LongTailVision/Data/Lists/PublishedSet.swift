/// A data set of photographs that comes as pictures and list files: what its lists are called, what they hold, and how
/// its folders are named.
package struct PublishedSet: Sendable {
    /// Its name in recipes.
    package let name: String
    /// Names of the list of training pictures; the first is the published one.
    package let trainLists: [String]
    /// Names of the list of test pictures.
    package let testLists: [String]
    /// Names of the list of validation pictures, where one is published.
    package let validationLists: [String]
    /// Folders below the data folder in which the lists may lie.
    package let listFolders: [String]
    /// Beginnings of paths in the lists, and folders that hold the same pictures in other releases.
    package let folders: [(listed: String, others: [String])]
    /// Classes, and pictures in all and in the largest and the smallest class.
    package let expected: Expected
    /// What the network's input is normalised by.
    package let normalization: Normalization

    /// Published figures.
    package struct Expected: Sendable, Equatable {
        /// Number of classes.
        package let classes: Int
        /// Pictures to train on.
        package let train: Int
        /// Pictures to report on.
        package let test: Int
        /// Training pictures of the largest class.
        package let largest: Int
        /// Training pictures of the smallest class.
        package let smallest: Int
    }

    /// ImageNet-LT: a part of ILSVRC2012's training images; its validation images are the test.
    ///
    /// Liu et al. 2019, "Large-Scale Long-Tailed Recognition in an Open World".
    package static let imageNetLT = PublishedSet(
        name: "imagenet-lt", trainLists: ["ImageNet_LT_train.txt"], testLists: ["ImageNet_LT_test.txt"],
        validationLists: ["ImageNet_LT_val.txt"], listFolders: ["", "ImageNet_LT", "data_txt", "lists"],
        folders: [
            (listed: "train/", others: ["ILSVRC/Data/CLS-LOC/train/", "ILSVRC2012/train/", "ILSVRC2012_img_train/"]),
            (listed: "val/", others: ["ILSVRC/Data/CLS-LOC/val/", "ILSVRC2012/val/", "ILSVRC2012_img_val/"]),
        ],
        expected: Expected(classes: 1000, train: 115_846, test: 50_000, largest: 1280, smallest: 5),
        normalization: .imageNet)

    /// Places-LT: a part of Places365-Standard at 256 × 256; its validation images are the test.
    ///
    /// Liu et al. 2019, as ImageNet-LT.
    package static let placesLT = PublishedSet(
        name: "places-lt", trainLists: ["Places_LT_train.txt"], testLists: ["Places_LT_test.txt"],
        validationLists: ["Places_LT_val.txt"], listFolders: ["", "Places_LT", "data_txt", "lists"],
        folders: [
            (listed: "data_256_standard/", others: ["data_256/", "train_256/", "train/"]),
            (listed: "data_256/", others: ["data_256_standard/", "train_256/", "train/"]),
            (listed: "val_256/", others: ["val/", "data_256_standard/val_256/"]),
        ],
        expected: Expected(classes: 365, train: 62_500, test: 36_500, largest: 4980, smallest: 5),
        normalization: .imageNet)

    /// The long tail of nature, iNaturalist 2018; its validation images are the test.
    ///
    /// Van Horn et al. 2018, "The iNaturalist Species Classification and Detection Dataset".
    package static let iNaturalist2018 = PublishedSet(
        name: "inaturalist-2018", trainLists: ["iNaturalist18_train.txt"],
        testLists: ["iNaturalist18_val.txt", "iNaturalist18_test.txt"], validationLists: [],
        listFolders: ["", "iNaturalist18", "data_txt", "lists"],
        folders: [(listed: "train_val2018/", others: ["", "train_val/", "inat2018/train_val2018/"])],
        expected: Expected(classes: 8142, train: 437_513, test: 24_426, largest: 1000, smallest: 2),
        normalization: .iNaturalist)
}
