/// Recipes that need no file: their names stand where a path may stand.
public enum BuiltInRecipes {
    public static let names = ["folder", "folder-train"]

    /// The first line of a recipe, which says what it is.
    public static func heading(of name: String) -> String {
        String((text(name) ?? "").prefix { $0 != "\n" }.drop { "# ".contains($0) })
    }

    /// The text of a recipe; nil when there is none of that name.
    public static func text(_ name: String) -> String? { ["folder": folder, "folder-train": folderTrain][name] }

    /// What both recipes do with a network that is trained.
    private static let mending = """
          - btm:
              method: ce
              members: 10
              images-per-class: 10
              short-classes: keep
              merge: average
              buffers: average
              epochs: 30
              batch-size: 64
              rate: { base: 1e-3, schedule: cosine }
              momentum: 0.9
              weight-decay: 5e-4
              mixup: 0.2
              trains: all
          - post-train:
              method: mislas
              epochs: 10
              batch-size: 64
              rate: { base: 0.1, schedule: cosine }
              momentum: 0.9
              weight-decay: 5e-4
              smooth-head: 0.3
              smooth-tail: 0
              shape: concave
              classifier-factor: 0.05
              batch-norm: shift
        """

    private static let folder = """
        # Balanced training and merging for a folder of pictures and a network that is already trained.
        #
        # Paper:    Yu, Du and Wu 2024, "Reviving Undersampling for Long-Tailed Learning"; the settings are those for
        #           ImageNet-LT on a ResNet-50 (BTM: 30 epochs, rate 1e-3, mixup 0.2; post-training as MiSLAS).
        # Command:  longtail btm --checkpoint model.pth --data PHOTOS --output better.safetensors
        #
        # Where this differs from the paper's runs:
        #   - batches of 64 instead of 256, for machines without a large GPU;
        #   - every value can be replaced, as in --set stages.btm.members=5; `network` is found in the checkpoint, and how it
        #     wants its pictures in the config.json beside it;
        #   - transformers and ConvNeXts are trained by AdamW, with rates that fall from layer to layer.
        data: { name: folder, image-size: 224 }
        network: { name: resnet50, classifier: linear }
        seed: 0
        stages:
        \(mending)
        """

    private static let folderTrain = """
        # From a folder of pictures to a long-tailed classifier: pre-training with a fresh classifier, balanced training and
        # merging, post-training.
        #
        # Paper:    Yu, Du and Wu 2024, "Reviving Undersampling for Long-Tailed Learning"; BTM and post-training as in the
        #           recipe folder. Pre-training: the whole network at a rate for weights that know pictures already.
        # Command:  longtail train PHOTOS --weights resnet50.pth
        #
        # Where this differs from the paper's runs:
        #   - pre-training begins from a body that others have trained (--weights; the network is found in the file), for 30
        #     epochs at 0.01, and not from nothing; with --from-scratch for 90 epochs at 0.1;
        #   - batches of 64 instead of 256, for machines without a large GPU;
        #   - transformers and ConvNeXts are trained by AdamW, with rates that fall from layer to layer.
        data: { name: folder, image-size: 224 }
        network: { name: resnet18, classifier: linear }
        seed: 0
        stages:
          - pre-train:
              method: ce
              epochs: 30
              batch-size: 64
              rate: { base: 0.01, schedule: cosine, warmup: 3 }
              momentum: 0.9
              weight-decay: 5e-4
              mixup: 0.2
        \(mending)
        """
}
