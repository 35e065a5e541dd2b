import LongTailVision

// What images go through on each data set, unless the recipe says otherwise.
extension DataRecipe {
    /// Whether the images are photographs of any size.
    var isPhotographs: Bool { name.isListed || name.source.map { $0.nativeSize == nil } ?? false }

    /// The sides of every image, where all have the same.
    package var nativeSize: ImageSize? {
        name.source?.nativeSize ?? (isPhotographs ? nil : ImageSize(side: 32))
    }

    /// What training images usually go through.
    ///
    /// CIFAR in all of the field's code: crop with padding 4, flip. Photographs in MiSLAS and BTM: random resized crop,
    /// flip, colour jitter.
    var standardAugmentation: [StepRecipe] {
        isPhotographs
            ? [
                StepRecipe(RandomResizedCrop(imageSize, interpolation)), StepRecipe(RandomHorizontalFlip()),
                StepRecipe(ColorJitter()),
            ]
            : [StepRecipe(RandomCrop(padding: 4)), StepRecipe(RandomHorizontalFlip())]
    }

    /// What images to evaluate on usually go through.
    ///
    /// CIFAR: the image as it is. Photographs: the shorter side to 256, the middle 224 pixels, or, rounded down as timm does, in the
    /// proportion of `cropShare`.
    var standardPreparation: [StepRecipe] {
        guard isPhotographs else { return [] }
        let side = Int(Double(imageSize) / cropShare)
        let resize = Resize(side, interpolation, squashes: cropMode == .squash)
        return [StepRecipe(resize), StepRecipe(CenterCrop(imageSize, rounding: cropRounding))]
    }

    /// Whether photographs to evaluate on go through the standard steps.
    package var preparesAsUsual: Bool {
        isPhotographs && (preparation == nil || preparation == standardPreparation)
    }

    /// What a training image goes through, unless a stage says otherwise.
    package var trainingTransform: Transform { Transform(augmentation ?? standardAugmentation, decoding: decoding) }

    /// What an image to evaluate on goes through.
    public var evaluationTransform: Transform { Transform(preparation ?? standardPreparation) }

    /// How files are read, for training, evaluation and prediction alike.
    package var reading: ImageReading { ImageReading(orientation: exifOrientation, maxMegapixels: maxMegapixels) }

    /// What becomes of a stage's images.
    package func pictures(_ stage: TrainingRecipe) -> ImageTreatment {
        let transform = stage.augmentation.map { Transform($0, decoding: decoding) } ?? trainingTransform
        return ImageTreatment(transform: transform, broken: brokenImages, cacheBytes: cache << 20)
    }
}
