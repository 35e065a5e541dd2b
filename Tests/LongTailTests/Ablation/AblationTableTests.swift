import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Which runs the paper's ablations are made of.
@Suite struct AblationTableTests {
    private func recipe(_ stages: String, network: String = "checkpoint: m.pth") throws(LongTailError) -> Recipe {
        try Recipe.parse("data: { name: cifar-100 }\nnetwork: { \(network) }\nstages: [\(stages)]")
    }

    private let three = "fc: { mixup: 0.2 }, btm: { members: 3, from: fc }, post-train: { method: gml, from: btm }"

    private func stages(_ variant: AblationTable.Variant) -> [String] { variant.recipe.stages.map(\.name) }

    @Test("Table 5 is stage 1, the stages before, post-training alone, every member, merged, post-trained") func five()
        throws
    {
        let variants = try AblationTable.stages.variants(of: recipe(three))
        #expect(variants.map(stages) == [["fc", "post-train"], ["fc", "btm", "post-train"]])
        #expect(
            variants.flatMap { $0.rows.map(\.label) } == [
                "stage 1", "fc", "stage 2 (post-training alone)", "member 1", "member 2", "member 3", "merged",
                "merged and post-trained",
            ])
        #expect(variants[0].rows.map(\.model) == ["start", "fc", "post-train"])
        #expect(variants[1].rows.map(\.model).suffix(3) == ["btm-member-3", "btm", "post-train"])
        for variant in variants {
            #expect(variant.recipe.conflicts().isEmpty, "\(variant.recipe.conflicts())")
            #expect(variant.recipe.stages[0].training.mixup == 0.2)
            #expect(variant.recipe.stages.last?.method.isSame(as: GML()) == true)
        }
        #expect(variants[1].recipe.stages[1].btm?.keepMembers == true)
    }

    @Test("Tables 6 to 8 change one thing each: the way to merge, number and size of subsets, place and part")
    func others() throws {
        let recipe = try recipe(three)
        let merging = try AblationTable.merging.variants(of: recipe)
        #expect(merging.map { $0.recipe.stages[1].btm?.merge } == MergeStrategy.allCases)
        #expect(merging.allSatisfy { $0.rows.map(\.model) == ["btm", "post-train"] })
        let subsets = try AblationTable.subsets.variants(of: recipe)
        #expect(subsets.map { $0.recipe.stages[1].btm?.members } == [2, 4, 8, 10, 20, 10, 10])
        #expect(subsets.map { $0.recipe.stages[1].btm?.imagesPerClass } == [10, 10, 10, 10, 10, 5, 20])
        let placement = try AblationTable.placement.variants(of: recipe)
        #expect(
            placement.map(stages)
                == Array(repeating: ["fc", "btm", "post-train"], count: 3)
                + Array(repeating: ["fc", "post-train", "btm"], count: 3))
        #expect(
            placement.map { $0.recipe.stages.first { $0.kind == .btm }?.training.trains } == [
                .all, .backbone, .classifier, .all, .backbone, .classifier,
            ])
        // The row is the last model of its run, and runs of all tables can lie in one folder.
        #expect(placement.allSatisfy { $0.rows.map(\.model) == [$0.recipe.stages.last?.name] })
        let names = try AblationTable.allCases.flatMap { try $0.variants(of: recipe) }
        for variant in names {
            #expect(names.filter { $0.name == variant.name }.allSatisfy { $0.recipe == variant.recipe })
        }
    }

    @Test("What has not the two stages at its end, or no trained model, is refused by name") func refused() throws {
        func problem(_ recipe: Recipe) -> String? {
            do throws(LongTailError) {
                _ = try AblationTable.stages.variants(of: recipe)
                return nil
            } catch { return error.problem }
        }
        #expect(problem(try recipe("btm: {}"))?.contains("one btm and one post-train stage") == true)
        #expect(problem(try recipe(three, network: "name: resnet32"))?.contains("and a trained model") == true)
        #expect(
            problem(try recipe("btm: {}, fc: { name: late }, post-train: {}"))?.contains("the stage 'late'") == true)
    }
}
