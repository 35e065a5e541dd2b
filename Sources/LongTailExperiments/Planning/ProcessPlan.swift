import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTraining

/// What a plan becomes on many processes, each as fast as the one that was measured: members are handed out whole, shards of a
/// batch are computed side by side and their gradients exchanged, test images are divided; all else is one process's work.
package struct ProcessPlan: Encodable, Sendable {
    /// One stage.
    package struct Stage: Encodable, Sendable {
        /// The stage's name.
        package let name: String
        /// Processes that have work in it.
        package let busy: Int
        /// What is divided among them: `members`, `shards`, or nothing.
        package let by: String?
        /// Seconds of training, with the exchange of gradients and the merge's measuring.
        package let seconds: Double
        /// Seconds of the exchange of gradients among them.
        package let exchange: Double
        /// Images a second that all processes read together.
        package let imagesPerSecond: Double

        private enum CodingKeys: String, CodingKey {
            case name, busy, by, seconds, exchange
            case imagesPerSecond = "images-per-second"
        }
    }

    /// Processes.
    package let processes: Int
    /// Bytes a second between two of them, as assumed.
    package let bandwidth: Double
    /// The stages, in order.
    package let stages: [Stage]
    /// Seconds of the evaluation at the end.
    package let evaluationSeconds: Double
    /// Remarks, a sentence each.
    package let notes: [String]

    /// Training, merging and evaluation, in seconds.
    package let seconds: Double

    private enum CodingKeys: String, CodingKey {
        case processes, bandwidth, stages, notes, seconds
        case evaluationSeconds = "evaluation-seconds"
    }

    /// Reckons a measured plan anew.
    ///
    /// - Parameters:
    ///   - plan: The plan of one process.
    ///   - recipe: What was planned.
    ///   - processes: How many there would be.
    ///   - bandwidth: Bytes a second between two of them.
    /// - Throws: `.usage` where a stage's shards would have other bits on so many.
    package init(
        _ plan: Plan, of recipe: Recipe, processes: Int, bandwidth: Double
    ) throws(LongTailError) {
        (self.processes, self.bandwidth) = (processes, bandwidth)
        var (stages, notes): ([Stage], [String]) = ([], [])
        for stage in plan.stages {
            guard let planned = recipe.stages.first(where: { $0.name == stage.name }) else { continue }
            let shards = planned.training.shards
            if planned.btm != nil {
                let busy = min(processes, stage.members)
                let rounds = (stage.members + processes - 1) / processes
                let merging = stage.mergingSeconds / Double(processes)
                stages.append(
                    Stage(
                        name: stage.name, busy: busy, by: "members",
                        seconds: Double(rounds) * stage.trainingSeconds / Double(stage.members) + merging, exchange: 0,
                        imagesPerSecond: Double(busy) * stage.imagesPerSecond))
                if busy < processes {
                    notes.append("\(stage.name): \(stage.members) members keep \(busy) of \(processes) processes busy.")
                } else if stage.members % processes > 0 {
                    let idle = processes - stage.members % processes
                    notes.append(
                        "\(stage.name): \(rounds) rounds, in the last of which \(idle) \(idle == 1 ? "process has" : "processes have") no member."
                    )
                }
            } else if shards > 1 {
                try Shards.require(shards, processes, stage: stage.name)
                // Each piece is sent once to be added and once as a sum, to all but oneself.
                let bytes = 2 * 4 * Double(stage.trainedParameters) * Double(processes - 1) / Double(processes)
                let exchange = Double(stage.steps) * bytes / bandwidth
                stages.append(
                    Stage(
                        name: stage.name, busy: processes, by: "shards",
                        seconds: stage.trainingSeconds / Double(processes) + exchange, exchange: exchange,
                        imagesPerSecond: Double(processes) * stage.imagesPerSecond))
            } else {
                stages.append(
                    Stage(
                        name: stage.name, busy: 1, by: nil, seconds: stage.trainingSeconds, exchange: 0,
                        imagesPerSecond: stage.imagesPerSecond))
                if processes > 1 {
                    let power = Self.power(within: processes)
                    notes.append(
                        "\(stage.name): one process's work; shards: \(power) would divide it"
                            + (power < processes ? " on \(power) processes." : "."))
                }
            }
        }
        (self.stages, self.notes) = (stages, notes)
        evaluationSeconds = plan.evaluation.seconds / Double(processes)
        seconds = stages.reduce(evaluationSeconds) { $0 + $1.seconds }
    }

    /// The largest power of two of so many.
    private static func power(within processes: Int) -> Int {
        var power = 1
        while power <= processes / 2 { power *= 2 }
        return power
    }
}
