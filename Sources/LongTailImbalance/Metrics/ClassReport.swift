import LongTailBasics

/// Hits per class on one split, with the calibration errors: everything else is computed from them.
///
/// Classes without test images are left out of every mean and named by `untested`.
public struct ClassReport: Codable, Sendable, Equatable {
    /// The class names in label order.
    public let classNames: [String]
    /// Images of each class that were recognised.
    public let hits: [Int]
    /// Test images of each class.
    public let totals: [Int]
    /// Expected calibration error of the predicted class, in [0, 1] (`CalibrationBins`); nil where its scores are not known.
    public let calibrationError: Double?
    /// Class-wise calibration error: the mean over classes of the binned gap of p_c, in [0, 1]; nil where not all scores are
    /// known.
    public let classwiseCalibrationError: Double?

    /// A report from counts.
    ///
    /// - Throws: When lengths differ, hits are not in 0...total, or there is no test image.
    public init(
        classNames: [String], hits: [Int], totals: [Int], calibrationError: Double? = nil,
        classwiseCalibrationError: Double? = nil
    ) throws(LongTailError) {
        try checkClassNames(classNames)
        guard classNames.count == hits.count, hits.count == totals.count else {
            throw LongTailError(
                .data, "a report with \(classNames.count) names, \(hits.count) hits and \(totals.count) totals")
        }
        var sum = 0
        for label in hits.indices {
            let (next, overflow) = sum.addingReportingOverflow(totals[label])
            guard (0...Int(Int32.max)).contains(totals[label]), (0...totals[label]).contains(hits[label]), !overflow
            else {
                throw LongTailError(
                    .data, "\(classPhrase(label, classNames)) has \(hits[label]) hits among \(totals[label]) images")
            }
            sum = next
        }
        guard sum > 0 else {
            throw LongTailError(
                .data, "there is no test image to report on", remedy: "Check the test split's folder or file.")
        }
        self.classNames = classNames
        self.hits = hits
        self.totals = totals
        self.calibrationError = calibrationError
        self.classwiseCalibrationError = classwiseCalibrationError
    }

    /// Decodes and checks.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            classNames: box.decode([String].self, forKey: .classNames),
            hits: box.decode([Int].self, forKey: .hits), totals: box.decode([Int].self, forKey: .totals),
            calibrationError: box.decodeIfPresent(Double.self, forKey: .calibrationError),
            classwiseCalibrationError: box.decodeIfPresent(Double.self, forKey: .classwiseCalibrationError))
    }

    /// The classes with test images, in label order; never empty.
    public var tested: [Int] { totals.indices.filter { totals[$0] > 0 } }
    /// The classes without test images, which no figure includes.
    public var untested: [Int] { totals.indices.filter { totals[$0] == 0 } }
    /// Test images in all.
    public var imageCount: Int { totals.reduce(0, +) }

    /// The share of a class's images that were recognised, in [0, 1]; nil without test images.
    public func recall(_ label: Int) -> Double? {
        guard totals.indices.contains(label), totals[label] > 0 else { return nil }
        return Double(hits[label]) / Double(totals[label])
    }

    /// Recalls of all classes in label order; nil where there are no test images.
    public var recalls: [Double?] { totals.indices.map(recall) }
}
