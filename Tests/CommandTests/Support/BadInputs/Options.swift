import Foundation
import LongTail
import Testing

extension BadInput {
    static let options: [BadInput] = [
        BadInput("no thread", 2, ["threads", "from 1"]) { desk in
            ["train", try desk.write(Tiny.recipe, as: "r.yaml"), "--run", desk.at("run"), "--threads", "0"]
        },
        BadInput("one point", 64, ["--points", "from 2"]) { _ in
            let run = try FinishedRun.shared.get()
            return ["interpolate", run.checkpoint("btm"), run.checkpoint("pre-train"), "--points", "1"]
        },
        BadInput("neither recipe nor run", 64, ["--resume RUN", "recipe"]) { _ in ["train"] },
        BadInput("a variable of the shell that is not set", 64, ["what follows --run is empty", "variable"]) { desk in
            ["train", try desk.write(Tiny.recipe, as: "r.yaml"), "--run", ""]
        },
        BadInput("an option without its value", 64, ["the value of --data is empty"]) { desk in
            ["train", try desk.write(Tiny.recipe, as: "r.yaml"), "--data="]
        },
        BadInput("a part that makes no run", 64, ["--part makes no run"]) { desk in
            [
                "train", try desk.write(Tiny.recipe, as: "r.yaml"), "--part", "1/2", "--members", desk.at("m"), "--run",
                desk.at("run"),
            ]
        },
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
        BadInput("a list of parts of pictures", 2, ["a list cannot name parts of pictures", "--output"]) { desk in
            _ = try desk.copy(Desk.fixture("VisionTests", "rgb.png"), as: "data/a.png")
            try desk.write(
                #"{"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "x"}], "#
                    + #""annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2]}]}"#, as: "data/a.json")
            return [
                "split", "coco", "--data", desk.at("data"), "--imbalance", "1", "--set", "data.train=a.json", "--set",
                "data.crop-boxes=true", "--output", desk.at("list.txt"),
            ]
        },
        BadInput("a limit of pixels that is none", 2, ["--max-megapixels must be from 1 to 1000, not 0"]) { _ in
            [
                "predict", try FinishedRun.shared.get().path, Desk.fixture("VisionTests", "rgb.png"), "--threads", "1",
                "--max-megapixels", "0",
            ]
        },
        BadInput("no such subcommand", 64, ["no command 'evaluat'", "Did you mean 'evaluate'?"]) { _ in
            ["evaluat", "runs/x"]
        },
        BadInput("no such table", 2, ["table 9", "5, 6, 7 or 8"]) { desk in
            [
                "ablate", try desk.write(Tiny.recipe, as: "r.yaml"), "--table", "9", "--checkpoint",
                try FinishedRun.shared.get().checkpoint("pre-train"), "--runs", desk.at("out"),
            ]
        },
        BadInput("--classes with names for another number of classes", 2, ["few.txt", "2 names", "3 classes"]) { desk in
            let names = try desk.write("a\nb\n", as: "few.txt")
            return ["import", try plain(desk), "--classes", names, "--dry-run"]
        },
        BadInput("a network that is not known", 2, ["resnet9", "There are", "resnet20"]) { desk in
            ["import", try plain(desk), "--network", "resnet9", "--dry-run"]
        },
        BadInput("an export named like another kind of file", 64, [".onnx", "leave one out"]) {
            ["export", try FinishedRun.shared.get().path, "--format", "safetensors", "--output", $0.at("model.onnx")]
        },
        BadInput("options of a check without what is checked", 64, ["--data", "need --checkpoint FILE"]) {
            ["doctor", "--data", $0.at("data")]
        },
        BadInput("a benchmark of an unknown network", 2, ["resnet-50", "Did you mean 'resnet50'?"]) { _ in
            ["bench", "network", "--network", "resnet-50"]
        },
        BadInput("a plan of no step", 64, ["--steps must be from 1"]) { desk in
            ["plan", try desk.write(Tiny.recipe, as: "r.yaml"), "--steps", "0"]
        },
        BadInput("more threads than there can be", 2, ["threads must be from 1 to 1024"]) { desk in
            ["plan", try desk.write(Tiny.recipe, as: "r.yaml"), "--threads", "100000"]
        },
        BadInput("fewer workers than none", 2, ["workers must be from 0", "not -1", "let the machine decide"]) { desk in
            ["train", try desk.write(Tiny.recipe, as: "r.yaml"), "--run", desk.at("run"), "--workers=-1"]
        },
        BadInput("a precision that is not known", 2, ["precision=int8", "auto, float32, bfloat16"]) { desk in
            ["train", try desk.write(Tiny.recipe, as: "r.yaml"), "--run", desk.at("run"), "--set", "precision=int8"]
        },
        BadInput("a list without its key", 2, ["data.train is missing", "--set data.train=train.txt"]) { desk in
            ["data", "check", "list", "--data", desk.path]
        },
    ]
}
