import Foundation
import LongTail
import Testing

/// A file that extends another and shows only what makes it different: single stages.
@Suite struct ExtendsTests {
    private let base = """
        data: { name: cifar-100 }
        stages:
          - pre-train: { epochs: 100, rate: { base: 0.2, schedule: cosine } }
          - post-train: { name: refit, smooth-head: 0.3 }

        """

    private func load(_ top: String, over base: String? = nil) throws -> Recipe {
        let folder = try RunFolder()
        try folder.write("base.yaml", base ?? self.base)
        try folder.write("top.yaml", "extends: base.yaml\n" + top)
        return try Recipe.load(folder.path("top.yaml"))
    }

    private func message(_ top: String, over base: String? = nil) -> String {
        do {
            _ = try load(top, over: base)
            return "no failure"
        } catch { return "\(error)" }
    }

    @Test("A mapping changes single stages, by kind, name or number, and leaves the rest") func changes() throws {
        let plain = try load("")
        let recipe = try load("stages: { pre-train: { rate: { base: 0.3 } }, refit: { smooth-tail: 0.2 } }\n")
        var expected = plain
        expected.stages[0].training.rate.base = 0.3
        var method = MiSLAS()
        (method.smoothHead, method.smoothTail) = (0.3, 0.2)
        expected.stages[1].method = method
        expected.name = recipe.name
        #expect(recipe == expected)
        #expect(recipe.stages[0].training.rate.schedule == .cosine)
        #expect(try load("stages: { 1: { epochs: 3 } }\n").stages[1].training.epochs == 3)
    }

    @Test("A stage that says after which one it comes is put in") func insertion() throws {
        let recipe = try load("stages: { btm: { after: pre-train, members: 4 }, refit: { epochs: 7 } }\n")
        #expect(recipe.stages.map(\.kind) == [.preTrain, .btm, .postTrain])
        #expect(recipe.stages.map(\.name) == ["pre-train", "btm", "refit"])
        #expect(recipe.stages[1].btm?.members == 4)
        #expect(recipe.stages[2].training.epochs == 7)
        let last = try load("stages: { fc: { after: refit } }\n")
        #expect(last.stages.map(\.kind) == [.preTrain, .postTrain, .fc])
    }

    @Test("Changes reach through several files, and --set comes last") func chain() throws {
        let folder = try RunFolder()
        try folder.write("a.yaml", base)
        try folder.write("b.yaml", "extends: a.yaml\nstages: { btm: { after: pre-train, members: 4 } }\n")
        try folder.write("c.yaml", "extends: b.yaml\nstages: { btm: { images-per-class: 5 } }\n")
        let recipe = try Recipe.load(folder.path("c.yaml"), overrides: ["stages.btm.epochs=2"])
        let btm = try #require(recipe.stages[1].btm)
        #expect(btm.members == 4 && btm.imagesPerClass == 5 && recipe.stages[1].training.epochs == 2)
    }

    @Test("Stages that are not there, or are two, are told with file and line")
    func problems() {
        #expect(
            message("stages: { pretrain: { epochs: 3 } }\n").hasSuffix(
                """
                top.yaml:2:11: no entry 'pretrain' in stages
                  Did you mean 'pre-train'?  There are: pre-train, refit
                """))
        #expect(
            message("stages: { btm: { after: nowhere } }\n").contains("top.yaml:2:25: no entry 'nowhere' in stages"))
        #expect(message("stages: { btm: { after: [1] } }\n").contains("after must name a stage, found a list of 1"))
        #expect(message("stages: { 2: { epochs: 3 } }\n").contains("stages has 2 entries, 0 to 1, no 2"))
        let twins = "data: { name: cifar-100 }\nstages: [fc: , fc: { name: b }]\n"
        #expect(message("stages: { fc: { epochs: 3 } }\n", over: twins).contains("several stages are 'fc'"))
        #expect(message("stages: { refit: { epoch: 3 } }\n").contains("top.yaml:2:20: unknown key 'epoch'"))
        #expect(message("stages: { refit: { after: pre-train } }\n").contains("unknown key 'refit'"))
    }

    @Test("A mapping of stages needs a recipe to change") func alone() {
        let text = message("", over: "data: { name: cifar-100 }\nstages: { fc: { epochs: 3 } }\n")
        #expect(text.contains("stages must be a list"))
    }
}
