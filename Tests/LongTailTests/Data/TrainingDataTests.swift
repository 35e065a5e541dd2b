import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct TrainingDataTests {
    private func data(_ keys: String = "", seed: Int = 0) throws(LongTailError) -> TrainingData {
        try tinyData(tinyRecipe("[fc: ]", seed: seed, data: keys))
    }

    private func identities(_ dataset: any Dataset) -> [String] { (0..<dataset.count).map { dataset.identity(of: $0) } }

    @Test("The profile's counts are kept, the first images of each class in record order") func profile() throws {
        let data = try data()
        #expect(data.counts.counts == [8, 5, 4])
        #expect(data.counts.names == ["glyph-000", "glyph-001", "glyph-002"])
        #expect(data.validation.count == 0)
        #expect(identities(data.dataset)[8] == "glyph-001/train/00000")
    }

    @Test("Validation images are kept apart from those trained on") func validation() throws {
        let data = try data(", validation: 2")
        let (trained, kept) = (Set(identities(data.dataset)), Set(identities(data.validation)))
        #expect(kept.count == 6 && trained.count == data.counts.total)
        #expect(trained.isDisjoint(with: kept))
        #expect(trained.union(kept) == Set(identities(try self.data().dataset)))
        #expect((0..<3).allSatisfy { label in data.validation.labels.count { $0 == label } == 2 })
    }

    @Test("The list's hash tells other images from the same ones") func hash() throws {
        let first = try data()
        #expect(try data().listHash == first.listHash)
        #expect(try data(seed: 1).listHash == first.listHash)
        #expect(try data(", validation: 1").listHash != first.listHash)
        #expect(try data(", selection: seeded").listHash != data(", selection: seeded", seed: 1).listHash)
        #expect(first.listHash.count == 64)
    }

    @Test("A data set on disk needs a folder") func folder() throws {
        var recipe = DataRecipe()
        recipe.name = .cifar10
        let refused = mergingFailure { () throws(LongTailError) in _ = try TrainingData(recipe, root: nil, seed: 0) }
        #expect(
            refused?.description(onCommandLineOf: "longtail")
                == "the data set cifar-10 needs a folder\n  Name it with --data FOLDER.")
        // Who has no command line is not sent to one.
        #expect(refused?.remedy == "Name it with 'data' FOLDER.")
    }

    @Test("The test split is balanced and shares no image with the training split") func test() throws {
        let recipe = try tinyRecipe("[fc: ]")
        let test = try TestSplit.open(recipe.data, root: nil)
        #expect(test.labels == [0, 0, 1, 1, 2, 2])
        #expect(Set(identities(test)).isDisjoint(with: identities(try data().dataset)))
    }
}
