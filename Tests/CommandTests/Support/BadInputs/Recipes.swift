import Foundation
import LongTail
import Testing

extension BadInput {
    /// A recipe that must not start.
    private static func recipe(_ name: String, _ text: String, _ says: [String]) -> BadInput {
        BadInput(name, 2, says) { ["train", try $0.write(text, as: "bad.yaml"), "--run", $0.at("run")] }
    }

    static let recipes: [BadInput] = [
        recipe(
            "a misspelt key", Tiny.recipe(stages: "  - pre-train: { epoch: 3 }\n"),
            ["bad.yaml:5:", "epoch", "Did you mean 'epochs'?"]),
        recipe(
            "a wrong type", Tiny.recipe(stages: "  - pre-train: { epochs: many }\n"), ["bad.yaml:5:", "epochs", "many"]),
        recipe(
            "a value out of range", Tiny.recipe(stages: "  - pre-train: { momentum: 2 }\n"),
            ["bad.yaml:5:", "momentum", "from 0", "2"]),
        recipe(
            "an unknown data set", Tiny.recipe(data: "data: { name: cifar-1000 }", stages: Tiny.preTrain),
            ["bad.yaml:1:", "cifar-1000", "Did you mean 'cifar-100'?"]),
        recipe(
            "glyphs of one class", Tiny.recipe(data: "data: { name: glyphs, classes: 1 }", stages: Tiny.preTrain),
            ["bad.yaml:1:", "data.classes", "from 2"]),
        recipe(
            "a recipe without stages", Tiny.recipe(stages: "  []\n"), ["bad.yaml:", "stages", "at least one stage"]),
        recipe("a recipe without the key stages", Tiny.data, ["bad.yaml", "'stages' is missing"]),
        recipe(
            "a key of weights without a file",
            Tiny.recipe(network: "resnet20, weights-key: state_dict_ema", stages: Tiny.preTrain),
            ["bad.yaml:2:", "network.weights-key", "none is named"]),
        recipe("an empty recipe", "", ["bad.yaml", "empty", "longtail recipe list"]),
        recipe("broken YAML", "data: { name: glyphs\nstages: [\n", ["bad.yaml:"]),
        BadInput("no such recipe", 3, ["right.yml", "no such recipe", "Did you mean", "right.yaml"]) { desk in
            try desk.write(Tiny.recipe, as: "right.yaml")
            return ["train", desk.at("right.yml"), "--run", desk.at("run")]
        },
        BadInput("a misspelt name of a recipe", 3, ["no such recipe", "Did you mean 'cifar100-lt/mislas-btm'"]) {
            desk in
            ["train", "cifar100-lt/mislas-btn", "--run", desk.at("run")]
        },
        BadInput("a folder of recipes", 3, ["cifar100-lt: a folder of recipes", "Name one: ", "cifar100-lt/bsce"]) {
            desk in
            ["train", "cifar100-lt", "--run", desk.at("run")]
        },
        BadInput("a recipe named by one letter", 3, ["a: no such recipe", "longtail recipe list"]) { desk in
            ["train", "a", "--run", desk.at("run")]
        },
        BadInput("--set without a value", 2, ["--set nonsense", "no '='", "--set key=value"]) { desk in
            ["train", try desk.write(Tiny.recipe, as: "r.yaml"), "--run", desk.at("run"), "--set", "nonsense"]
        },
        BadInput("--set of a misspelt key", 2, ["--set data.imbalanse=3", "Did you mean 'imbalance'?"]) { desk in
            ["train", try desk.write(Tiny.recipe, as: "r.yaml"), "--run", desk.at("run"), "--set", "data.imbalanse=3"]
        },
        BadInput("BTM with nothing but pre-training", 2, ["no stage beside pre-training", "btm"]) { desk in
            let model = try FinishedRun.shared.get().checkpoint("btm")
            let recipe = try desk.write(Tiny.recipe(stages: Tiny.preTrain), as: "r.yaml")
            return ["btm", "--checkpoint", model, "--recipe", recipe, "--run", desk.at("run")]
        },
    ]
}
