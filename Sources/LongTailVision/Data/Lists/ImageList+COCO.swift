import LongTailBasics
import LongTailSerialization

extension ImageList {
    /// Reads JSON in the layout of COCO, as of COCO Camera Traps and iNaturalist, or MegaDetector's results.
    ///
    /// A picture's class is the category of its annotations; one with several categories or none is left out and counted
    /// in `notes`. With `crops` every box is a picture of its own. Classes are those that pictures have, in the order of
    /// their ids where those are whole numbers, else in that of the file. Of MegaDetector's results a detection's class
    /// is its best classification where there is one, else animal, person or vehicle; those below the typical threshold
    /// that the file names, or 0.2, are left out.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - names: The classes, in label order, from another file; nil to take them from this one.
    ///   - crops: Whether every box is a picture.
    ///   - folder: Where the pictures lie, to tell backslashes by; nil where it is not known.
    /// - Throws: A failure that names the file, and the line where there is one.
    public static func coco(
        _ path: String, classes names: [String]? = nil, crops: Bool = false, below folder: String? = nil
    ) throws(LongTailError) -> ImageList {
        let annotations = try COCOAnnotations(path, boxes: crops)
        var pairs = try AnnotatedPictures(annotations, path)
        if crops { pairs.takeBoxes(annotations) } else { pairs.takePictures(annotations) }
        return try pairs.list(annotations, path, classes: names, below: folder)
    }
}

/// Pictures and the categories that annotations give them, on the way to a list.
private struct AnnotatedPictures {
    /// For each annotation its picture; -1 for one that is left out.
    private var pictures: [Int32] = []
    private var notes: [String] = []
    /// What the list will hold: pictures, categories, boxes.
    private var rows: [(picture: Int32, category: Int32)] = []
    private var boxes: [CropBox] = []

    init(_ annotations: COCOAnnotations, _ path: String) throws(LongTailError) {
        var twice: Int?
        let index = PathIndex(annotations.ids) { position, _ in twice = twice ?? position }
        if let twice {
            throw LongTailError(
                .data, "\(path): two pictures have the id \(excerpt(annotations.ids[twice]))",
                remedy: "Make every id another one, or take one of them out.")
        }
        var (lost, unsure) = (0, 0)
        pictures.reserveCapacity(annotations.categories.count)
        for place in annotations.categories.indices {
            let found = annotations.pictures.withBytes(of: place) { index.position(of: $0, in: annotations.ids) }
            let isSure = !annotations.isDetector || annotations.confidences[place] >= annotations.threshold
            if found == nil { lost += 1 } else if !isSure { unsure += 1 }
            pictures.append(isSure ? found.map { Int32($0) } ?? -1 : -1)
        }
        say(lost, "annotation", "of pictures that are not listed")
        say(unsure, "detection", "below the confidence \(annotations.threshold)")
    }

    private mutating func say(_ count: Int, _ what: String, _ why: String) {
        guard count > 0 else { return }
        notes.append("\(count) \(what)\(count == 1 ? "" : "s") \(why) \(count == 1 ? "is" : "are") left out")
    }

    /// One row for every picture that has one category.
    mutating func takePictures(_ annotations: COCOAnnotations) {
        var categories = [Int32](repeating: -1, count: annotations.ids.count)
        for (picture, category) in zip(pictures, annotations.categories) where picture >= 0 {
            let known = categories[Int(picture)]
            categories[Int(picture)] = known == -1 || known == category ? category : -2
        }
        for (picture, category) in categories.enumerated() where category >= 0 {
            rows.append((Int32(picture), category))
        }
        say(categories.count { $0 == -1 }, "picture", "without a category")
        let several = categories.count { $0 == -2 }
        say(several, "picture", "of several categories")
        if several > 0 { notes.append("data.crop-boxes: true makes a picture of every box") }
    }

    /// One row for every box.
    mutating func takeBoxes(_ annotations: COCOAnnotations) {
        var boxless = 0
        for (place, picture) in pictures.enumerated() where picture >= 0 {
            guard let box = annotations.boxes[place] else {
                boxless += 1
                continue
            }
            rows.append((picture, annotations.categories[place]))
            boxes.append(box.of(annotations.sides[Int(picture)]))
        }
        say(boxless, "annotation", "without a box")
    }

    func list(
        _ annotations: COCOAnnotations, _ path: String, classes given: [String]?, below folder: String?
    ) throws(LongTailError) -> ImageList {
        guard !rows.isEmpty else {
            throw LongTailError(
                .data, (["\(path) names no picture"] + notes).joined(separator: ": "),
                remedy: "Expected are pictures of one category each, or boxes with data.crop-boxes: true.")
        }
        let (names, labels, empty) = try classes(annotations, path, given)
        var files = PathTable()
        for row in rows { annotations.files.withBytes(of: Int(row.picture)) { files.append($0) } }
        let backslashes = files.readBackslashes(below: folder)
        var list = try ImageList(
            source: path, paths: files, labels: rows.map { labels[Int($0.category)] }, classNames: names, boxes: boxes)
        list.notes = notes + [empty, backslashes].compactMap { $0 }
        return list
    }

    /// The classes in order, the class of every category that annotations name, and what is to be said of the others.
    private func classes(
        _ annotations: COCOAnnotations, _ path: String, _ given: [String]?
    ) throws(LongTailError) -> (names: [String], labels: [Int], note: String?) {
        var isUsed = [Bool](repeating: false, count: annotations.keys.count)
        for row in rows { isUsed[Int(row.category)] = true }
        if let bad = annotations.keys.first(where: { annotations.names[$0] == nil }) {
            throw LongTailError(
                .data, "\(path): annotations have the category \(excerpt(bad)), which is not among its categories",
                remedy: "Give every category an id and a name in 'categories'.")
        }
        let used = Set(zip(annotations.keys, isUsed).filter(\.1).map(\.0))
        let ordered =
            annotations.order.allSatisfy { Int($0) != nil }
            ? annotations.order.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) } : annotations.order
        let kept = ordered.filter(used.contains)
        // Two categories of one name are two classes; their ids keep them apart.
        let shared = Dictionary(grouping: ordered) { annotations.names[$0] ?? $0 }.filter { $0.value.count > 1 }
        func name(_ id: String) -> String {
            let name = annotations.names[id] ?? id
            return shared[name] == nil ? name : "\(name) (\(id))"
        }
        let names = given ?? kept.map(name)
        let places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        if let strange = kept.map(name).first(where: { places[$0] == nil }) {
            throw LongTailError(
                .data, "\(path): the class '\(strange)' is not among the \(names.count) classes trained on",
                remedy: nearest(strange, among: names).map { "Did you mean '\($0)'?" })
        }
        let empty = ordered.filter { !used.contains($0) }.map { "'\(annotations.names[$0] ?? $0)'" }
        let note =
            empty.isEmpty || given != nil
            ? nil
            : "no picture has the \(empty.count == 1 ? "category" : "categories") "
                + empty.prefix(4).joined(separator: ", ") + (empty.count > 4 ? ", … (\(empty.count))" : "")
        return (names, annotations.keys.map { places[name($0)] ?? 0 }, note)
    }
}
