import LongTailBasics
import LongTailFiles

/// What a JSON file says of pictures, in the layout of COCO (COCO Camera Traps and iNaturalist are of it) or in that of
/// MegaDetector's results: pictures, and for each any number of categories with or without a box.
///
/// Formats: cocodataset.org, lila.science/coco-camera-traps, github.com/visipedia/inat_comp,
/// lila.science/megadetector-output-format (version 1.6).
struct COCOAnnotations {
    /// Ids of the pictures.
    private(set) var ids = PathTable()
    /// Files of the pictures.
    private(set) var files = PathTable()
    /// Sides of the pictures as the file says; 0 where it does not.
    private(set) var sides: [(width: Int32, height: Int32)] = []
    /// For each annotation, the id of its picture.
    private(set) var pictures = PathTable()
    /// For each annotation, its category: a place in `keys`.
    private(set) var categories: [Int32] = []
    /// For each annotation, its box; empty unless boxes are wanted.
    private(set) var boxes: [CropBox?] = []
    /// For each annotation how sure the detector was; empty for annotations by people.
    private(set) var confidences: [Float] = []
    /// The ids of the categories that annotations name, in the order of their first.
    private(set) var keys: [String] = []
    /// The names of the categories, by id.
    private(set) var names: [String: String] = [:]
    /// The ids of the categories in the order of the file.
    private(set) var order: [String] = []
    /// What detections below are left out.
    private(set) var threshold: Float = 0.2
    private var numbers: [String: Int32] = [:]
    private let wantsBoxes: Bool
    private var scanner: JSONScanner

    /// Reads a file.
    ///
    /// - Throws: A failure that names file and line.
    init(_ path: String, boxes: Bool) throws(LongTailError) {
        (scanner, wantsBoxes) = (try JSONScanner(path), boxes)
        guard scanner.next() == UInt8(ascii: "{") else {
            throw LongTailError(
                .data, scanner.next() == UInt8(ascii: "[") ? "\(path) is a JSON list" : "\(path) is not JSON",
                remedy: "Expected is one JSON object with 'images' in the layout of COCO or of MegaDetector's results.")
        }
        var (isFirst, hasImages) = (true, false)
        while let key = try scanner.key(&isFirst) {
            switch (key, scanner.next()) {
            case ("images", UInt8(ascii: "[")):
                hasImages = true
                try entries { (reader) throws(LongTailError) in try reader.image() }
            case ("annotations", UInt8(ascii: "[")):
                try entries { (reader) throws(LongTailError) in try reader.annotation() }
            case ("categories", UInt8(ascii: "[")):
                try entries { (reader) throws(LongTailError) in try reader.category() }
            case ("detection_categories", UInt8(ascii: "{")): try categoryNames("")
            case ("classification_categories", UInt8(ascii: "{")): try categoryNames("classification ")
            case ("info", UInt8(ascii: "{")): try info()
            default: try scanner.skip()
            }
        }
        try scanner.end()
        guard hasImages else {
            throw LongTailError(
                .data, "\(path) is JSON without 'images'",
                remedy: "Read are the layouts of COCO (COCO Camera Traps, iNaturalist) and of MegaDetector's results; "
                    + "write others as a table: a path and a class on each line.")
        }
        guard confidences.isEmpty || confidences.count == categories.count else {
            throw LongTailError(
                .data, "\(path) has annotations and detections", remedy: "Make two files of them, and name one.")
        }
        guard !categories.isEmpty else {
            throw LongTailError(
                .data, "\(path) names \(ids.count) pictures and no category of any",
                remedy: "Expected are annotations with image_id and category_id, or detections.")
        }
    }

    /// Whether it is of MegaDetector.
    var isDetector: Bool { !confidences.isEmpty }

    // MARK: Pieces

    private mutating func entries(
        _ body: (inout COCOAnnotations) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        var isFirst = true
        while try scanner.hasEntry(&isFirst) { try body(&self) }
    }

    private mutating func image() throws(LongTailError) {
        var (id, file, width, height) = (String?.none, String?.none, 0.0, 0.0)
        var found: [Detection] = []
        var isFirst = true
        while let key = try scanner.key(&isFirst) {
            switch key {
            case "id": id = try scanner.word()
            case "file_name", "file": file = try scanner.string()
            case "width": width = try scanner.number() ?? 0
            case "height": height = try scanner.number() ?? 0
            case "detections" where scanner.next() == UInt8(ascii: "["): found = try detections()
            default: try scanner.skip()
            }
        }
        guard let file else { throw scanner.problem("a picture without file_name") }
        var (text, problem) = (file, String?.none)
        let isTaken = text.withUTF8 { bytes in
            PicturePath.checked(bytes, problem: &problem).map { files.append($0) } != nil
        }
        guard isTaken else { throw scanner.problem(problem ?? "no path", remedy: PicturePath.remedy) }
        ids.append(id ?? file)
        sides.append((Self.side(width), Self.side(height)))
        for detection in found {
            pictures.append(id ?? file)
            add(detection.category, detection.box)
            confidences.append(detection.confidence)
        }
    }

    private static func side(_ number: Double) -> Int32 { number >= 1 && number < 1e6 ? Int32(number) : 0 }

    private mutating func annotation() throws(LongTailError) {
        var (picture, category, box) = (String?.none, String?.none, CropBox?.none)
        var isFirst = true
        while let key = try scanner.key(&isFirst) {
            switch key {
            case "image_id": picture = try scanner.word()
            case "category_id": category = try scanner.word()
            case "bbox" where wantsBoxes: box = try scanner.numbers().flatMap { CropBox($0) }
            default: try scanner.skip()
            }
        }
        guard let picture, let category else { throw scanner.problem("an annotation without image_id and category_id") }
        pictures.append(picture)
        add(category, box)
    }

    private mutating func add(_ category: String, _ box: CropBox?) {
        if let number = numbers[category] {
            categories.append(number)
        } else {
            numbers[category] = Int32(keys.count)
            categories.append(Int32(keys.count))
            keys.append(category)
        }
        if wantsBoxes { boxes.append(box) }
    }

    private mutating func category() throws(LongTailError) {
        var (id, name) = (String?.none, String?.none)
        var isFirst = true
        while let key = try scanner.key(&isFirst) {
            switch key {
            case "id": id = try scanner.word()
            case "name": name = try scanner.word()
            default: try scanner.skip()
            }
        }
        guard let id else { throw scanner.problem("a category without id") }
        try self.name(id, name ?? id)
    }

    private mutating func name(_ id: String, _ name: String) throws(LongTailError) {
        let name = name.trimmingBlanks
        guard names.updateValue(name.isEmpty ? id : name, forKey: id) == nil else {
            throw scanner.problem("the category \(id) for the second time")
        }
        order.append(id)
    }

    // MARK: MegaDetector

    private struct Detection {
        var category = ""
        var confidence: Float = 1
        var box: CropBox?
    }

    private mutating func detections() throws(LongTailError) -> [Detection] {
        var (isFirst, found) = (true, [Detection]())
        while try scanner.hasEntry(&isFirst) {
            var (detection, isFirstKey, classification) = (Detection(), true, String?.none)
            while let key = try scanner.key(&isFirstKey) {
                switch key {
                case "category": detection.category = try scanner.word()
                case "conf": detection.confidence = Float(try scanner.number() ?? 1)
                case "bbox": detection.box = try scanner.numbers().flatMap { CropBox($0) }
                case "classifications" where scanner.next() == UInt8(ascii: "["): classification = try best()
                default: try scanner.skip()
                }
            }
            if let classification { detection.category = "classification " + classification }
            found.append(detection)
        }
        return found
    }

    /// The category of the highest score among pairs of category and score.
    private mutating func best() throws(LongTailError) -> String? {
        var (isFirst, best) = (true, (name: String?.none, score: -Double.infinity))
        while try scanner.hasEntry(&isFirst) {
            var isFirstOfPair = true
            guard try scanner.hasEntry(&isFirstOfPair) else { continue }
            let name = try scanner.word()
            let score = try scanner.hasEntry(&isFirstOfPair) ? scanner.number() ?? 0 : 0
            if score > best.score { best = (name, score) }
            while try scanner.hasEntry(&isFirstOfPair) { try scanner.skip() }
        }
        return best.name
    }

    private mutating func categoryNames(_ prefix: String) throws(LongTailError) {
        var isFirst = true
        while let id = try scanner.key(&isFirst) { try name(prefix + id, scanner.word()) }
    }

    private mutating func info() throws(LongTailError) {
        var isFirst = true
        while let key = try scanner.key(&isFirst) {
            guard key == "detector_metadata", scanner.next() == UInt8(ascii: "{") else {
                try scanner.skip()
                continue
            }
            var isFirstOfMetadata = true
            while let key = try scanner.key(&isFirstOfMetadata) {
                if key == "typical_detection_threshold" {
                    threshold = Float(try scanner.number() ?? 0.2)
                } else {
                    try scanner.skip()
                }
            }
        }
    }
}
