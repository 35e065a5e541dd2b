import Foundation
import LongTail
import Testing

/// What a user reads when a recipe is wrong; whole texts.
@Suite struct RecipeErrorsTests {
    private let sets = DataRecipe.Name.allCases.map(\.rawValue).joined(separator: ", ")

    private func message(_ text: String, _ overrides: [String] = []) -> String {
        do {
            _ = try Recipe.parse(text, file: "mine.yaml", overrides: overrides)
            return "no failure"
        } catch { return error.description }
    }

    @Test("A misspelt key gets its place, the nearest right one and the known ones") func misspelt() {
        let text = """
            data: { name: cifar-100 }
            stages:
              - fc:
              - btm: { members: 4, image-per-class: 5 }
            """
        #expect(
            message(text) == """
                mine.yaml:4:24: unknown key 'image-per-class' in stages[1].btm
                  Did you mean 'images-per-class'?  Known keys: adapters, augmentation, average, average-decay, average-from, batch-norm, batch-size, betas, buffers, clip, \
                decays, drop-last, drop-path, epochs, from, images-per-class, images-per-draw, keep-members, layer-decay, \
                members, merge, method, mixup, momentum, name, nesterov, optimizer, rate, recompute, sam, sampler, shards, short-classes, \
                subsets-per-member, trains, weight-decay
                """)
    }

    @Test("A wrong type says what was found") func wrongType() {
        #expect(
            message("data: { name: cifar-100 }\nstages: [{ btm: { members: many } }]")
                == "mine.yaml:2:28: stages[0].btm.members must be a whole number, found many")
        #expect(
            message("data: { name: cifar-100, imbalance: '50' }\nstages: [fc: {}]")
                == "mine.yaml:1:37: data.imbalance must be a number, found '50'")
        #expect(
            message("data: [cifar-100]\nstages: [fc: {}]")
                == "mine.yaml:1:7: data must be a mapping of keys, found a list of 1")
        #expect(
            message("data: { name: cifar-100 }\nstages: [fc: { nesterov: yes }]")
                == "mine.yaml:2:26: stages[0].fc.nesterov must be true or false, found yes")
        #expect(
            message("data: { name: cifar-100 }\nstages: [fc: { rate: { milestones: [1, two] } }]")
                == "mine.yaml:2:40: stages[0].fc.rate.milestones[1] must be a whole number, found two")
    }

    @Test("A number outside its range says the range", arguments: ["0", "1001", "-3"]) func range(value: String) {
        #expect(
            message("data: { name: cifar-100 }\nstages: [{ btm: { members: \(value) } }]")
                == "mine.yaml:2:28: stages[0].btm.members must be from 1 to 1000, found \(value)")
    }

    @Test("Numbers that are none are refused", arguments: [".inf", "nan", "1e999", "0x10", "1e-400000x", ""])
    func notFinite(value: String) {
        let text = message("data: { name: cifar-100, imbalance: \(value) }\nstages: [fc: {}]")
        #expect(text.hasPrefix("mine.yaml:1:"))
        #expect(text.contains("data.imbalance must be a number, found"))
    }

    @Test("A number too large for the machine is a wrong type, not a trap") func overflow() {
        #expect(
            message("data: { name: cifar-100 }\nseed: 99999999999999999999\nstages: [fc: {}]")
                == "mine.yaml:2:7: seed must be a whole number from 0 to 18446744073709551615, found 99999999999999999999"
        )
    }

    @Test("A closed choice lists its words") func choice() {
        #expect(
            message("data: { name: cifar100 }\nstages: [fc: {}]") == """
                mine.yaml:1:15: data.name cannot be 'cifar100'
                  Did you mean 'cifar-100'?  Choices: \(sets)
                """)
        #expect(
            message("data: { name: cifar-10 }\nstages: [post-train: { method: mislass }]") == """
                mine.yaml:2:32: stages[0].post-train.method cannot be 'mislass'
                  Did you mean 'mislas'?  Choices: \(Methods.names.joined(separator: ", "))
                """)
    }

    @Test("A tab in the indentation is called a tab") func tab() {
        #expect(
            message("data:\n\tname: cifar-100\n") == """
                mine.yaml:2:1: a tab in the indentation
                  YAML indents with spaces: two a level.
                """)
    }

    @Test("Several problems are told at once, in the file's order") func several() {
        let text = """
            data: { name: cifar-100, imbalanse: 50 }
            network: { name: resnet31 }
            stages:
              - pretrain: { epochs: 200 }
              - btm: { members: 0 }
            sead: 1
            """
        #expect(
            message(text) == """
                mine.yaml:1:26: unknown key 'imbalanse' in data
                  Did you mean 'imbalance'?  Known keys: \(DataRecipe.fields.map(\.name).sorted().joined(separator: ", "))
                mine.yaml:2:18: network.name cannot be 'resnet31'
                  Did you mean 'resnet32'?  Choices: resnet32, resnet34, resnet20, resnet44, resnet56, resnet110, resnet18, resnet50, resnet101, \
                resnet34d, resnet152, resnet18d and 156 more
                mine.yaml:4:5: unknown key 'pretrain' in stages[0]
                  Did you mean 'pre-train'?  Known keys: btm, fc, post-train, pre-train
                mine.yaml:5:21: stages[1].btm.members must be from 1 to 1000, found 0
                mine.yaml:6:1: unknown key 'sead' in the recipe
                  Did you mean 'seed'?  Known keys: data, evaluation, name, network, precision, seed, stages
                """)
    }

    @Test("A missing key says what it is") func missing() {
        #expect(
            message("data: { imbalance: 10 }\n") == """
                mine.yaml:1:1: 'stages' is missing in the recipe
                  'stages' is the list of stages, each one of pre-train, fc, btm, post-train.
                mine.yaml:1:7: 'name' is missing in data
                  'name' is the data set: \(sets).
                """)
    }

    @Test("A key that stands twice is refused") func duplicate() {
        let text = message("data: { name: cifar-100 }\nstages:\n  - btm:\n      members: 4\n      members: 5\n")
        #expect(text.hasPrefix("mine.yaml:4:7: "))
        #expect(text.contains("the same key stands twice in one mapping: 'members'"))
    }

    @Test("Rules between values name the value") func conflicts() {
        func stage(_ text: String) -> String { message("data: { name: cifar-100 }\nstages:\n  - \(text)\n") }
        #expect(
            stage("post-train: { smooth-head: 0.1, smooth-tail: 0.2 }")
                == "mine.yaml:3:50: stages[0].post-train.smooth-tail must not exceed smooth-head (0.1), found 0.2")
        #expect(
            stage("pre-train: { epochs: 3, rate: { warmup: 5 } }") == """
                mine.yaml:3:45: stages[0].pre-train.rate.warmup must be smaller than epochs (3), found 5
                  Shorten the warm-up (0 is none), or train longer.
                """)
        #expect(stage("fc: { rate: { warmup-from: 0.3 } }").contains("warmup-from needs a warm-up"))
        #expect(stage("fc: { epochs: 9, rate: { warmup: 3, warmup-from: 2 } }").contains("rate.warmup-from must be"))
        #expect(
            stage("fc: { augmentation: [{ random-crop: { size: 99 } }] }").contains(
                "stages[0].fc.augmentation does not work"))
        #expect(stage("fc: { rate: { milestones: [5, 5] } }").contains("must rise from entry to entry, found [5, 5]"))
        #expect(stage("fc: { rate: { milestones: [0, 5] } }").contains("must be epochs from 1 on, found 0"))
        #expect(
            stage("fc: { rate: { milestones: [5, 100001] } }").contains("must be epochs up to 100000, found 100001"))
        #expect(stage("fc: { rate: { schedule: steps } }").contains("must name an epoch when the schedule is steps"))
        #expect(stage("fc: { nesterov: true, momentum: 0 }").contains("stages[0].fc.nesterov needs a momentum above 0"))
        #expect(stage("fc: { name: a/b }").contains("is 'a/b', which is no name for a folder"))
        #expect(stage("fc: {}\n  - fc: {}").contains("stages[1].fc.name is 'fc', like an earlier stage's"))
        #expect(stage("fc: {}\n  - fc: { name: FC }").contains("stages[1].fc.name is 'FC', like an earlier stage's"))
        // Each of these overwrote a file of the run before it was refused.
        #expect(
            stage("fc: { name: resume }").contains("fc.name is 'resume', the name of what a killed run goes on from"))
        #expect(
            stage("fc: { name: start }").contains("fc.name is 'start', the name of the model that a run begins with"))
        for order in ["btm: {}\n  - fc: { name: btm-member-1 }", "fc: { name: BTM-member-2 }\n  - btm: {}"] {
            #expect(stage(order).contains(", the name of a member of stage btm\n  Give the stage a name of its own"))
        }
        #expect(!stage("fc: { name: btm-member-x }\n  - btm: {}").contains("the name of"))
        #expect(message("data: { name: cifar-100 }\nstages: []").contains("stages is empty"))
        #expect(
            message("data: { name: cifar-100, classes: 5 }\nstages: [fc: ]").contains("data.classes is only for glyphs")
        )
        #expect(
            message("data: { name: glyphs }\nevaluation: { groups: fixed }\nstages: [fc: ]")
                .hasPrefix("mine.yaml:2:23: evaluation.groups is fixed, which needs 'many' and 'medium'"))
        #expect(
            message("data: { name: glyphs }\nevaluation: { many: 3 }\nstages: [fc: ]")
                .contains("evaluation.many is only for fixed groups"))
    }

    @Test(
        "A value that no other key lets anything read is an error, with the way out; with the key that reads it there is none",
        arguments: [
            ("adapters: { kind: lora }", "adapters stand there", "Set trains to adapters", "trains: adapters"),
            ("adapters: { rank: 4 }, trains: last-block", "what trains is last-block", "leave adapters out (null)", ""),
            (
                "trains: adapters, adapters: { kind: adaptformer, layers: all }", "adapters.layers is LoRA's",
                "set adapters.kind to lora", ""
            ),
            (
                "trains: adapters, adapters: { kind: adaptformer, fold: false }", "adapters.fold is LoRA's",
                "set adapters.kind to lora", ""
            ),
            ("optimizer: adamw, momentum: 0.8", "momentum is SGD's, and the optimizer is adamw", "has betas", ""),
            ("betas: [0.8, 0.9]", "betas are AdamW's, and the optimizer is sgd", "to adamw", "optimizer: adamw"),
            ("average-decay: 0.9", "average-decay is of average: ema", "average to ema", "average: ema"),
            ("average-from: 0.5", "average-from is of average: swa", "average to swa", "average: swa"),
            (
                "images-per-draw: 2", "images-per-draw is of sampler: class-aware", "to class-aware",
                "sampler: class-aware"
            ),
            (
                "rate: { factor: 0.2, schedule: cosine }", "rate.factor is of schedule: steps", "leave it out",
                "rate: { factor: 0.2 }"
            ),
            ("layer-decay: 0.7, trains: classifier", "layer-decay is of layers of the body", "set it to 1", ""),
            ("layer-decay: 0.7, trains: adapters", "layer-decay is of layers of the body", "set it to 1", ""),
            (
                "recompute: true, trains: classifier", "recompute keeps less of blocks", "set it to false",
                "recompute: true"
            ),
        ])
    func idle(_ keys: String, _ problem: String, _ remedy: String, _ right: String) {
        func stage(_ text: String) -> String {
            message(
                "data: { name: cifar-100 }\nnetwork: { name: vit_tiny_patch16_32 }\nstages: [pre-train: { \(text) }]")
        }
        let text = stage(keys)
        #expect(text.contains("mine.yaml:3:") && text.contains(problem) && text.contains(remedy), "\(text)")
        if !right.isEmpty {
            #expect(stage(right.hasPrefix(keys.prefix(5)) ? right : "\(keys), \(right)") == "no failure")
        }
    }

    @Test("Milestones of a stage that usually has none need a schedule of steps") func milestones() {
        func stage(_ text: String) -> String { message("data: { name: cifar-100 }\nstages: [btm: { \(text) }]") }
        #expect(stage("rate: { milestones: [5] }").contains("rate.milestones are of schedule: steps"))
        #expect(stage("rate: { milestones: [5], schedule: steps }") == "no failure")
    }

    @Test("What a recipe leaves out is never idle: a resolved one reads back, with adapters where they train")
    func silent() throws {
        for keys in ["", "optimizer: adamw", "trains: classifier", "trains: adapters", "rate: { schedule: cosine }"] {
            let recipe = try Recipe.parse(
                "data: { name: cifar-100 }\nnetwork: { name: vit_tiny_patch16_32 }\nstages: [pre-train: { \(keys) }]")
            #expect(try Recipe.parse(recipe.yaml) == recipe)
            #expect((recipe.stages[0].training.adapters == AdapterRecipe()) == keys.contains("adapters"))
        }
    }

    @Test("Drop path needs blocks that can be left out") func dropPath() {
        func network(_ name: String) -> String {
            message("data: { name: cifar-100 }\nnetwork: { name: \(name) }\nstages: [fc: { drop-path: 0.1 }]")
        }
        #expect(network("resnet50").contains("fc.drop-path leaves out blocks, and resnet50 has none"))
        for name in ["vit_tiny_patch16_32", "convnext_atto", "efficientnet_b0"] {
            #expect(network(name) == "no failure")
        }
    }

    @Test("A stage is one key") func oneKey() {
        #expect(
            message("data: { name: cifar-100 }\nstages: [{ fc: {}, btm: {} }, fc]") == """
                mine.yaml:2:10: stages[0] must be a mapping of one key, pre-train, fc, btm, post-train, found the keys fc, btm
                mine.yaml:2:31: stages[1] must be a mapping of one key, pre-train, fc, btm, post-train, found fc
                """)
    }

    @Test("Keys of one kind or method are unknown to others") func otherKind() {
        let text = "data: { name: cifar-100 }\nstages: [fc: { members: 3 }, post-train: { method: crt, scale: true }]"
        #expect(message(text).contains("unknown key 'members' in stages[0].fc"))
        #expect(message(text).contains("unknown key 'scale' in stages[1].post-train"))
    }

    @Test("An alias bomb, deep nesting and junk end in a failure, quickly")
    func hostile() {
        let bomb =
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "bcdefghij".map { letter in
                let before = Character(UnicodeScalar(letter.asciiValue.map { $0 - 1 } ?? 0))
                return "\(letter): &\(letter) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ",")
                    + "]\n"
            }.joined()
        #expect(message(bomb).contains("comes to more than 20000 values"))
        // What is taken for a comment elsewhere, and a few aliases of something large.
        #expect(message(bomb.replacing("[*", with: "[' #', *")).contains("comes to more than 20000 values"))
        let list = "a: &a [" + Array(repeating: "x", count: 2500).joined(separator: ",") + "]\n"
        #expect(
            message(list + "b: [" + Array(repeating: "*a", count: 9).joined(separator: ",") + "]").contains("values"))
        let text = "a: &a " + String(repeating: "x", count: 200_000) + "\n"
        #expect(
            message(text + "b: [" + Array(repeating: "*a", count: 12).joined(separator: ",") + "]").contains("2 MiB"))
        #expect(message("a: &a [1]\n? [*a, *a]\n: 1\n").contains("a key that is a list"))
        #expect(message("data: { name: cifar-100 }\nname: &a few\nstages: [{ fc: { name: *a } }]") == "no failure")
        #expect(message("data: { name: \"a\\0b\" }").contains("a text with a NUL character"))
        #expect(message(String(repeating: "[", count: 100_000)).contains("not YAML"))
        #expect(message(String(repeating: "- ", count: 100_000)).contains("not YAML"))
        #expect(message("&a [*a]").contains("not YAML"))
        #expect(message("data: {name: cifar-100").contains("not YAML"))
        #expect(message("? [a, b]\n: c\n").contains("a key that is a list or a mapping"))
        #expect(message("a: 1\n---\nb: 2\n").contains("not YAML"))
        #expect(message("data: \u{1}").contains("without control characters"))
        #expect(message("just text").contains("the recipe must be a mapping of keys, found just text"))
        #expect(message("# nothing\n").contains("the recipe is empty"))
        #expect(message("- a\n").contains("found a list of 1"))
    }

    @Test("Random damage to a recipe never traps", arguments: 0..<200) func fuzz(index: Int) throws {
        var bytes = Array(Self.sample.utf8)
        var random = CounterRandom(seed: 7, purpose: .test, index: index)
        for _ in 0..<(1 + random.below(6)) {
            let place = random.below(bytes.count)
            switch random.below(3) {
            case 0: bytes[place] = UInt8(random.below(128))
            case 1: bytes.remove(at: place)
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: random.below(bytes.count))
            }
        }
        if let recipe = try? Recipe.parse(String(decoding: bytes, as: UTF8.self)) {
            #expect(try Recipe.parse(recipe.yaml) == recipe)
        }
    }

    static let sample = """
        name: x
        data: { name: cifar-100, imbalance: 100 }
        stages:
          - pre-train: { epochs: 200, rate: { base: 0.1, milestones: [160, 180] } }
          - btm: { members: 10, merge: average }
          - post-train: { method: mislas, smooth-head: 0.4 }
        """
}
