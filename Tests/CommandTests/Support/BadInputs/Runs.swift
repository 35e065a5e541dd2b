import Foundation
import LongTail
import Testing

extension BadInput {
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
        run(
            "a damaged recipe.yaml", 2,
            ["run/recipe.yaml", "was changed since the run began", "Put it back", "--run NAME"], ["train", "--resume"]
        ) { path in
            try "".write(toFile: "\(path)/recipe.yaml", atomically: false, encoding: .utf8)
        },
        run("a resume point cut short", 3, ["resume.safetensors", "start a new run"], ["train", "--resume"]) { path in
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
        BadInput("a folder that cannot be made", 3, ["cannot make the folder", "file is a file", "permissions"]) {
            desk in
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
        BadInput("a prediction by a file of no weights", 3, ["model.pth", "is something unknown", ".pth"]) {
            ["predict", try $0.write("x", as: "model.pth"), $0.at("picture.jpg")]
        },
        BadInput("an export into a folder's place", 3, ["models", "it is a folder", "Name a file"]) { desk in
            try desk.write("x", as: "models.onnx/x")
            return ["export", try FinishedRun.shared.get().path, "--output", desk.at("models.onnx")]
        },
        BadInput("an export of a kind that there is not", 64, ["model.bin", ".onnx, .safetensors, and .pth"]) { desk in
            ["export", try FinishedRun.shared.get().path, "--output", desk.at("model.bin")]
        },
        BadInput("a BTM result that could not be written", 3, ["models", "it is a folder", "Name a file"]) { desk in
            try desk.write("x", as: "models/x")
            let run = try FinishedRun.shared.get()
            return [
                "btm", "--checkpoint", run.checkpoint("pre-train"), "--recipe", run.recipe, "--run", desk.at("run"),
                "--output", desk.at("models"), "--threads", "1",
            ]
        },
        BadInput("a stage that a run does not have", 2, ["has no model 'fc'", "It has: pre-train"]) { desk in
            ["export", try FinishedRun.shared.get().path, "--stage", "fc", "--output", desk.at("model.onnx")]
        },
    ]
}
