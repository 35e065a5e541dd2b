import LongTailBasics
import LongTailImbalance
import LongTailPredictions
import LongTailTraining
import LongTailVision

/// What the members of a BTM stage say together: the mean of their probabilities, image by image.
///
/// Costs as many networks as there are members, where the merge is one: what merging gives up, or gains.
struct MemberEnsemble {
    private let stage: String
    private let members: [String]
    private let isWhole: Bool
    private var sums: [Float] = []
    private var count = 0
    private var place = 0

    /// - Parameters:
    ///   - stage: The BTM stage.
    ///   - members: The models that are its members.
    ///   - all: How many it trained: without one of them nothing is said of all.
    init(of stage: String, _ members: [String], all: Int) {
        (self.stage, self.members, isWhole) = (stage, members, members.count == all)
    }

    func has(_ model: String) -> Bool { members.contains(model) }

    /// A member's probabilities follow, from the first image on.
    mutating func begin() { (place, count) = (0, count + 1) }

    /// Takes in a member's probabilities of the next images.
    mutating func add(_ probabilities: [Float]) {
        if count == 1 {
            sums += probabilities
        } else if place + probabilities.count <= sums.count {
            for (index, value) in probabilities.enumerated() { sums[place + index] += value }
        }
        place += probabilities.count
    }

    /// What they say together, once all of several members are in.
    func result(on images: any Dataset) throws(LongTailError) -> TestResult? {
        guard isWhole, count == members.count, count > 1, sums.count == images.count * images.classNames.count else {
            return nil
        }
        var builder = try ReportBuilder(classNames: images.classNames)
        try builder.add(probabilities: sums.map { $0 / Float(count) }, targets: images.labels.map(Int32.init))
        let (report, predictions) = try builder.finish(images: (0..<images.count).map(images.identity))
        return TestResult(name: ModelName.ensemble(of: stage), report: report, predictions: predictions)
    }
}
