import Foundation
import LongTailTraining

/// A point in a run: the stage, the member of a BTM stage, epoch and step, in the order in which they are reached.
package struct RunPosition: Codable, Sendable, Hashable, Comparable {
    /// The stage, from 0.
    package var stage: Int
    /// The member, from 0; 0 where there is one model.
    package var member: Int
    /// Epochs done in this stage (by this member).
    package var epoch: Int
    /// Steps done in this stage (by this member).
    package var step: Int

    /// A point.
    package init(stage: Int, member: Int = 0, epoch: Int = 0, step: Int = 0) {
        (self.stage, self.member, self.epoch, self.step) = (stage, member, epoch, step)
    }

    /// Reads a point; none lies before the beginning.
    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) throws -> Int {
            let number = try box.decode(Int.self, forKey: key)
            guard number >= 0 else {
                throw DecodingError.dataCorruptedError(forKey: key, in: box, debugDescription: "a negative number")
            }
            return number
        }
        self.init(
            stage: try number(.stage), member: try number(.member), epoch: try number(.epoch), step: try number(.step))
    }

    /// By stage, member, epoch, step.
    package static func < (a: RunPosition, b: RunPosition) -> Bool {
        (a.stage, a.member, a.epoch, a.step) < (b.stage, b.member, b.epoch, b.step)
    }
}

/// One line of `metrics.jsonl`.
public struct MetricLine: Codable, Sendable, Equatable {
    /// The stage, from 0.
    public var stage: Int
    /// The stage's name.
    public var name: String
    /// The member of a BTM stage, from 0.
    public var member: Int?
    /// Epochs done in this stage.
    public var epoch: Int
    /// Steps done in this stage.
    public var step: Int
    /// The mean loss since the line before.
    public var loss: Double?
    /// The learning rate.
    public var rate: Double?
    /// Training images a second.
    public var imagesPerSecond: Double?
    /// The share of the time that was spent waiting for images, from 0 to 1.
    public var waitingShare: Double?
    /// More numbers by name, such as an accuracy on the validation split.
    public var values: [String: Double]?

    /// A line.
    public init(
        stage: Int, name: String, member: Int? = nil, epoch: Int, step: Int, loss: Double? = nil, rate: Double? = nil,
        imagesPerSecond: Double? = nil, waitingShare: Double? = nil, values: [String: Double]? = nil
    ) {
        (self.stage, self.name, self.member, self.epoch, self.step) = (stage, name, member, epoch, step)
        (self.loss, self.rate, self.values) = (loss, rate, values)
        (self.imagesPerSecond, self.waitingShare) = (imagesPerSecond, waitingShare)
    }

    /// What an epoch of a stage, counted from 0, came to.
    init(_ epoch: TrainingEvent.Epoch, stage: Int) {
        self.init(
            stage: stage, name: epoch.stage, member: epoch.member, epoch: epoch.epoch + 1, step: 0, loss: epoch.loss,
            rate: epoch.rate, imagesPerSecond: epoch.imagesPerSecond,
            waitingShare: (epoch.waitingShare * 1000).rounded() / 1000)
    }

    private enum CodingKeys: String, CodingKey {
        case stage, name, member, epoch, step, loss, rate, values
        case imagesPerSecond = "images-per-second"
        case waitingShare = "waiting-share"
    }

    /// Where in the run it was written.
    package var position: RunPosition { RunPosition(stage: stage, member: member ?? 0, epoch: epoch, step: step) }
}
