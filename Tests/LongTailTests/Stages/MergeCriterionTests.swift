import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct MergeCriterionTests {
    @Test("A member of several subsets trains on their union, each image once; members share no subset")
    func union() throws {
        var recipe = Recipe()
        recipe.data.name = .glyphs
        (recipe.data.classes, recipe.data.imagesPerClass, recipe.data.imbalance) = (4, 12, 3)
        var btm = BTMRecipe()
        (btm.imagesPerClass, btm.subsetsPerMember) = (5, 2)
        let data = try TrainingData(recipe.data, root: nil, seed: 3)
        recipe.seed = 3
        let criterion = MergeCriterion(
            recipe: recipe, stage: StageRecipe(.btm), btm: btm, data: data, members: [0, 1])
        func subset(_ member: Int) throws -> Set<Int> {
            Set(
                try BalancedSubset.draw(
                    labels: data.dataset.labels, names: data.counts.names, imagesPerClass: 5, member: member, seed: 3
                ).indices)
        }
        for member in 0...1 {
            let images = try criterion.subset(member)
            #expect(Set(images) == (try subset(2 * member)).union(try subset(2 * member + 1)))
            #expect(images.count == Set(images).count)
            #expect(images.count > 20 - 1)
        }
        #expect(try criterion.subset(0) != criterion.subset(1))
    }
}
