import Foundation
import LongTail
import Testing

extension BadInput {
    /// A stage of a method that must not start.
    private static func method(_ name: String, _ stages: String, _ says: [String], status: Int32 = 2) -> BadInput {
        BadInput(name, status, says) {
            [
                "train", try $0.write(Tiny.recipe(stages: stages), as: "bad.yaml"), "--run", $0.at("run"),
                "--threads", "1",
            ]
        }
    }

    private static func pre(_ keys: String) -> String { "  - pre-train: { epochs: 1, batch-size: 8, \(keys) }\n" }

    static let methods: [BadInput] = [
        method("a misspelt method", pre("method: rides"), ["bad.yaml:5:", "rides", "Did you mean 'ride'?"]),
        method(
            "a temperature of zero", pre("method: paco, temperature: 0"), ["bad.yaml:5:", "temperature", "from 0.001"]),
        method("a margin below zero", pre("method: ldam, margin: -1"), ["bad.yaml:5:", "margin", "from 0"]),
        method("a student without a teacher", pre("method: dive"), ["teacher", "is missing", "teacher: pre-train"]),
        method(
            "a teacher that comes later", pre("method: dive, teacher: late") + pre("name: late"),
            ["teacher", "'late'", "no stage before"]),
        method("a stage from one that comes later", pre("from: late") + pre("name: late"), ["from", "'late'"]),
        method("mixup with a method that has none", pre("method: bbn, mixup: 1"), ["mixup", "bbn has none"]),
        method("remix without mixing", pre("method: remix, mixup: 0"), ["mixup is 0", "Set mixup to 1"]),
        method(
            "gates without experts", pre("method: ce") + "  - post-train: { method: ride-routing, epochs: 1 }\n",
            ["gates decide between experts", "ride or sade"]),
        method(
            "whole batches of more images than there are",
            pre("method: paco").replacing("batch-size: 8", with: "batch-size: 512"),
            ["do not fill one of 512", "Lower batch-size"]),
        method(
            "a queue smaller than a batch", pre("method: gpaco, queue: 4"),
            ["queue of 4", "batch of 8", "Raise queue"]),
        method(
            "tau searched without validation images",
            pre("method: ce") + "  - post-train: { method: tau-norm, search: true }\n",
            ["needs validation images", "data.validation"]),
        method(
            "merging what trains nothing", pre("method: ce") + "  - btm: { method: ncm, members: 2 }\n",
            ["ncm", "trains nothing that could be merged"]),
        BadInput("experts weighed where there are none", 2, ["no experts to weigh", "sade or ride"]) { desk in
            ["evaluate", try desk.copy(FinishedRun.shared.get().path, as: "run"), "--aggregate", "--threads", "1"]
        },
        BadInput("a method that is none", 2, ["no method 'rides'", "'ride'"]) { _ in ["methods", "rides"] },
    ]
}
