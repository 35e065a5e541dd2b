import Foundation
import LongTailBasics
import LongTailImbalance

/// What a run says about itself in `run.json`: on what it was made, from what, and what its classes are called.
public struct RunRecord: Codable, Sendable, Equatable {
    /// The machine, as far as it decides about bits.
    public struct Machine: Codable, Sendable, Equatable {
        /// The processor's name, as the system tells it.
        public var processor: String
        /// The instruction set, as in "x86_64".
        public var architecture: String

        /// The fastest of its instructions that were used (`Processor.Kind`); nil in a record of before.
        public var instructions: String?

        /// A machine of names.
        public init(processor: String, architecture: String, instructions: String? = nil) {
            (self.processor, self.architecture, self.instructions) = (processor, architecture, instructions)
        }

        /// This machine.
        public static var current: Machine {
            let processor = Processor.current
            return Machine(
                processor: processor.name, architecture: processor.architecture,
                instructions: processor.kind.rawValue)
        }
    }

    /// The processes that trained members together.
    public struct Processes: Codable, Sendable, Equatable {
        /// Who started them.
        public var launcher: String
        /// The host of each, by rank.
        public var hosts: [String]
    }

    /// The version of this program.
    public var version: String
    /// The version of libtorch.
    public var libtorch: String
    /// The machine.
    public var machine: Machine
    /// Threads of libtorch.
    public var threads: Int
    /// The GPU's name; nil for the processor.
    public var device: String?
    /// When the run began, ISO 8601 in UTC.
    public var started: String
    /// The command line.
    public var command: [String]
    /// The folder given as --data; nil for embedded data.
    public var data: String?
    /// The file that the final model is still to be written to, as an absolute path; nil once it is there, and where none
    /// was asked for.
    public var pendingOutput: String?
    /// Seconds spent in training so far, over all times that the run was taken up.
    public var trainingSeconds = 0.0
    /// SHA-256 of `recipe.yaml`, which a run keeps; nil in a record of before.
    public var recipeDigest: String?
    /// The hash of the list of training images; nil until it is known.
    public var listHash: String?
    /// The names of the classes, in label order; empty until they are known.
    public var classNames: [String]
    /// Training images of each class; with the names all that a report needs to know of the training images.
    public var classCounts: [Int]
    /// What a reader of the run should know of images and weights, a sentence each.
    public var notes: [String]
    /// The processes that it was begun with; nil for one alone.
    public var processes: Processes?
    /// The folder of BTM members that it shares with others, as an absolute path; nil where it has its own.
    public var members: String?

    /// A record of a run that begins now, on this machine unless said otherwise.
    public init(
        version: String, libtorch: String, machine: Machine = .current, threads: Int, device: String? = nil,
        started: Date = Date(),
        command: [String], data: String? = nil, pendingOutput: String? = nil, listHash: String? = nil,
        classNames: [String] = [], classCounts: [Int] = [],
        notes: [String] = [], processes: Processes? = nil
    ) {
        self.processes = processes
        (self.version, self.libtorch, self.machine, self.threads) = (version, libtorch, machine, threads)
        (self.device, self.started) = (device, started.formatted(.iso8601))
        (self.command, self.data, self.pendingOutput, self.listHash) = (command, data, pendingOutput, listHash)
        (self.classNames, self.classCounts, self.notes) = (classNames, classCounts, notes)
    }

    /// Reads a record; one of before counts were kept has none.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        version = try box.decode(String.self, forKey: .version)
        libtorch = try box.decode(String.self, forKey: .libtorch)
        machine = try box.decode(Machine.self, forKey: .machine)
        threads = try box.decode(Int.self, forKey: .threads)
        device = try box.decodeIfPresent(String.self, forKey: .device)
        started = try box.decode(String.self, forKey: .started)
        command = try box.decode([String].self, forKey: .command)
        data = try box.decodeIfPresent(String.self, forKey: .data)
        pendingOutput = try box.decodeIfPresent(String.self, forKey: .pendingOutput)
        trainingSeconds = try box.decode(Double.self, forKey: .trainingSeconds)
        // Reports count whole seconds.
        guard (0...1e12).contains(trainingSeconds) else {
            throw DecodingError.dataCorruptedError(
                forKey: .trainingSeconds, in: box, debugDescription: "no number of seconds")
        }
        recipeDigest = try box.decodeIfPresent(String.self, forKey: .recipeDigest)
        listHash = try box.decodeIfPresent(String.self, forKey: .listHash)
        classNames = try box.decode([String].self, forKey: .classNames)
        classCounts = try box.decodeIfPresent([Int].self, forKey: .classCounts) ?? []
        notes = try box.decodeIfPresent([String].self, forKey: .notes) ?? []
        processes = try box.decodeIfPresent(Processes.self, forKey: .processes)
        members = try box.decodeIfPresent(String.self, forKey: .members)
    }

    /// Training images per class.
    ///
    /// - Throws: `.file` for a record that does not say them.
    public func counts(_ path: String) throws(LongTailError) -> ClassCounts {
        guard !classCounts.isEmpty, classCounts.count == classNames.count else {
            throw LongTailError(
                .file, "\(path): does not say how many training images its classes have",
                remedy:
                    "It is of an older version; \(Wording.command("train \(Wording.option("resume"))")) adds them, and trains nothing again."
            )
        }
        return try ClassCounts(names: classNames, counts: classCounts)
    }

    private enum CodingKeys: String, CodingKey {
        case version, libtorch, machine, threads, device, started, command, data, notes, processes, members
        case pendingOutput = "pending-output"
        case trainingSeconds = "training-seconds"
        case recipeDigest = "recipe-digest"
        case listHash = "list-hash"
        case classNames = "class-names"
        case classCounts = "class-counts"
    }

    /// What differs from another record and changes the bits of the weights, as lines for the user.
    public func differences(from other: RunRecord) -> [String] {
        let pairs = [
            ("machine", machine.processor, other.machine.processor),
            ("architecture", machine.architecture, other.machine.architecture),
            ("instructions", machine.instructions ?? "", other.machine.instructions ?? machine.instructions ?? ""),
            ("threads", String(threads), String(other.threads)), ("device", device ?? "cpu", other.device ?? "cpu"),
            ("libtorch", libtorch, other.libtorch),
            ("longtail", version, other.version),
        ]
        return pairs.filter { $0.1 != $0.2 }.map { "\($0.0): \($0.1) now, \($0.2) before" }
    }
}
