import Foundation
import LongTail
import Testing

extension BadInput {
    /// A recipe on pictures or CIFAR under a folder.
    static func data(
        _ name: String, _ status: Int32, _ set: String, _ says: [String],
        _ write: @escaping @Sendable (Desk) throws -> [String]
    ) -> BadInput {
        BadInput(name, status, says) { desk in
            let recipe = Tiny.recipe(data: "data: { name: \(set) }", stages: Tiny.preTrain)
            let start = ["train", try desk.write(recipe, as: "r.yaml"), "--run", desk.at("run"), "--threads", "1"]
            return start + (try write(desk))
        }
    }

    /// Two classes of pictures, of which one is this text.
    private static func picture(_ text: String, _ desk: Desk) throws -> [String] {
        let root = try desk.pictures("data", classes: ["a", "b"])
        try desk.write(text, as: "data/train/b/1.jpg")
        return ["--data", root]
    }

    static let pictures: [BadInput] = [
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
        data("a JPEG cut short", 3, "folder", ["train/b/1.jpg: broken JPEG", "the file again"]) { desk in
            let root = try desk.pictures("data", classes: ["a", "b"])
            try desk.cut(Desk.fixture("VisionTests", "rgb-444.jpg"), as: "data/train/b/1.jpg")
            return ["--data", root]
        },
        data("a text called JPEG", 3, "folder", ["train/b/1.jpg", "neither a JPEG, a PNG nor a WebP"]) { desk in
            try picture("not a picture", desk)
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
        data("a picture of no bytes", 3, "folder", ["train/b/1.jpg is empty", "Fetch it again"]) { desk in
            try picture("", desk)
        },
        data("a PNG with damaged bytes", 3, "folder", ["train/b/0.png", "broken PNG"]) { desk in
            let root = try desk.pictures("data", classes: ["a", "b"])
            var file = try Data(contentsOf: URL(fileURLWithPath: Desk.fixture("VisionTests", "rgb.png")))
            file.resetBytes(in: file.count / 2..<file.count / 2 + 16)
            try desk.write(file, as: "data/train/b/0.png")
            return ["--data", root]
        },
        data(
            "a JPEG that says it has 65,500 × 65,500 pixels", 3, "folder",
            ["1.jpg", "65500 × 65500", "the limit", "Raise data.max-megapixels"]
        ) { desk in
            let root = try desk.pictures("data", classes: ["a", "b"])
            var file = try Data(contentsOf: URL(fileURLWithPath: Desk.fixture("VisionTests", "rgb-444.jpg")))
            // The frame header: marker, length, bits a sample, then height and width.
            let frame = try #require(file.firstRange(of: Data([0xFF, 0xC0])))
            file.replaceSubrange(frame.lowerBound + 5..<frame.lowerBound + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
            try desk.write(file, as: "data/train/b/1.jpg")
            return ["--data", root]
        },
        data(
            "a folder of data that is a file", 3, "folder",
            ["photo.zip is a file, not a folder", "one folder per class"]
        ) {
            ["--data", try $0.write("x", as: "photo.zip")]
        },
        data("a folder of pictures that is missing", 3, "folder", ["nowhere: there is no such folder"]) {
            ["--data", $0.at("nowhere")]
        },
        data("pictures without class folders", 3, "folder", ["data/train/a holds no class folders", "per class"]) {
            desk in
            ["--data", try desk.pictures("data", classes: ["a"]) + "/train/a"]
        },
        BadInput(
            "a check of pictures of one class", 3, ["PROBLEM", "one class alone, 'a'", "a folder for each class"],
            hasOutput: true
        ) {
            ["data", "check", "folder", "--data", try $0.pictures("data", classes: ["a"]), "--quiet"]
        },
        BadInput(
            "a prediction of a text", 3, ["bad.jpg", "neither a JPEG", "no picture could be read"], hasOutput: true
        ) {
            ["predict", try FinishedRun.shared.get().path, try $0.write("no picture", as: "bad.jpg"), "--threads", "1"]
        },
        BadInput(
            "a prediction of a GIF that is called JPEG", 3,
            ["film.jpg is a GIF picture, which is not read", "Convert it to JPEG or PNG"], hasOutput: true
        ) {
            let gif = try $0.write(Data("GIF89a".utf8) + Data(count: 20), as: "film.jpg")
            return ["predict", try FinishedRun.shared.get().path, gif, "--threads", "1"]
        },
        BadInput("a prediction of nothing", 3, ["absent.jpg", "No such file"], hasOutput: true) {
            ["predict", try FinishedRun.shared.get().path, $0.at("absent.jpg"), "--threads", "1"]
        },
        BadInput("a picture in place of a list of pictures", 3, ["photo.jpg is a JPEG picture, not a text file"]) {
            desk in
            let list = try desk.copy(Desk.fixture("VisionTests", "rgb-444.jpg"), as: "photo.jpg")
            return ["predict", try FinishedRun.shared.get().path, "--list", list, "--threads", "1"]
        },
        BadInput("a check of broken pictures", 3, ["PROBLEM", "cannot be decoded", "1.jpg"], hasOutput: true) { desk in
            let root = try desk.pictures("data", classes: ["a", "b"])
            try desk.cut(Desk.fixture("VisionTests", "rgb-444.jpg"), as: "data/train/b/1.jpg")
            return ["data", "check", "folder", "--data", root, "--decode", "all", "--quiet"]
        },
        BadInput("a data set that is not known", 2, ["imagenet", "Did you mean 'imagenet-lt'?"]) { desk in
            ["data", "check", "imagenet", "--data", desk.path]
        },
    ]
}
