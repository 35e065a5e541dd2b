import Foundation
import LongTail
import Testing

/// One wrong thing that a user can do, and what the message must say.
struct BadInput: Sendable, CustomTestStringConvertible {
    let name: String
    /// Words of the message: file, key, line or class, and of the way out.
    let says: [String]
    /// 2 for what the user wrote, 3 for what is on the disk, 4 for what went wrong on the way; 64 for options.
    let status: Int32
    /// Prepares the desk and gives the arguments.
    let prepare: @Sendable (Desk) throws -> [String]

    var testDescription: String { name }

    init(_ name: String, _ status: Int32, _ says: [String], _ prepare: @escaping @Sendable (Desk) throws -> [String]) {
        (self.name, self.status, self.says, self.prepare) = (name, status, says, prepare)
    }

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
        recipe("an empty recipe", "", ["bad.yaml", "empty", "Recipes/"]),
        recipe("broken YAML", "data: { name: glyphs\nstages: [\n", ["bad.yaml:"]),
        BadInput("no such recipe", 3, ["right.yml", "no such recipe", "Did you mean", "right.yaml"]) { desk in
            try desk.write(Tiny.recipe, as: "right.yaml")
            return ["train", desk.at("right.yml"), "--run", desk.at("run")]
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

    static let options: [BadInput] = [
        BadInput("no thread", 2, ["threads", "from 1"]) { desk in
            ["train", try desk.write(Tiny.recipe, as: "r.yaml"), "--run", desk.at("run"), "--threads", "0"]
        },
        BadInput("one point", 64, ["--points", "from 2"]) { _ in
            let run = try FinishedRun.shared.get()
            return ["interpolate", run.checkpoint("btm"), run.checkpoint("pre-train"), "--points", "1"]
        },
        BadInput("neither recipe nor run", 64, ["--resume RUN", "recipe"]) { _ in ["train"] },
        BadInput("a merge of one model", 64, ["at least two models"]) { desk in
            ["merge", try FinishedRun.shared.get().checkpoint("btm"), "--output", desk.at("out.safetensors")]
        },
        BadInput("too few ratios", 64, ["one ratio for each of the 2 models"]) { desk in
            let run = try FinishedRun.shared.get()
            return [
                "merge", run.checkpoint("btm"), run.checkpoint("pre-train"), "--output", desk.at("out.safetensors"),
                "--ratios", "1",
            ]
        },
        BadInput("a split of an unknown data set", 2, ["cifar100", "Did you mean 'cifar-100'?"]) { _ in
            ["split", "cifar100"]
        },
        BadInput("no such subcommand", 64, ["evaluat"]) { _ in ["evaluat", "runs/x"] },
        BadInput("no such table", 2, ["table 9", "5, 6, 7 or 8"]) { desk in
            [
                "ablate", try desk.write(Tiny.recipe, as: "r.yaml"), "--table", "9", "--checkpoint",
                try FinishedRun.shared.get().checkpoint("pre-train"), "--output", desk.at("out"),
            ]
        },
    ]

    /// A recipe that starts from a file.
    private static func checkpoint(
        _ name: String, _ says: [String], recipe: String = Tiny.recipe(stages: Tiny.preTrain),
        _ write: @escaping @Sendable (Desk) throws -> String
    ) -> BadInput {
        BadInput(name, 3, says) { desk in
            [
                "train", try desk.write(recipe, as: "r.yaml"), "--run", desk.at("run"), "--threads", "1", "--set",
                "network.checkpoint=\(try write(desk))",
            ]
        }
    }

    /// A ZIP archive with a text file in it.
    private static let archive = """
        UEsDBBQAAAAAAAAAIQCGphA2BQAAAAUAAAAKAAAAcmVhZG1lLnR4dGhlbGxvUEsBAhQDFAAAAAAAAAAhAIamEDYFAAAABQAAAAoAAAAAAAAA\
        AAAAAIABAAAAAHJlYWRtZS50eHRQSwUGAAAAAAEAAQA4AAAALQAAAAAA
        """

    static let checkpoints: [BadInput] = [
        checkpoint("no such checkpoint", ["absent.pth", "Check that it exists"]) { $0.at("absent.pth") },
        checkpoint("a checkpoint cut short", ["half.safetensors", "again"]) { desk in
            let whole = try Data(contentsOf: URL(fileURLWithPath: FinishedRun.shared.get().checkpoint("btm")))
            return try desk.write(whole.prefix(whole.count / 2), as: "half.safetensors")
        },
        checkpoint(
            "a checkpoint of another network", ["btm.safetensors", "resnet20", "resnet32", "network.name"],
            recipe: Tiny.recipe(network: "resnet32", stages: Tiny.preTrain)
        ) { _ in try FinishedRun.shared.get().checkpoint("btm") },
        checkpoint(
            "weights from elsewhere for another network",
            ["plain.safetensors", "missing", "layer1", "Name the network"],
            recipe: Tiny.recipe(network: "resnet32", stages: Tiny.preTrain)
        ) { try plain($0) },
        checkpoint(
            "a checkpoint of another number of classes", ["btm.safetensors", "3 classes", "4", "Use the data set"],
            recipe: Tiny.recipe(data: Tiny.data.replacing("classes: 3", with: "classes: 4"), stages: Tiny.preTrain)
        ) { _ in try FinishedRun.shared.get().checkpoint("btm") },
        checkpoint(
            "weights from elsewhere for another number of classes",
            ["plain.safetensors", "fc.weight", "another number of classes"],
            recipe: Tiny.recipe(data: Tiny.data.replacing("classes: 3", with: "classes: 4"), stages: Tiny.preTrain)
        ) { try plain($0) },
        checkpoint(
            "a checkpoint of other images", ["btm.safetensors", "other images", "imbalance"],
            recipe: Tiny.recipe(data: Tiny.data.replacing("imbalance: 3", with: "imbalance: 4"), stages: Tiny.preTrain)
        ) { _ in try FinishedRun.shared.get().checkpoint("btm") },
        checkpoint("a checkpoint of other class names", ["renamed.safetensors", "class 1", "'zebra'"]) { desk in
            var model = try Checkpoint.read(FinishedRun.shared.get().checkpoint("btm"))
            model.info.classNames[1] = "zebra"
            try model.write(to: desk.at("renamed.safetensors"))
            return desk.at("renamed.safetensors")
        },
        checkpoint("a web page", ["model.pth", "a web page", "download it again"]) { desk in
            try desk.write("<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", as: "model.pth")
        },
        checkpoint("an archive that is no checkpoint", ["model.pth"]) { desk in
            try desk.write(try #require(Data(base64Encoded: archive)), as: "model.pth")
        },
        checkpoint("an empty file", ["model.pth", "empty", "again"]) { try $0.write("", as: "model.pth") },
        checkpoint("a folder", ["models", "not a file"]) { desk in
            try desk.write("x", as: "models/x")
            return desk.at("models")
        },
        BadInput("a merge of different shapes", 3, ["post-train.safetensors", "learned_norm"]) { desk in
            let run = try FinishedRun.shared.get()
            return [
                "merge", run.checkpoint("btm"), run.checkpoint("post-train"), "--output", desk.at("out.safetensors"),
            ]
        },
        BadInput("a line to a model of elsewhere", 3, ["plain.safetensors", "not written by longtail"]) { desk in
            ["interpolate", try FinishedRun.shared.get().checkpoint("btm"), try plain(desk)]
        },
        BadInput("an import of nothing", 3, ["absent.pth", "Check that it exists"]) { desk in
            ["import", desk.at("absent.pth"), "--recipe", try desk.write(Tiny.recipe, as: "r.yaml"), "--dry-run"]
        },
    ]

    /// Weights without this program's metadata.
    private static func plain(_ desk: Desk) throws -> String {
        let run = try FinishedRun.shared.get()
        let merged = try desk.run([
            "merge", run.checkpoint("btm"), run.checkpoint("pre-train"), "--output", desk.at("merged.safetensors"),
        ])
        try #require(merged.status == 0, "\(merged.errors)")
        return try withoutMetadata(desk.at("merged.safetensors"), as: desk.at("plain.safetensors"))
    }

    /// A recipe on pictures or CIFAR under a folder.
    private static func data(
        _ name: String, _ status: Int32, _ set: String, _ says: [String],
        _ write: @escaping @Sendable (Desk) throws -> [String]
    ) -> BadInput {
        BadInput(name, status, says) { desk in
            let recipe = Tiny.recipe(data: "data: { name: \(set) }", stages: Tiny.preTrain)
            let start = ["train", try desk.write(recipe, as: "r.yaml"), "--run", desk.at("run"), "--threads", "1"]
            return start + (try write(desk))
        }
    }

    static let images: [BadInput] = [
        data("no folder of data", 2, "cifar-100", ["cifar-100", "--data FOLDER"]) { _ in [] },
        data("a folder of data that is missing", 3, "cifar-100", ["cifar-100-binary/train.bin", "data get cifar-100"]) {
            ["--data", $0.at("nowhere")]
        },
        data("CIFAR cut short", 3, "cifar-100", ["train.bin", "bytes", "expected", "data get cifar-100"]) { desk in
            let path = try desk.write("", as: "data/cifar-100-binary/train.bin")
            truncate(path, 153_700_000 - 1)
            return ["--data", desk.at("data")]
        },
        data("CIFAR with a label out of range", 3, "cifar-100", ["train.bin", "record 0", "label 255"]) { desk in
            let path = try desk.write(Data([0, 255]), as: "data/cifar-100-binary/train.bin")
            truncate(path, 153_700_000)
            return ["--data", desk.at("data")]
        },
        data("a class without pictures", 3, "folder", ["train/b", "holds no JPEG, PNG or WebP", "remove the folder"]) {
            desk in
            let root = try desk.pictures("data", classes: ["a", "b"], count: 1)
            try FileManager.default.removeItem(atPath: "\(root)/train/b/0.png")
            return ["--data", root]
        },
        data("a JPEG cut short", 3, "folder", ["train/b/1.jpg"]) { desk in
            let root = try desk.pictures("data", classes: ["a", "b"])
            let file = try Data(contentsOf: URL(fileURLWithPath: "\(root)/train/b/1.jpg"))
            try desk.write(file.prefix(file.count / 3), as: "data/train/b/1.jpg")
            return ["--data", root]
        },
        data("a text called JPEG", 3, "folder", ["train/b/1.jpg", "neither a JPEG, a PNG nor a WebP"]) { desk in
            let root = try desk.pictures("data", classes: ["a", "b"])
            try desk.write("not a picture", as: "data/train/b/1.jpg")
            return ["--data", root]
        },
        data("test pictures of other classes", 3, "folder", ["'b'", "'c'"]) { desk in
            let root = try desk.pictures("data", classes: ["a", "b"])
            try FileManager.default.moveItem(atPath: "\(root)/test/b", toPath: "\(root)/test/c")
            return ["--data", root]
        },
        BadInput("a run resumed with other pictures", 3, ["other images", "--data"]) { desk in
            let root = try desk.pictures("data", classes: ["a", "b"])
            let recipe = Tiny.recipe(data: "data: { name: folder }", stages: Tiny.preTrain)
            let run = try desk.run([
                "train", try desk.write(recipe, as: "r.yaml"), "--run", desk.at("run"), "--data", root, "--threads",
                "1",
            ])
            try #require(run.status == 0, "\(run.errors)")
            let other = try desk.copy(root, as: "other")
            try FileManager.default.removeItem(atPath: "\(other)/train/a/1.jpg")
            return ["train", "--resume", desk.at("run"), "--data", other, "--threads", "1"]
        },
    ]

    /// A finished run with something done to it.
    private static func run(
        _ name: String, _ status: Int32, _ says: [String], _ command: [String],
        _ damage: @escaping @Sendable (String) throws -> Void
    ) -> BadInput {
        BadInput(name, status, says) { desk in
            let path = try desk.copy(FinishedRun.shared.get().path, as: "run")
            try damage(path)
            return command + [path, "--threads", "1"]
        }
    }

    static let runs: [BadInput] = [
        run("a damaged run.json", 3, ["run/run.json", "damaged", "checkpoints"], ["train", "--resume"]) { path in
            try "{\"version\": 1,".write(toFile: "\(path)/run.json", atomically: false, encoding: .utf8)
        },
        run("a damaged recipe.yaml", 2, ["run/recipe.yaml", "empty"], ["train", "--resume"]) { path in
            try "".write(toFile: "\(path)/recipe.yaml", atomically: false, encoding: .utf8)
        },
        run("a resume point cut short", 3, ["resume.safetensors", "again"], ["train", "--resume"]) { path in
            truncate("\(path)/checkpoints/resume.safetensors", 30)
        },
        run("a run without a finished stage", 3, ["no stage is finished", "--resume"], ["evaluate"]) { path in
            for stage in ["pre-train", "btm", "post-train"] {
                try FileManager.default.removeItem(atPath: "\(path)/checkpoints/\(stage).safetensors")
            }
        },
        run("a damaged checkpoint of a run", 3, ["btm.safetensors", "again"], ["evaluate"]) { path in
            truncate("\(path)/checkpoints/btm.safetensors", 1000)
        },
        BadInput("a misspelt run", 2, ["rum", "is not a run", "Did you mean 'run'?"]) { desk in
            _ = try desk.copy(FinishedRun.shared.get().path, as: "run")
            return ["train", "--resume", desk.at("rum")]
        },
        BadInput("a run that is there already", 2, ["there is a run already", "--resume"]) { desk in
            let run = try FinishedRun.shared.get()
            return ["train", run.recipe, "--run", try desk.copy(run.path, as: "run")]
        },
        BadInput("a folder that is not empty", 2, ["is not empty", "--run NAME"]) { desk in
            try desk.write("mine", as: "run/notes.txt")
            return ["train", try FinishedRun.shared.get().recipe, "--run", desk.at("run")]
        },
        BadInput("a folder that cannot be made", 3, ["cannot make the folder", "permissions"]) { desk in
            try desk.write("a file", as: "file")
            return ["train", try FinishedRun.shared.get().recipe, "--run", desk.at("file/run"), "--threads", "1"]
        },
        BadInput("a result that cannot be written", 3, ["file/merged", "permissions"]) { desk in
            let run = try FinishedRun.shared.get()
            try desk.write("a file", as: "file")
            return [
                "merge", run.checkpoint("btm"), run.checkpoint("pre-train"), "--output", desk.at("file/merged/x"),
            ]
        },
    ]

    static let all = recipes + options + checkpoints + images + runs
}
