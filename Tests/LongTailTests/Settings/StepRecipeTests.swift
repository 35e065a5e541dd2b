import LongTail
import Testing

/// The lists of steps in `data`.
@Suite struct StepRecipeTests {
    private func data(_ keys: String, name: String = "folder") throws(LongTailError) -> DataRecipe {
        try Recipe.parse("data: { name: \(name), \(keys) }\nstages: [fc: ]", file: "mine.yaml").data
    }

    private func message(_ keys: String, name: String = "cifar-100") -> String {
        do {
            _ = try data(keys, name: name)
            return "no failure"
        } catch { return error.description }
    }

    @Test("Photographs have the usual steps, in proportion to the network's input") func standard() throws {
        let usual = try data("cache: 0")
        #expect(
            usual.augmentation?.map(\.step).elementsEqual(
                [RandomResizedCrop(224), RandomHorizontalFlip(), ColorJitter()] as [any TransformStep],
                by: { $0.isSame(as: $1) }) == true)
        #expect(usual.evaluationTransform == Transform([Resize(256), CenterCrop(224)]))
        #expect(try data("image-size: 32").evaluationTransform == Transform([Resize(36), CenterCrop(32)]))
        #expect(try data("imbalance: 10", name: "cifar-100").evaluationTransform == Transform())
    }

    @Test("A step is a word, a word with its first key's value, or a word with keys") func forms() throws {
        let keys = """
            augmentation: [random-resized-crop: 96, {random-apply: {probability: 0.8, steps: [{color-jitter: {hue: 0.1}}]}}, \
            {random-grayscale: }, flip, cutout: 8]
            """
        var crop = RandomResizedCrop(96)
        let steps = try data(keys).augmentation?.map(\.step) ?? []
        let wanted: [any TransformStep] = [
            crop, RandomApply(0.8, [ColorJitter(0.4, 0.4, 0.4, hue: 0.1)]), RandomGrayscale(), RandomHorizontalFlip(),
        ]
        #expect(steps.count == 5 && zip(steps, wanted).allSatisfy { $0.isSame(as: $1) })
        crop.size = 97
        #expect(!steps[0].isSame(as: crop))
        let recipe = try Recipe.parse("data: { name: folder, \(keys) }\nstages: [fc: ]")
        #expect(try Recipe.parse(recipe.yaml) == recipe)
    }

    @Test("What is wrong with a step is told at its place") func wrong() {
        #expect(
            message("augmentation: [flipp]").hasPrefix(
                "mine.yaml:1:41: data.augmentation[0] cannot be 'flipp'\n  Did you mean 'flip'?  Choices: "))
        #expect(
            message("augmentation: [random-crop: { pading: 4 }]").contains(
                "unknown key 'pading' in data.augmentation[0].random-crop\n  Did you mean 'padding'?  Known keys: padding, size"
            ))
        #expect(
            message("preparation: [resize: small]").contains(
                "data.preparation[0].resize must be a whole number, found small"))
        #expect(
            message("preparation: [resize: 0]").contains("data.preparation[0].resize must be from 1 to 8192, found 0"))
        #expect(message("augmentation: [gaussian-blurr: 3]").contains("Did you mean 'gaussian-blur'?"))
        #expect(message("augmentation: [[flip]]").contains("must be a step"))
        #expect(
            message("augmentation: [random-crop: 99]").contains("data.augmentation does not work: the step random-crop")
        )
        #expect(
            message("preparation: [resize: 64]", name: "folder").contains("have different sizes and stay different"))
        #expect(message("broken-images: ignore").contains("Choices: stop, skip"))
    }
}
