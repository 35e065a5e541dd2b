import Foundation
import LongTail
import Testing

extension BadInput {
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
        checkpoint(
            "a body without a classifier", ["body.safetensors", "a body without a classifier", "--weights FILE"]
        ) { desk in
            let whole = try SafeTensorsFile.read(try plain(desk)).tensors
            try SafeTensorsFile.write(whole.filter { !$0.key.hasPrefix("fc.") }, to: desk.at("body.safetensors"))
            return desk.at("body.safetensors")
        },
        BadInput("a key of weights that is not there", 2, ["plain.safetensors", "'ema'", "the file itself"]) { desk in
            ["import", try plain(desk), "--weights-key", "ema", "--dry-run"]
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
    static func plain(_ desk: Desk) throws -> String {
        let run = try FinishedRun.shared.get()
        let merged = try desk.run([
            "merge", run.checkpoint("btm"), run.checkpoint("pre-train"), "--output", desk.at("merged.safetensors"),
        ])
        try #require(merged.status == 0, "\(merged.errors)")
        return try withoutMetadata(desk.at("merged.safetensors"), as: desk.at("plain.safetensors"))
    }
}
