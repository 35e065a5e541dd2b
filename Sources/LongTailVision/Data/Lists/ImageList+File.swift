import LongTailBasics
import LongTailFiles

extension ImageList {
    /// Reads a list file: a relative path, a blank, a whole label, one picture a line.
    ///
    /// The form of the published lists of ImageNet-LT, Places-LT and iNaturalist 2018. The label is what follows the
    /// last blank or tab, so that paths may hold blanks. Classes are named after their folders (`ClassFolders`).
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - names: The classes that the labels count, from another list; nil to take them from this one, where every
    ///     class then needs a picture.
    ///   - folder: Where the pictures lie, to see whether backslashes in paths are meant as slashes; nil leaves them.
    /// - Throws: A failure that names file and line: no label, a negative label, one that is no number or beyond the
    ///   classes, a class without a picture, a path that is absolute or climbs with `..`, text that is not UTF-8.
    public static func file(
        _ path: String, classes names: [String]? = nil, below folder: String? = nil
    ) throws(LongTailError) -> ImageList {
        let lines = try TextLines(list: path)
        var (paths, labels, highest) = (PathTable(over: lines.bytes), [Int](), (label: -1, line: 0))
        try lines.forEach { (line) throws(LongTailError) in
            let (number, (place, label)) = (line.number, try split(line.bytes, line.number, lines))
            if let names, label >= names.count {
                throw lines.problem(
                    number, "label \(label), but there are \(names.count) classes: 0 to \(names.count - 1)",
                    remedy: "Is this the list of the same data set?")
            }
            if label > highest.label { highest = (label, number) }
            paths.append(line.start + place.lowerBound..<line.start + place.upperBound)
            labels.append(label)
        }
        guard !labels.isEmpty else {
            throw LongTailError(
                .data, "\(path) names no picture", remedy: "Expected are lines such as: train/cat/1.jpg 0")
        }
        let notes = [paths.readBackslashes(below: folder)].compactMap { $0 }
        if names == nil { try refuseGaps(labels, highest, lines) }
        let numbers = names ?? (0...highest.label).map { "class-\($0)" }
        var list = try ImageList(source: path, paths: paths, labels: labels, classNames: numbers)
        list.notes = notes
        guard names == nil else { return list }
        return try ClassFolders.names(of: list).map { (names) throws(LongTailError) in try list.named(names) } ?? list
    }

    private static func split(
        _ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ lines: TextLines
    ) throws(LongTailError) -> (path: Range<Int>, label: Int) {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var (start, end) = (0, line.count)
        while end > start, isBlank(line[end - 1]) { end -= 1 }
        while start < end, isBlank(line[start]) { start += 1 }
        var cut = end
        while cut > start, !isBlank(line[cut - 1]) { cut -= 1 }
        let word = UnsafeBufferPointer(rebasing: line[cut..<end])
        var last = cut
        while last > start, isBlank(line[last - 1]) { last -= 1 }
        guard last > start else {
            throw lines.problem(
                number, "no label after '\(PicturePath.text(word))'", remedy: "Expected is: path, blank, whole number.")
        }
        let label = try label(word, number, lines)
        var problem: String?
        let path = UnsafeBufferPointer(rebasing: line[start..<last])
        guard let checked = PicturePath.checked(path, problem: &problem) else {
            throw lines.problem(number, problem ?? "no path", remedy: PicturePath.remedy)
        }
        return (last - checked.count..<last, label)
    }

    private static func label(
        _ word: UnsafeBufferPointer<UInt8>, _ number: Int, _ lines: TextLines
    ) throws(LongTailError) -> Int {
        var value = 0
        for byte in word {
            guard (0x30...0x39).contains(byte), value < 1_000_000_000 else {
                let text = PicturePath.text(word)
                throw lines.problem(
                    number, Int(text).map { $0 < 0 } == true ? "a negative label, \(text)" : "'\(text)' is no label",
                    remedy: "Labels are whole numbers from 0 to the number of classes less one.")
            }
            value = 10 * value + Int(byte - 0x30)
        }
        return value
    }

    /// Refuses a class between 0 and the highest label that no picture has.
    private static func refuseGaps(
        _ labels: [Int], _ highest: (label: Int, line: Int), _ lines: TextLines
    ) throws(LongTailError) {
        // More labels than pictures leave gaps anyway, and this bounds what is reserved below.
        var seen = [Bool](repeating: false, count: min(highest.label, labels.count) + 1)
        for label in labels where label < seen.count { seen[label] = true }
        guard let gap = seen.firstIndex(of: false) else { return }
        throw lines.problem(
            highest.line, "label \(highest.label), but no picture has the label \(gap)",
            remedy: "Labels run from 0 without gaps; a list of some classes only needs the whole list's classes.")
    }
}
