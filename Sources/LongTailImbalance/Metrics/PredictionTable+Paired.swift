import LongTailBasics

extension PredictionTable {
    /// Another model's predictions of the same images, put into the order of these, images and classes, for a comparison in
    /// pairs.
    ///
    /// Images go by their names where both tables have them and none stands twice, else by their place.
    ///
    /// - Throws: When the classes, the images or their true classes differ, with the number of rows that do and the first.
    public func paired(with other: PredictionTable) throws(LongTailError) -> PredictionTable {
        let other = try other.relabelled(to: classNames)
        let ordered = try inOrder(other)
        let different = targets.indices.filter { targets[$0] != ordered.targets[$0] }
        guard let first = different.first else { return ordered }
        let classes = [targets[first], ordered.targets[first]].map { "\"\(excerpt(classNames[Int($0)]))\"" }
        throw Self.otherImages(
            "the true classes of \(different.count) of \(targets.count) images differ, of the first, "
                + "\(name(first)): \(classes[0]) and \(classes[1])")
    }

    private func inOrder(_ other: PredictionTable) throws(LongTailError) -> PredictionTable {
        guard let names = places, let others = other.places else {
            guard targets.count == other.targets.count else {
                throw Self.otherImages("there are \(targets.count) images and \(other.targets.count)")
            }
            return other
        }
        if images == other.images { return other }
        for (own, known, which) in [(self, others, "second"), (other, names, "first")] {
            let missing = (own.images ?? []).filter { known[$0] == nil }
            guard let first = missing.first else { continue }
            throw Self.otherImages(
                "there are \(targets.count) images and \(other.targets.count), and \(missing.count) of them are not in the "
                    + "\(which), the first of which is \(excerpt(first))")
        }
        return try other.rows((images ?? []).compactMap { others[$0] })
    }

    /// The place of every image by its name; nil where names are missing or stand twice.
    private var places: [String: Int]? {
        guard let images else { return nil }
        let places = Dictionary(images.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return places.count == images.count ? places : nil
    }

    /// Some of the images, in another order perhaps.
    private func rows(_ order: [Int]) throws(LongTailError) -> PredictionTable {
        try PredictionTable(
            classNames: classNames, targets: order.map { targets[$0] }, predicted: order.map { predicted[$0] },
            confidence: confidence.map { column in order.map { column[$0] } }, further: try further?.rows(order),
            images: images.map { column in order.map { column[$0] } },
            groups: groups.map { column in order.map { column[$0] } })
    }

    /// The same with labels that count other names, among which all of its own must be.
    private func relabelled(to names: [String]) throws(LongTailError) -> PredictionTable {
        if names == classNames { return self }
        let labels = Dictionary(names.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
        let missing = classNames.filter { labels[$0] == nil }
        if let first = missing.first {
            throw LongTailError(
                .data,
                "the two models know different classes: \(missing.count) of the second's are not among the \(names.count) of "
                    + "the first, the first of which is \"\(excerpt(first))\"",
                remedy: "Give both the same training counts, which name all classes.")
        }
        let map = classNames.compactMap { labels[$0] }
        return try PredictionTable(
            classNames: names, targets: targets.map { map[Int($0)] }, predicted: predicted.map { map[Int($0)] },
            confidence: confidence,
            further: try further.map { (further) throws(LongTailError) in
                try FurtherClasses(
                    width: further.width, labels: further.labels.map { map[Int($0)] }, scores: further.scores)
            }, images: images, groups: groups)
    }

    private func name(_ row: Int) -> String {
        guard let images, places != nil else { return "row \(row)" }
        return excerpt(images[row])
    }

    private static func otherImages(_ what: String) -> LongTailError {
        LongTailError(
            .data, "the two models were not evaluated on the same images: \(what)",
            remedy: "Evaluate both on the same split.")
    }
}
