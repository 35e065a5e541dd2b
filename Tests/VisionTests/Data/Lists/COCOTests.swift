import Foundation
import LongTail
import Testing

/// JSON annotations: COCO Camera Traps, iNaturalist, MegaDetector's results.
@Suite struct COCOTests {
    private func read(_ text: String, classes: [String]? = nil, crops: Bool = false) throws -> ImageList {
        var list: ImageList?
        try withFolder { folder in
            try AtomicFile.write(text, to: "\(folder)/a.json")
            list = try ImageList.coco("\(folder)/a.json", classes: classes, crops: crops, below: folder)
        }
        return try #require(list)
    }

    private func identities(_ list: ImageList) -> [String] { (0..<list.count).map { list.identity(of: $0) } }

    /// Camera traps: ids are texts, boxes are in pixels, annotations come before pictures.
    private static let traps = """
        {"info": {"version": "1.0", "description": "caf\\u00e9 [ } \\" "},
         "annotations": [
           {"id": "a1", "image_id": "i1", "category_id": 3, "bbox": [10, 20, 30.5, 40]},
           {"id": "a2", "image_id": "i2", "category_id": 10, "bbox": [0, 0, 5, 5], "sequence_level_annotation": true},
           {"id": "a3", "image_id": "i2", "category_id": 3},
           {"id": "a4", "image_id": "i3", "category_id": 10, "bbox": [1, 2, 3, 4]},
           {"id": "a5", "image_id": "i3", "category_id": 10, "bbox": [5, 6, 7, 8]},
           {"id": "a6", "image_id": "gone", "category_id": 3}],
         "images": [
           {"id": "i1", "file_name": "loc/fox 1.jpg", "width": 100, "height": 200, "location": {"a": [[1, [2]], "]"]}},
           {"id": "i2", "file_name": "loc/both.jpg"}, {"id": "i3", "file_name": "loc\\/bear.jpg"},
           {"id": "i4", "file_name": "loc/none.jpg"}],
         "categories": [{"id": 10, "name": "bear"}, {"id": 3, "name": "fox"}, {"id": 0, "name": "empty"}]}
        """

    @Test("A picture has its annotations' category; several and none are left out and counted") func pictures() throws {
        let list = try read(Self.traps)
        #expect(identities(list) == ["loc/fox 1.jpg", "loc/bear.jpg"])
        #expect(list.classNames == ["fox", "bear"] && list.labels == [0, 1])
        #expect(
            list.notes == [
                "1 annotation of pictures that are not listed is left out", "1 picture without a category is left out",
                "1 picture of several categories is left out", "data.crop-boxes: true makes a picture of every box",
                "no picture has the category 'empty'",
            ])
        #expect(try read(Self.traps, classes: ["bear", "x", "fox"]).labels == [2, 0])
        let strange = failure { _ = try read(Self.traps, classes: ["bear", "foxes"]) }
        #expect(strange?.problem.hasSuffix("the class 'fox' is not among the 2 classes trained on") == true)
    }

    @Test("With crops every box is a picture of its own name; those without a box are counted") func crops() throws {
        let list = try read(Self.traps, crops: true)
        #expect(
            identities(list) == [
                "loc/fox 1.jpg#10,20,30.5,40", "loc/both.jpg#0,0,5,5", "loc/bear.jpg#1,2,3,4", "loc/bear.jpg#5,6,7,8",
            ])
        #expect(list.labels == [0, 1, 1, 1] && list.repeats.isEmpty)
        #expect(list.notes.contains("1 annotation without a box is left out"))
        let some = try list.selecting([3, 0])
        #expect(identities(some) == ["loc/bear.jpg#5,6,7,8", "loc/fox 1.jpg#10,20,30.5,40"])
    }

    @Test("iNaturalist: ids are numbers in any order, classes in the order of their ids, one name for two kept apart")
    func naturalist() throws {
        let list = try read(
            """
            {"images": [{"id": 7, "file_name": "train_val2018/Aves/1/a.jpg"}, {"id": 5, "file_name": "b.jpg"},
                        {"id": 6, "file_name": "c.jpg"}],
             "annotations": [{"id": 0, "image_id": 5, "category_id": 12}, {"id": 1, "image_id": 7, "category_id": 2},
                             {"id": 2, "image_id": 6, "category_id": 9}],
             "categories": [{"id": 12, "name": "Ardea"}, {"id": 2, "name": "Ardea"}, {"id": 9, "name": 9}]}
            """)
        #expect(list.classNames == ["Ardea (2)", "9", "Ardea (12)"] && list.labels == [0, 2, 1])
        #expect(list.notes.isEmpty)
    }

    @Test("MegaDetector: the best classification, else animal, person, vehicle; unsure detections are left out")
    func megaDetector() throws {
        let text = """
            {"images": [
               {"file": "a.jpg", "detections": [
                  {"category": "1", "conf": 0.9, "bbox": [0.1, 0.2, 0.3, 0.4],
                   "classifications": [["3", 0.1], ["7", 0.8]]}, {"category": "1", "conf": 0.05, "bbox": [0, 0, 1, 1]}]},
               {"file": "b.jpg", "detections": [{"category": "2", "conf": 0.5, "bbox": [0, 0, 1, 1]}]},
               {"file": "c.jpg", "failure": "image access failure", "detections": null}],
             "detection_categories": {"1": "animal", "2": "person", "3": "vehicle"},
             "classification_categories": {"3": "fox", "7": "bear"}, "info": {"format_version": "1.6"}}
            """
        let list = try read(text)
        #expect(
            identities(list) == ["a.jpg", "b.jpg"] && list.labels == [1, 0] && list.classNames == ["person", "bear"])
        #expect(list.notes[0] == "1 detection below the confidence 0.2 is left out")
        #expect(list.notes[1] == "1 picture without a category is left out")
        #expect(identities(try read(text, crops: true)) == ["a.jpg#0.1,0.2,0.3,0.4", "b.jpg#0,0,1,1"])
        let strict = text.replacingOccurrences(
            of: "\"info\": {", with: "\"info\": {\"detector_metadata\": {\"typical_detection_threshold\": 0.8}, ")
        #expect(try read(strict).classNames == ["bear"])
    }

    @Test("A box is cut out of its picture: in pixels, in shares, and in pixels of a larger one") func cuts() throws {
        try withFolder { folder in
            let png = try Data(contentsOf: fixtures.appending(path: "rgb.png"))
            try AtomicFile.write(png, to: "\(folder)/a.png")
            let whole = try ImageCodec.decode(path: "\(folder)/a.png")
            let (height, width) = (whole.height, whole.width)
            try #require(height >= 8 && width >= 8)
            func cut(_ box: String, _ sides: String = "") throws -> PixelImage {
                try AtomicFile.write(
                    """
                    {"images": [{"id": 1, "file_name": "a.png"\(sides)}],
                     "annotations": [{"image_id": 1, "category_id": 1, "bbox": \(box)}],
                     "categories": [{"id": 1, "name": "x"}]}
                    """, to: "\(folder)/a.json")
                let list = try ImageList.coco("\(folder)/a.json", crops: true)
                return try ListedImages(name: "coco", list: list, root: ImageRoot(folder)).image(at: 0)
            }
            func part(_ top: Int, _ left: Int, _ partHeight: Int, _ partWidth: Int) throws -> PixelImage {
                var planes: [UInt8] = []
                for plane in 0..<3 {
                    for row in top..<top + partHeight {
                        let start = (plane * height + row) * width + left
                        planes += whole.planes[start..<start + partWidth]
                    }
                }
                return try PixelImage(height: partHeight, width: partWidth, planes: planes)
            }
            #expect(try cut("[2, 3, 4, 5]") == part(3, 2, 5, 4))
            // Pixels that the edges cut are taken in: columns 2.5 to 6.25 are 2 to 6.
            #expect(try cut("[2.5, 3, 3.75, 5]") == part(3, 2, 5, 5))
            // As far as the picture goes.
            #expect(try cut("[-3, -2, \(width + 9), 6]") == part(0, 0, 4, width))
            #expect(try cut("[0, 0, 1, 1]") == whole)
            #expect(try cut("[0.5, 0.25, 0.5, 0.5]").width == width - width / 2)
            // The annotations count in a picture of twice the sides.
            #expect(
                try cut("[4, 6, 8, 10]", ", \"width\": \(2 * width), \"height\": \(2 * height)") == part(3, 2, 5, 4))
            let outside = failure { _ = try cut("[1e300, 3, 4, 5]") }
            #expect(outside?.problem.contains("a.png: the box 1e+300,3,4,5 lies outside its") == true)
            for box in ["[1, 2, 0, 4]", "[1, 2, 3]", "[1, 2, -3, 4]", "null", "\"x\"", "[1, 2, NaN, 4]"] {
                let none = failure { _ = try cut(box) }
                #expect(none?.problem.contains("names no picture: 1 annotation without a box") == true, "\(box)")
            }
        }
    }

    @Test(
        "What is no such JSON is told",
        arguments: [
            ("{\"a\": 1}", "a.json is JSON without 'images'"), ("[{\"file\": \"a.jpg\"}]", "a.json is a JSON list"),
            ("{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}]}", "names 1 pictures and no category of any"),
            ("{\"file_name\": \"a.jpg\"}\n{\"file_name\": \"b.jpg\"}", "a.json:2: a second object: JSON Lines"),
            ("path,label\n", "a.json is not JSON"), ("{\"images\": [{\"id\": 1,", "the file ends"),
            ("{\"images\": [\n{\"id\": 1}]}", "a.json:2: a picture without file_name"),
            ("{\"images\": [{\"file_name\": \"/etc/a.jpg\"}]}", "an absolute path"),
            ("{\"images\": [{\"file_name\": \"C:\\\\a.jpg\"}]}", "a path of Windows"),
            ("{\"images\": [{\"file_name\": \"\\ud800.jpg\"}]}", "an escape that JSON does not have"),
            ("{\"images\": [], \"annotations\": [{\"image_id\": 1}]}", "without image_id and category_id"),
            ("{\"images\": 3]", "',' is missing"), ("{\"images\": [}", "is missing"), ("{\"x\": [}]", "closes none"),
            ("{\"x\": ,}", "a value is missing"), ("{\"x\": \"", "ends inside a text"), ("{\"x\": \"\\", "ends inside"),
        ]) func refused(text: String, message: String) throws
    {
        let problem = failure { _ = try read(text) }?.problem ?? "none"
        #expect(problem.contains("a.json") && problem.contains(message), "\(problem)")
    }

    @Test("Two pictures of one id, categories without a name, annotations beside detections") func contradictions()
        throws
    {
        func problem(_ pictures: String, _ annotations: String, _ more: String = "") -> String {
            let text = "{\"images\": [\(pictures)], \"annotations\": [\(annotations)]\(more)}"
            return failure { _ = try read(text) }?.problem ?? "none"
        }
        let (one, of) = ("{\"id\": 1, \"file_name\": \"a.jpg\"}", "{\"image_id\": 1, \"category_id\": 4}")
        #expect(problem("\(one), \(one)", of).contains("two pictures have the id 1"))
        #expect(problem(one, of).contains("the category 4, which is not among its categories"))
        let detected = "{\"file\": \"b.jpg\", \"detections\": [{\"category\": \"1\", \"conf\": 1}]}"
        #expect(problem("\(one), \(detected)", of).contains("has annotations and detections"))
        let twice = ", \"categories\": [{\"id\": 4, \"name\": \"x\"}, {\"id\": 4, \"name\": \"y\"}]"
        #expect(problem(one, of, twice).contains("the category 4 for the second time"))
    }

    @Test("Brackets without end, in what is passed over and in what is read, are an error") func nesting() throws {
        for bracket in ["[", "{\"x\":"] {
            let deep = String(repeating: bracket, count: 100_000)
            for text in ["{\"x\": \(deep)", "{\"images\": [{\"location\": \(deep)", "{\"images\": \(deep)"] {
                #expect(failure { _ = try read(text) }?.kind == .data)
            }
        }
    }

    @Test("Damaged JSON is read or refused, and never worse: every cut and every changed byte") func damage() throws {
        try withFolder { folder in
            let bytes = Array(Self.traps.utf8)
            for place in stride(from: 0, to: bytes.count, by: 3) {
                for (count, other) in [(place, 0), (bytes.count, 0x22), (bytes.count, 0x5B), (bytes.count, 0x7D)] {
                    var damaged = Array(bytes.prefix(count))
                    if place < count { damaged[place] = UInt8(other) }
                    try Data(damaged).write(to: URL(fileURLWithPath: "\(folder)/a.json"))
                    _ = failure { _ = try ImageList.coco("\(folder)/a.json", crops: true) }
                }
            }
        }
    }
}
