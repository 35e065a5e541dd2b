import LongTailBasics

extension CIFAR.Variant {
    /// 10 or 100.
    public var classCount: Int { self == .cifar10 ? 10 : 100 }

    /// The folder inside the published archive.
    public var folder: String { self == .cifar10 ? "cifar-10-batches-bin" : "cifar-100-binary" }

    var namesFile: String { self == .cifar10 ? "batches.meta.txt" : "fine_label_names.txt" }

    var labelBytes: Int { self == .cifar10 ? 1 : 2 }

    func files(_ split: DataSplit) -> [String] {
        switch (self, split) {
        case (.cifar10, .train): (1...5).map { "data_batch_\($0).bin" }
        case (.cifar10, .test): ["test_batch.bin"]
        case (.cifar100, .train): ["train.bin"]
        case (.cifar100, .test): ["test.bin"]
        }
    }

    func recordsPerFile(_ split: DataSplit) -> Int { self == .cifar100 && split == .train ? 50_000 : 10_000 }

    func remedy(_ root: String) -> String {
        "Point \(Wording.option("data")) at the folder that holds \(folder), or run: \(Wording.command("data get \(rawValue)"))"
    }

    /// The published class names, in label order.
    var classNames: [String] {
        let words =
            self == .cifar10
            ? "airplane automobile bird cat deer dog frog horse ship truck"
            : """
            apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
            castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
            elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard
            lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear
            pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal
            shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank
            telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
            """
        return words.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
