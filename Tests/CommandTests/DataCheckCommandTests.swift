import Foundation
import Testing

/// `longtail data check`, and `longtail split` into parts.
@Suite struct DataCheckCommandTests {
    @Test("A whole folder is well, in words and as JSON") func whole() throws {
        let desk = try Desk()
        let root = try desk.pictures("photos", classes: ["a", "b"])
        // The two parts hold the same pictures here, which the check is there to find.
        let outcome = try desk.run(["data", "check", "folder", "--data", root, "--quiet"])
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("PROBLEM: 4 training images are test images too"), "\(outcome.output)")
        let set = ["--set", "data.train=train", "--set", "data.test-fraction=0.5"]
        try FileManager.default.removeItem(atPath: "\(root)/test")
        let alone = try desk.run(["data", "check", "folder", "--data", root, "--decode", "all", "--json"] + set)
        #expect(alone.status == 0, "\(alone.output) \(alone.errors)")
        let summary = try #require(try json(alone.output) as? [String: Any])
        #expect(summary["classes"] as? Int == 2 && summary["shared"] as? Int == 0 && summary["decoded"] as? Int == 4)
        #expect((summary["problems"] as? [String])?.isEmpty == true)
        #expect((summary["notes"] as? [String])?.first?.contains("held out by the hash") == true)
        #expect((summary["listing_peak_bytes"] as? Int ?? 0) > 1_000_000)
    }

    @Test("Missing images end with a status of 3 and are named") func missing() throws {
        let desk = try Desk()
        try desk.write("train/n1/1.JPEG 0\ntrain/n2/2.JPEG 1\n", as: "d/ImageNet_LT_train.txt")
        try desk.write("val/n1/3.JPEG 0\nval/n2/4.JPEG 1\n", as: "d/ImageNet_LT_test.txt")
        let outcome = try desk.run(["data", "check", "imagenet-lt", "--data", desk.at("d"), "--quiet"])
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("2 of 2 training images are missing") && outcome.output.contains("115846"))
        #expect(outcome.output.contains(desk.at("d/train/n1/1.JPEG")))
        let strange = try desk.run(["data", "check", "imagenet", "--data", desk.at("d")])
        #expect(strange.status == 2 && strange.errors.contains("Did you mean 'imagenet-lt'?"))
        let word = try desk.run(["data", "check", "folder", "--data", desk.at("d"), "--decode", "some"])
        #expect(word.status == 64 && word.errors.contains("--decode takes a number of images, or all"))
    }

    @Test("A list of iNaturalist's size, 437,513 images of 8,142 classes, is kept in little more than its own 29 MB")
    func memory() throws {
        let desk = try Desk()
        var text = ""
        text.reserveCapacity(33_000_000)
        for index in 0..<437_513 {
            let label = index * 5 % 8142
            text += "train_val2018/Plantae/\(label)/\(1_000_000_000 + index)abcdef0123456789abcdef.jpg \(label)\n"
        }
        try desk.write(text, as: "d/iNaturalist18_train.txt")
        try desk.write("train_val2018/Plantae/7/x.jpg 7\n", as: "d/iNaturalist18_val.txt")
        func peak(_ arguments: [String]) throws -> Double {
            let outcome = try desk.run(["data", "check"] + arguments + ["--json", "--quiet"])
            let summary = try #require(try json(outcome.output) as? [String: Any], "\(outcome.errors)")
            return try #require(summary["listing_peak_bytes"] as? Double) / 1_000_000
        }
        let (without, with) = (try peak(["glyphs"]), try peak(["inaturalist-2018", "--data", desk.at("d")]))
        // Strings of their own would be 80 bytes and more each, 35 MB beside the file; measured are 46 MB in all.
        #expect(with - without < 75, "\(with - without) MB")
        #expect(with - without > 25)
    }

    @Test("Class folders are parted into lists, which a recipe then names") func parts() throws {
        let desk = try Desk()
        let root = try desk.pictures("photos", classes: ["a", "b"], count: 12)
        let outcome = try desk.run([
            "split", "folder", "--data", "\(root)/train", "--hold-out", "test=0.25", "--hold-out", "validation=0.2",
            "--salt", "s", "--output", desk.at("lists"), "--json",
        ])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let lists = try ["train", "test", "validation"].map {
            try String(contentsOfFile: desk.at("lists/\($0).txt"), encoding: .utf8).split(separator: "\n")
        }
        #expect(lists.reduce(0) { $0 + $1.count } == 24 && Set(lists.joined()).count == 24)
        #expect(lists.allSatisfy { list in ["a/", "b/"].allSatisfy { name in list.contains { $0.hasPrefix(name) } } })
        let check = try desk.run([
            "data", "check", "list", "--data", desk.at("lists"), "--set", "data.root=\(root)/train", "--set",
            "data.train=train.txt", "--set", "data.test=test.txt", "--set", "data.validation-list=validation.txt",
            "--decode", "all", "--quiet",
        ])
        #expect(check.status == 0, "\(check.output) \(check.errors)")
    }

    @Test("Parts that are none are refused", arguments: ["test", "test=x", "train=0.1", "../x=0.1", "test=1"])
    func noParts(part: String) throws {
        let desk = try Desk()
        let root = try desk.pictures("photos", classes: ["a"])
        let outcome = try desk.run(["split", "folder", "--data", "\(root)/train", "--hold-out", part])
        #expect(outcome.status == 2, "\(outcome.output)")
    }
}
