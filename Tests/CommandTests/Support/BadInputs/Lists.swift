import Foundation
import LongTail

extension BadInput {
    /// A recipe on a list or a table of two pictures, `a/0.png` and `b/0.png`, whose text is given as bytes.
    private static func list(
        _ name: String, _ text: [UInt8], _ says: [String], kind: String = "list", _ more: [String] = [],
        files: [String: String] = [:]
    ) -> BadInput {
        BadInput(name, 3, says) { desk in
            try desk.write(Data(text), as: "data/list.txt")
            for (path, text) in files { try desk.write(text, as: "data/\(path)") }
            for (class_, picture) in [("a", "rgb.png"), ("b", "gray.png")] {
                _ = try desk.copy(Desk.fixture("VisionTests", picture), as: "data/\(class_)/0.png")
            }
            let data = "data: { name: \(kind), train: list.txt, test: list.txt }"
            let recipe = try desk.write(Tiny.recipe(data: data, stages: Tiny.preTrain), as: "r.yaml")
            return ["train", recipe, "--run", desk.at("run"), "--data", desk.at("data"), "--threads", "1"] + more
        }
    }

    private static func list(
        _ name: String, _ text: String, _ says: [String], kind: String = "list", _ more: [String] = [],
        files: [String: String] = [:]
    ) -> BadInput { list(name, Array(text.utf8), says, kind: kind, more, files: files) }

    private static let good = "a/0.png 0\nb/0.png 1\n"

    static let lists: [BadInput] = [
        list("a list that is missing", good, ["data/lst.txt", "no such file"], ["--set", "data.train=lst.txt"]),
        list("a folder in place of a list", good, ["data/a is a folder, not a text file"], ["--set", "data.train=a"]),
        list(
            "a picture in place of a list", good, ["data/a/0.png is a PNG picture, not a text file"],
            ["--set", "data.train=a/0.png"]),
        list("an empty list", "", ["data/list.txt names no picture", "train/cat/1.jpg 0"]),
        list("a list of blank lines", "\n \n", ["data/list.txt names no picture", "train/cat/1.jpg 0"]),
        list(
            "a line without a label", "a/0.png 0\nb/0.png\n", ["list.txt:2:", "no label", "path, blank, whole number"]),
        list("a label that is a word", "a/0.png 0\nb/0.png heron\n", ["list.txt:2:", "'heron' is no label", "from 0"]),
        list(
            "a label with a point", "a/0.png 0\nb/0.png 1.0\n", ["list.txt:2:", "'1.0' is no label", "whole numbers"]),
        list("a negative label", "a/0.png 0\nb/0.png -1\n", ["list.txt:2:", "negative label, -1", "from 0"]),
        list(
            "a label too large for a number", "a/0.png 0\nb/0.png 99999999999999999999\n", ["list.txt:2:", "no label"]),
        list("labels with a gap", "a/0.png 0\nb/0.png 5\n", ["list.txt:2:", "label 5", "no picture has the label 1"]),
        list(
            "a label beyond the classes", good, ["test.txt:1:", "label 2", "2 classes: 0 to 1"],
            ["--set", "data.test=test.txt"], files: ["test.txt": "a/0.png 2\n"]),
        list(
            "a list that is not UTF-8", Array("a/0.png 0\nb/".utf8) + [0xFF] + Array(".png 1\n".utf8),
            ["list.txt:2:", "not UTF-8", "Save it as UTF-8"]),
        list("a list in UTF-16", [0xFF, 0xFE, 0x61, 0, 0x0A, 0], ["list.txt", "UTF-16", "Save it as UTF-8"]),
        list(
            "an absolute path", "a/0.png 0\n/etc/passwd 1\n", ["list.txt:2:", "absolute path", "/etc/passwd", "--data"]),
        list("a path that climbs", "a/0.png 0\n../b/0.png 1\n", ["list.txt:2:", "climbs with '..'", "--data"]),
        list(
            "a list with a picture that is missing", "a/0.png 0\nb/7.png 1\n",
            ["data/b/7.png is not there", "list.txt names it"]),
        list(
            "a table with a field too few", "a/0.png,a\nb/0.png\n", ["list.txt:2:", "1 field, expected 2"], kind: "csv"),
        list("a table with an open quote", "a/0.png,a\n\"b/0.png,b\n", ["list.txt:2:", "not closed"], kind: "csv"),
        list(
            "a table of a header alone", "path,class\n", ["list.txt names no picture", "cats/1.jpg,cat"], kind: "csv"),
        list(
            "a class that is not trained on", "a/0.png,a\nb/0.png,b\n", ["test.csv:1:", "'bb' is not among", "'b'?"],
            kind: "csv", ["--set", "data.test=test.csv"], files: ["test.csv": "b/0.png,bb\n"]),
        list(
            "a table with a heading that is not known", "where,which\na/0.png,a\nb/0.png,b\n",
            ["list.txt:1:", "a heading that is not known", "'where', 'which'", "--columns PATH,CLASS", "image_id"],
            kind: "csv"),
        list(
            "a column that is not there", "where,which\na/0.png,a\nb/0.png,b\n",
            ["list.txt:1:", "no column 'wich'", "'where', 'which'", "Did you mean 'which'?"], kind: "csv",
            ["--columns", "where,wich"]),
        list(
            "a column for each class with another number", "filename,a,b\na/0.png,1,0\nb/0.png,0,2\n",
            ["list.txt:3:", "'2' in the column 'b' is neither 0 nor 1"], kind: "csv"),
        list(
            "a column of parts with another word", "path,label,split\na/0.png,a,train\nb/0.png,b,spare\n",
            ["list.txt:3:", "'spare' in the column 'split'", "train, validation and test"], kind: "csv"),
        list(
            "a class that is in the test rows alone", "path,label,split\na/0.png,a,train\nb/0.png,b,test\n",
            ["list.txt: no row to train on has the class 'b'", "the part train"], kind: "csv"),
        list(
            "an Excel file in place of a table", "PK\u{3}\u{4} xl/workbook.xml", ["list.txt is an Excel file", "CSV"],
            kind: "csv"),
        list(
            "a web page in place of a list", "<!DOCTYPE html>\n",
            ["list.txt is a web page", "Download the file itself"]),
        list(
            "a path of Windows", "C:\\photos\\0.png 0\n", ["list.txt:1:", "a path of Windows", "data.root", "--data"]),
        list("JSON of another layout", "{\"rows\": []}", ["list.txt is JSON without 'images'", "COCO", "as a table"]),
        list(
            "JSON Lines", "{\"file_name\": \"a\"}\n{\"file_name\": \"b\"}\n",
            ["list.txt:2:", "JSON Lines", "one JSON object"],
            kind: "csv"),
        list(
            "annotations of an unknown category",
            "{\"images\": [{\"id\": 1, \"file_name\": \"a/0.png\"}], \"annotations\": [{\"image_id\": 1, \"category_id\": 2}]}",
            ["list.txt", "the category 2, which is not among its categories", "'categories'"], kind: "coco"),
        list(
            "annotations that nest without end", "{\"x\": " + String(repeating: "[", count: 100_000),
            ["list.txt:1:", "512 brackets"]),
        list(
            "boxes of a table", good, ["list.txt has no boxes", "data.crop-boxes"], ["--set", "data.crop-boxes=true"]),
        data("one class alone", 3, "folder", ["one class alone, 'images'", "data/images, as it looks", "--data"]) {
            desk in
            _ = try desk.pictures("data/images", classes: ["a", "b"])
            _ = try FileManager.default.removeItem(atPath: desk.at("data/images/test"))
            try FileManager.default.moveItem(atPath: desk.at("data/images/train/a"), toPath: desk.at("data/images/a"))
            try FileManager.default.moveItem(atPath: desk.at("data/images/train/b"), toPath: desk.at("data/images/b"))
            try FileManager.default.removeItem(atPath: desk.at("data/images/train"))
            return ["--data", desk.at("data")]
        },
        data(
            "parts without training pictures", 3, "folder",
            ["holds 'val', 'Test'", "no training pictures", "data.train"]
        ) { desk in
            _ = try desk.pictures("other", classes: ["a", "b"])
            _ = try desk.copy(desk.at("other/train"), as: "data/val")
            _ = try desk.copy(desk.at("other/test"), as: "data/Test")
            return ["--data", desk.at("data")]
        },
        data("a class that is in the test folder alone", 3, "folder", ["test has other classes", "'c' is in it alone"])
        { desk in
            let root = try desk.pictures("data", classes: ["a", "b", "c"])
            try FileManager.default.removeItem(atPath: "\(root)/train/c")
            return ["--data", root]
        },
        list(
            "names for fewer classes", good, ["names.txt", "(1) do not name the 2 classes", "one name a line"],
            ["--set", "data.class-names=names.txt"], files: ["names.txt": "heron\n"]),
        list(
            "one name for two classes", good, ["names.txt:2:", "'heron' is the name in line 1 too"],
            ["--set", "data.class-names=names.txt"], files: ["names.txt": "heron\nheron\n"]),
        list(
            "an empty line among names", good, ["names.txt:2: is empty", "a line with its name"],
            ["--set", "data.class-names=names.txt"], files: ["names.txt": "heron\n\nstork\n"]),
        data(
            "an order of classes with another name", 3, "folder",
            ["order.txt", "no folder 'stork'", "'b' is in it alone"]
        ) {
            desk in
            let order = try desk.write("a\nstork\n", as: "order.txt")
            return ["--data", try desk.pictures("data", classes: ["a", "b"]), "--set", "data.class-order=\(order)"]
        },
        BadInput(
            "a list that gives a picture two classes", 3,
            ["PROBLEM", "gives an image two classes", "a/0.png", "Leave one"], hasOutput: true
        ) {
            desk in
            let list = try desk.write("a/0.png 0\nb/0.png 1\na/0.png 1\n", as: "data/list.txt")
            let test = try desk.write("b/1.png 1\n", as: "data/test.txt")
            for path in ["a/0.png", "b/0.png", "b/1.png"] {
                _ = try desk.copy(Desk.fixture("VisionTests", "rgb.png"), as: "data/\(path)")
            }
            return [
                "data", "check", "list", "--data", desk.at("data"), "--set", "data.train=\(list)", "--set",
                "data.test=\(test)", "--quiet",
            ]
        },
    ]
}
