import Foundation
import LongTail
import Testing

/// Reading, defaults, resolved form, `--set`, `extends`.
@Suite struct RecipeTests {
    private let short = "data: { name: cifar-100 }\nstages: [pre-train: , btm: , post-train: ]"

    private func failure(_ body: () throws(LongTailError) -> Void) -> String {
        do {
            try body()
            return "no failure"
        } catch { return error.description(onCommandLineOf: "longtail") }
    }

    @Test("Defaults come from kind and method") func defaults() throws {
        let recipe = try Recipe.parse(short)
        #expect(recipe.precision == .auto)
        #expect(recipe.seed == 0)
        #expect(recipe.stages.map(\.name) == ["pre-train", "btm", "post-train"])
        #expect(recipe.stages.map { type(of: $0.method).name } == ["ce", "ce", "mislas"])
        #expect(recipe.stages[0].training.rate == RateRecipe(0.1, .steps, warmup: 5, milestones: [160, 180]))
        #expect(recipe.stages[1].training.rate == RateRecipe(5e-3, .cosine))
        #expect(recipe.stages[1].btm == BTMRecipe())
        #expect(recipe.stages[0].btm == nil)
        #expect(recipe.stages[2].training.sampler == .classAware)
    }

    @Test(
        "A stage of other epochs keeps the shape of the default schedule, and never fails on a key that nobody wrote",
        arguments: [
            (1, 0, [1]), (2, 0, [1]), (5, 0, [4]), (10, 0, [8, 9]), (40, 1, [32, 36]), (100, 2, [80, 90]),
            (200, 5, [160, 180]), (400, 10, [320, 360]),
        ])
    func schedule(epochs: Int, warmup: Int, milestones: [Int]) throws {
        func rate(_ stage: String) throws -> RateRecipe {
            let recipe = try Recipe.parse("data: { name: cifar-100 }\nstages: [pre-train: { \(stage) }]")
            #expect(recipe.stages[0].training.epochs == epochs)
            #expect(try Recipe.parse(recipe.yaml) == recipe)
            return recipe.stages[0].training.rate
        }
        let expected = RateRecipe(0.1, .steps, warmup: warmup, milestones: milestones)
        #expect(try rate("epochs: \(epochs)") == expected)
        // The order of keys does not matter, and what is written holds.
        #expect(
            try rate("rate: { base: 0.2 }, epochs: \(epochs)")
                == RateRecipe(0.2, .steps, warmup: warmup, milestones: milestones))
        #expect(
            try rate("epochs: \(epochs), rate: { milestones: [3], warmup: 0 }")
                == RateRecipe(0.1, .steps, milestones: [3]))
    }

    @Test("Epochs that are none are told once; the other stages' schedules have nothing to scale") func noEpochs()
        throws
    {
        for epochs in ["0", "many", "-1", "99999999999999999999"] {
            let text = failure { () throws(LongTailError) in
                _ = try Recipe.parse("data: { name: cifar-100 }\nstages: [pre-train: { epochs: \(epochs) }]")
            }
            #expect(text.split(separator: "\n").count { $0.contains("epochs") } == 1, "\(text)")
            #expect(!text.contains("warmup"))
        }
        let long = try Recipe.parse("data: { name: cifar-100 }\nstages: [btm: { epochs: 300 }, fc: { epochs: 7 }]")
        #expect(long.stages.map(\.training.rate) == [RateRecipe(5e-3, .cosine), RateRecipe(0.1, .cosine)])
        let set = try Recipe.parse(
            "data: { name: cifar-100 }\nstages: [pre-train: ]", overrides: ["stages.pre-train.epochs=20"])
        #expect(set.stages[0].training.rate == RateRecipe(0.1, .steps, milestones: [16, 18]))
    }

    @Test("What is written holds over what the method and the kind say") func written() throws {
        let recipe = try Recipe.parse(
            "data: { name: cifar-100 }\nstages: [post-train: { sampler: shuffled, method: crt, rate: { base: 0.3 } }]")
        #expect(recipe.stages[0].training.sampler == .shuffled)
        #expect(recipe.stages[0].training.batchNorm == .shift)
        #expect(recipe.stages[0].training.rate == RateRecipe(0.3, .cosine))
        #expect(recipe.stages[0].method is CRT)
    }

    @Test("The resolved recipe is stable text that reads back as the same recipe") func resolved() throws {
        let recipe = try Recipe.parse(short, overrides: ["name=\"1: # 'odd'\\u2028\"", "name=odd-1"])
        #expect(try Recipe.parse(recipe.yaml) == recipe)
        #expect(try Recipe.parse(recipe.yaml).yaml == recipe.yaml)
        #expect(
            recipe.yaml.hasPrefix(
                """
                name: odd-1
                data:
                  name: cifar-100
                  classes: null
                  images-per-class: null
                  test-images-per-class: null
                  imbalance: 1.0
                  profile: exponential
                  selection: first
                  validation: 0
                  image-size: 224
                  crop-share: 0.875
                  crop-mode: center
                  crop-rounding: even
                  interpolation: bilinear
                  mean: [0.4914, 0.4822, 0.4465]
                  std: [0.2023, 0.1994, 0.201]
                  augmentation:
                    - random-crop:
                        size: null
                        padding: 4
                    - flip
                  preparation: []
                  decoding: exact
                  exif-orientation: turn
                  max-megapixels: 64
                  broken-images: stop
                  cache: 512
                  root: null
                  train: null
                  test: null
                  validation-list: null
                  columns: null
                  crop-boxes: false
                  class-names: null
                  class-order: null
                  test-fraction: 0.2
                  split-salt: ""
                network:
                  name: resnet32
                  classifier: linear
                  checkpoint: null
                  weights: null
                  weights-key: null
                seed: 0
                precision: auto
                evaluation:
                  groups: rule
                  many: null
                  medium: null
                  worst: 10
                  batch-size: 500
                  precision: auto
                stages:
                  - pre-train:
                      name: pre-train
                      from: null
                      method: ce
                      epochs: 200
                      batch-size: 128
                      shards: 1
                      rate:
                        base: 0.1
                        schedule: steps
                        unit: epoch
                        warmup: 5
                        warmup-from: null
                        warmup-to: null
                        milestones: [160, 180]
                        factor: 0.1

                """))
    }

    @Test(
        "Any text survives being written and read",
        arguments: [
            "null", "~", "yes", "true", "5", "1e3", "a: b", "# x", "'", "\"", "\\", "a\nb", "\t", " x ", "é😀",
            "\u{85}\u{2028}", "", "*a",
            "&a", "!x", "%", "@", "`", "-", "- a", "[", "{", "|", ">", "?", "\u{1F}",
        ]) func texts(text: String) throws
    {
        var recipe = try Recipe.parse(short)
        recipe.network.checkpoint = text
        #expect(try Recipe.parse(recipe.yaml).network.checkpoint == text)
    }

    @Test("--set replaces a value by path, stage number, kind or name") func overrides() throws {
        let text = """
            data: { name: cifar-100 }
            stages:
              - btm: { members: 3 }
              - btm: { name: second }
              - post-train:
            """
        let recipe = try Recipe.parse(
            text,
            overrides: [
                "data.imbalance=50", "seed=18446744073709551615", "stages.0.members=4", "stages.second.members=5",
                "stages.post-train.smooth-tail=0.0", "stages.1.btm.rate.base=1e-3", "evaluation.worst=3",
                "stages.post-train.rate={ schedule: steps, milestones: [2, 4] }", "network.checkpoint=a=b.pth",
            ])
        #expect(recipe.data.imbalance == 50)
        #expect(recipe.seed == .max)
        #expect(recipe.stages[0].btm?.members == 4)
        #expect(recipe.stages[1].btm?.members == 5)
        #expect((recipe.stages[2].method as? MiSLAS)?.smoothTail == 0)
        #expect(recipe.stages[1].training.rate == RateRecipe(1e-3, .cosine))
        #expect(recipe.stages[2].training.rate == RateRecipe(0.1, .steps, milestones: [2, 4]))
        #expect(recipe.evaluation.worst == 3)
        #expect(recipe.network.checkpoint == "a=b.pth")
    }

    @Test(
        "A wrong --set names the option",
        arguments: [
            (
                "data.imbalanse=50",
                "--set data.imbalanse=50: unknown key 'imbalanse' in data\n  Did you mean 'imbalance'?"
            ),
            ("dta.imbalance=50", "--set dta.imbalance=50: unknown key 'dta' in the recipe\n  Did you mean 'data'?"),
            ("data.imbalance=x", "--set data.imbalance=x: data.imbalance must be a number, found x"),
            ("stages.7.members=4", "--set stages.7.members=4: stages has 3 entries, 0 to 2, no 7"),
            ("stages.-1.members=4", "--set stages.-1.members=4: stages has 3 entries, 0 to 2, no -1"),
            ("stages.bmt.members=4", "--set stages.bmt.members=4: no entry 'bmt' in stages\n  Did you mean 'btm'?"),
            ("stages.1.members=0", "--set stages.1.members=0: stages[1].btm.members must be from 1 to 1000, found 0"),
            ("seed.x=1", "--set seed.x=1: seed is a value (7), it has no key 'x'"),
            ("seed", "--set seed: no '=' in it"),
            ("=5", "--set =5: the key before '=' is not complete"),
            ("data..x=5", "--set data..x=5: the key before '=' is not complete"),
            ("seed=[1", "--set seed=[1: not YAML"),
        ]) func wrongOverride(option: String, message: String)
    {
        let text = failure { () throws(LongTailError) in _ = try Recipe.parse(short + "\nseed: 7", overrides: [option])
        }
        #expect(text.hasPrefix(message), "\(text)")
    }

    @Test("A kind that two stages share needs a number") func ambiguous() {
        let text = failure { () throws(LongTailError) in
            _ = try Recipe.parse(
                "data: { name: cifar-100 }\nstages: [btm: , btm: { name: b }]", overrides: ["stages.btm.members=4"])
        }
        #expect(text == "--set stages.btm.members=4: several stages are 'btm'\n  Use the number of one: 0, 1.")
    }

    @Test("A recipe extends another: mappings merge, stages are replaced") func extends() throws {
        let folder = try RunFolder()
        try folder.write(
            "base.yaml", "data: { name: cifar-100, imbalance: 100 }\nseed: 5\nstages: [pre-train: , btm: ]\n")
        try folder.write(
            "sub/top.yaml", "extends: ../base.yaml\ndata: { imbalance: 10 }\nstages: [fc: { epochs: 3 }]\n")
        let recipe = try Recipe.load(folder.path("sub/top.yaml"))
        #expect(recipe.data.name == .cifar100)
        #expect(recipe.data.imbalance == 10)
        #expect(recipe.seed == 5)
        #expect(recipe.stages.map(\.kind) == [.fc])
        #expect(recipe.name == "sub-top")
    }

    @Test("A problem in an extended file is told with that file's place") func extendsProblem() throws {
        let folder = try RunFolder()
        try folder.write("base.yaml", "data: { name: cifar-100, imbalance: x }\nstages: [fc: ]\n")
        try folder.write("top.yaml", "extends: base.yaml\nseed: y\n")
        let text = failure { () throws(LongTailError) in _ = try Recipe.load(folder.path("top.yaml")) }
        #expect(text.contains("base.yaml:1:37: data.imbalance must be a number, found x"))
        #expect(text.contains("top.yaml:2:7: seed must be a whole number"))
    }

    @Test("Circles, missing files, folders, other encodings and huge files are refused") func files() throws {
        let folder = try RunFolder()
        try folder.write("a.yaml", "extends: b.yaml\n")
        try folder.write("b.yaml", "extends: ./a.yaml\n")
        try folder.write("c.yaml", "extends: nowhere.yaml\n")
        try folder.write("d.yaml", "extends: [1]\n")
        try folder.write("huge.yaml", String(repeating: "#", count: 300_000))
        try folder.write("empty.yaml", "")
        try Data([0x61, 0x3A, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: folder.path("latin.yaml")))
        func load(_ name: String) -> String {
            failure { () throws(LongTailError) in _ = try Recipe.load(folder.path(name)) }
        }
        #expect(load("a.yaml").contains("recipes extend each other in a circle"))
        #expect(
            load("c.yaml").contains("c.yaml:1:10: extends: ") && load("c.yaml").contains("nowhere.yaml: no such recipe")
        )
        #expect(load("d.yaml").contains("extends must be the name of a recipe file, found a list of 1"))
        #expect(load("huge.yaml").contains("larger than 256 KiB"))
        #expect(load("empty.yaml").contains("the recipe is empty"))
        #expect(load("latin.yaml").contains("not text in UTF-8"))
        #expect(load("hugr.yaml").contains("Did you mean") && load("hugr.yaml").contains("huge.yaml"))
        #expect(load(".").contains("cannot be read as a recipe"))
    }

    @Test("A program's recipe is checked like a file") func check() {
        var recipe = Recipe()
        #expect(failure { () throws(LongTailError) in try recipe.check() }.contains("the recipe: stages is empty"))
        recipe.stages = [StageRecipe(.btm)]
        recipe.stages[0].btm?.members = 0
        #expect(
            failure { () throws(LongTailError) in try recipe.check() }.contains(
                "stages[0].btm.members must be from 1 to 1000"))
    }

    @Test("The documentation of the keys has every key of the resolved recipe") func keys() throws {
        let text = RecipeKeys.text
        let recipe = try Recipe.parse(short)
        for line in recipe.yaml.split(separator: "\n") {
            let key = line.drop { " -".contains($0) }.prefix { $0 != ":" }
            #expect(text.contains("\(key):") || text.contains("'\(key)':"), "\(key)")
        }
        #expect(text.contains("epochs: a whole number from 1 to 100000 (default: 200)"))
        #expect(text.contains("weight-decay: a number from 0.0 to 1.0 (default: 0.0005)"))
        #expect(text.contains("The method 'mislas':"))
    }
}
