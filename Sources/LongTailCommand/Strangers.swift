import ArgumentParser
import Foundation
import LongTail

/// Words of other programs and plain English where a command of this one is expected, and what does it here.
enum StrangeCommand {
    /// What a word may mean: commands, each with what stands for its arguments when none are given.
    private static let meanings: [(words: String, commands: [(command: String, arguments: String)])] = [
        ("resume continue restart unpause", [("train --resume", "RUN")]),
        ("eval test validate score metrics accuracy report results", [("evaluate", "RUN")]),
        ("infer inference classify label prediction predictions run-model", [("predict", "RUN PICTURES")]),
        ("finetune fine-tune tune", [("btm FILE", "PHOTOS"), ("train", "RECIPE")]),
        ("fit learn start run pretrain pre-train", [("train", "RECIPE")]),
        ("balance rebalance improve", [("btm FILE", "PHOTOS")]),
        ("convert", [("import", "FILE"), ("export", "RUN")]),
        ("load", [("import", "FILE")]),
        ("save deploy onnx", [("export", "RUN")]),
        ("inspect info show summary describe print", [("import --dry-run", "FILE"), ("recipe show", "RECIPE")]),
        ("check verify lint dataset datasets", [("data check", "PHOTOS")]),
        ("get download fetch", [("data get", "NAME")]),
        ("average soup ensemble swa combine", [("merge", "FILE FILE --output FILE")]),
        ("estimate cost dry-run", [("plan", "RECIPE")]),
        ("config configs settings keys options", [("recipe keys", "")]),
        ("recipes list", [("recipe list", "")]),
        ("benchmark speed profile", [("bench", "")]),
        ("diagnose env environment system debug", [("doctor", "")]),
        ("temperature", [("calibrate", "RUN")]),
        ("ablation", [("ablate", "RECIPE")]),
        ("version", [("--version", "")]),
    ]

    /// What is wrong with a first word that is no command, and what may be meant.
    static func failure(_ word: String, _ rest: [String], among names: [String]) -> LongTailError {
        var meant = lead(word, rest).map { "Did you mean '\($0)'?" }
        if meant.isEmpty, let near = nearest(word, among: names) { meant = ["Did you mean '\(near)'?"] }
        if meant.isEmpty, FileManager.default.fileExists(atPath: word) { meant = [place(word)] }
        return LongTailError(
            .usage, "there is no command '\(word)'",
            remedy: (meant + ["There are: \(names.joined(separator: ", "))"]).joined(separator: "\n"))
    }

    /// Commands that do what a word means, with the arguments that were given.
    private static func lead(_ word: String, _ rest: [String]) -> [String] {
        let word = word.lowercased().replacing("_", with: "-")
        let found = meanings.first { $0.words.split(separator: " ").contains(Substring(word)) }?.commands ?? []
        return found.map { meaning in
            let given = rest.isEmpty ? meaning.arguments : rest.map(shellQuoted).joined(separator: " ")
            return "longtail \(meaning.command)\(given.isEmpty ? "" : " \(given)")"
        }
    }

    /// What can be done with something on the disk.
    private static func place(_ path: String) -> String {
        let quoted = shellQuoted(path)
        if FileManager.default.fileExists(atPath: RunLayout(path).record) {
            return "It is a run: longtail evaluate \(quoted), or longtail predict \(quoted) PICTURES"
        }
        if ImageList.isClassFolders(path) {
            return "It is a folder of class folders: longtail data check \(quoted), "
                + "or longtail btm FILE \(quoted)"
        }
        return "It is a file: longtail import \(quoted) for a checkpoint, longtail train \(quoted) for a recipe"
    }
}

/// Options of other programs that are keys of the recipe here.
struct StrangeOptions {
    /// Keys of a stage, by what they are called elsewhere.
    private static let stageKeys = [
        "epochs": "epochs", "num-epochs": "epochs", "max-epochs": "epochs", "num-train-epochs": "epochs",
        "lr": "rate.base", "learning-rate": "rate.base", "base-lr": "rate.base", "rate": "rate.base",
        "batch-size": "batch-size", "batch": "batch-size", "bs": "batch-size", "wd": "weight-decay",
        "weight-decay": "weight-decay", "momentum": "momentum", "mixup": "mixup", "warmup": "rate.warmup",
        "warmup-epochs": "rate.warmup", "sampler": "sampler",
    ]
    /// Keys of the recipe.
    private static let recipeKeys = [
        "seed": "seed", "image-size": "data.image-size", "img-size": "data.image-size", "imgsz": "data.image-size",
        "input-size": "data.image-size", "precision": "precision", "model": "network.name", "arch": "network.name",
        "pretrained": "network.weights",
    ]

    /// One option as typed.
    private struct Option {
        let name: String
        let value: String?

        var word: String { "--\(name)" }
    }

    private let command: String
    private let options: [Option]
    /// The command line without them.
    private let rest: [String]

    /// Finds them; nil where there is none, or the command has no recipe whose keys they could be.
    init?(_ arguments: [String]) {
        guard let command = arguments.first, ["train", "btm", "plan"].contains(command) else { return nil }
        var (options, rest, index) = ([Option](), [String](), 0)
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
            guard argument.hasPrefix("--"), let name = parts.first, Self.isStrange(name) else {
                rest.append(argument)
                continue
            }
            var value = parts.count > 1 ? parts[1] : nil
            if value == nil, index < arguments.count, !arguments[index].hasPrefix("--") {
                value = arguments[index]
                index += 1
            }
            options.append(Option(name: name, value: value))
        }
        guard !options.isEmpty else { return nil }
        (self.command, self.options, self.rest) = (command, options, rest)
    }

    private static func isStrange(_ name: String) -> Bool {
        let key = key(name)
        return stageKeys[key] != nil || recipeKeys[key] != nil
    }

    private static func key(_ name: String) -> String { name.lowercased().replacing("_", with: "-") }

    /// What is wrong, and the `--set` that does it.
    var failure: LongTailError {
        let parsed = try? LongTailCommand.parseAsRoot(rest)
        if let train = parsed as? Train, let run = train.resume {
            return LongTailError(
                .usage, "\(named) cannot be given to a run that goes on: it keeps its recipe",
                remedy: "Leave \(options.count == 1 ? "it" : "them") out, or start a new run of "
                    + "\(shellQuoted("\(run)/recipe.yaml")) with --set.")
        }
        let stages = stages(of: parsed)
        return LongTailError(
            .usage,
            "\(command) has no option \(named): \(options.count == 1 ? "it is a key" : "they are keys") of the recipe",
            remedy: options.map { line($0, stages) }.joined(separator: "\n"))
    }

    private var named: String { options.map(\.word).joined(separator: ", ") }

    private func line(_ option: Option, _ stages: [String]) -> String {
        let (key, value) = (Self.key(option.name), option.value.map(shellQuoted) ?? "VALUE")
        if let path = Self.recipeKeys[key] { return "Write: --set \(path)=\(value)" }
        let path = Self.stageKeys[key] ?? key
        guard !stages.isEmpty else {
            return "Write: --set stages.STAGE.\(path)=\(value), with the name of a stage of the recipe"
        }
        return "Write: " + stages.map { "--set stages.\($0).\(path)=\(value)" }.joined(separator: " ")
            + (stages.count > 1 ? "  (or one of them: each stage has its own)" : "")
    }

    /// The stages that the command line without the options would train, by name; empty where that cannot be told.
    private func stages(of parsed: (any ParsableCommand)?) -> [String] {
        let (name, isContinued): (String?, Bool) =
            switch parsed {
            case let train as Train: (train.recipe, false)
            case let btm as BTM: (btm.recipe, true)
            case let plan as PlanCommand: (plan.recipe, false)
            default: (nil, false)
            }
        guard let name, let recipe = try? Recipe.load(name) else { return [] }
        return recipe.stages.filter { $0.method is any TrainedMethod && !(isContinued && $0.kind == .preTrain) }
            .map(\.name)
    }
}
