import Foundation
import LongTailBasics

/// Processes that work together, as their launcher started them: this one's place among them, and where they meet.
///
/// Nothing is launched here: torchrun, Slurm and MPI do that, and say in the environment what they did.
public struct World: Sendable, Equatable {
    /// Who started the processes.
    public enum Launcher: String, Sendable, Codable {
        case alone, torchrun, slurm, mpi
        /// This program itself, for processes of one machine.
        case jobs
    }

    /// Who started this process.
    public let launcher: Launcher
    /// This process's number, from 0.
    public let rank: Int
    /// How many processes there are.
    public let size: Int
    /// This process's number on its machine, from 0.
    public let localRank: Int
    /// How many processes this machine has.
    public let localSize: Int
    /// Where they meet: a host and a port; empty and 0 alone.
    public let host: String
    public let port: Int
    /// Whether this process serves the meeting's store: rank 0, unless torchrun's agent does.
    public let serves: Bool
    /// The file in which processes of one machine meet, in the place of a port; nil where they meet at host and port.
    public let file: String?

    /// One process by itself.
    public static let alone = World(
        .alone, rank: 0, size: 1, localRank: 0, localSize: 1, host: "", port: 0, serves: false)

    private init(
        _ launcher: Launcher, rank: Int, size: Int, localRank: Int, localSize: Int, host: String, port: Int,
        serves: Bool, file: String? = nil
    ) {
        self.file = file
        (self.launcher, self.rank, self.size) = (launcher, rank, size)
        (self.localRank, self.localSize) = (localRank, localSize)
        (self.host, self.port, self.serves) = (host, port, serves)
    }

    /// The same place, for a further connection to what is served already.
    var joining: World {
        World(
            launcher, rank: rank, size: size, localRank: localRank, localSize: localSize, host: host, port: port,
            serves: false, file: file)
    }

    /// The variable that names the file in which processes of one machine meet.
    public static let fileVariable = "LONGTAIL_MEETING"

    /// What a process of this machine is told in its environment, to work as one of several.
    public static func variables(rank: Int, of size: Int, file: String) -> [String: String] {
        [
            fileVariable: file, "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(rank)",
            "LOCAL_WORLD_SIZE": "\(size)",
        ]
    }

    /// What the environment says: torchrun's variables, then MPI's, then those of a Slurm step; without any, `alone`.
    ///
    /// - Parameters:
    ///   - environment: The process's variables.
    ///   - parent: The number of the process that started this one, which ranks of one machine have in common.
    /// - Throws: `.usage` for half a set of variables, naming the one that is missing, and for numbers that contradict each other.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment, parent: Int32 = getppid()
    ) throws(LongTailError) {
        let variables = Variables(environment)
        if let file = variables[Self.fileVariable] {
            self = try .jobs(variables, file)
        } else if variables.has("RANK") || variables.has("WORLD_SIZE") {
            self = try .torchrun(variables)
        } else if let names = MPINames.all.first(where: { $0.launched(variables) }) {
            self = try .mpi(variables, names, parent)
        } else if variables.has("SLURM_STEP_ID") {
            self = try .slurm(variables)
        } else {
            self = .alone
        }
        guard size == 1 || !host.isEmpty else {
            throw LongTailError(.usage, "the host at which \(size) processes meet is empty")
        }
        guard rank < size, localRank < localSize, localSize <= size else {
            throw LongTailError(
                .usage,
                "the launcher's numbers contradict each other: rank \(rank) of \(size), on this machine \(localRank) of "
                    + "\(localSize)", remedy: "Start the processes with torchrun, srun or mpirun.")
        }
    }

    private static func jobs(_ variables: Variables, _ file: String) throws(LongTailError) -> World {
        let why = "\(fileVariable) comes with RANK and WORLD_SIZE"
        let (rank, size) = (try variables.number("RANK", why), try variables.number("WORLD_SIZE", why))
        return World(
            .jobs, rank: rank, size: size, localRank: rank, localSize: size, host: "127.0.0.1", port: 1,
            serves: rank == 0,
            file: file)
    }

    private static func torchrun(_ variables: Variables) throws(LongTailError) -> World {
        let why = "torchrun sets RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT together"
        let rank = try variables.number("RANK", why)
        let size = try variables.number("WORLD_SIZE", why)
        let isAgents = variables["TORCHELASTIC_USE_AGENT_STORE"]?.lowercased() == "true"
        return World(
            .torchrun, rank: rank, size: size, localRank: try variables.number("LOCAL_RANK", or: 0),
            localSize: try variables.number("LOCAL_WORLD_SIZE", or: 1), host: try variables.text("MASTER_ADDR", why),
            port: try variables.port("MASTER_PORT", why), serves: rank == 0 && !isAgents)
    }

    private static func slurm(_ variables: Variables) throws(LongTailError) -> World {
        let why = "a step of Slurm has SLURM_PROCID, SLURM_STEP_NUM_TASKS and SLURM_STEP_NODELIST"
        let size = try variables.number("SLURM_STEP_NUM_TASKS", or: try variables.number("SLURM_NTASKS", why))
        // A shell of `srun --pty bash` is one process, whatever was reserved for it; tasks of `srun bash SCRIPT` are not.
        let isShell = variables["SLURM_JOB_NAME"] == "bash" && variables.has("SLURM_PTY_PORT")
        guard size > 1, !isShell else { return .alone }
        let rank = try variables.number("SLURM_PROCID", why)
        let job = try variables.number("SLURM_JOB_ID", or: 0)
        // Step numbers of batch scripts and the like lie beyond every port.
        let step = try variables.number("SLURM_STEP_ID", why) % 10_000
        let perNode = NodeList.counts(variables["SLURM_STEP_TASKS_PER_NODE"] ?? "")
        let node = try variables.number("SLURM_NODEID", or: 0)
        let local = try variables.number("SLURM_LOCALID", or: 0)
        let nodes = try variables.text("SLURM_STEP_NODELIST", why)
        return World(
            .slurm, rank: rank, size: size, localRank: local,
            localSize: perNode.indices.contains(node) ? perNode[node] : local + 1,
            host: variables["MASTER_ADDR"] ?? NodeList.first(nodes),
            port: try variables.has("MASTER_PORT")
                ? variables.port("MASTER_PORT", why) : 15_000 + (job % 10_000 + step) % 10_000,
            serves: rank == 0)
    }

    private static func mpi(
        _ variables: Variables, _ names: MPINames, _ parent: Int32
    ) throws(LongTailError) -> World {
        let why = "MPI's launcher sets \(names.rank) and \(names.size) together"
        let (rank, size) = (try variables.number(names.rank, why), try variables.number(names.size, why))
        let local = try variables.number(names.localRank, or: 0)
        let localSize = try variables.number(names.localSize, or: 1)
        guard size > 1 else { return .alone }
        guard localSize == size || variables.has("MASTER_ADDR") else {
            throw LongTailError(
                .usage, "the \(size) processes are on several hosts, and MASTER_ADDR does not say where they meet",
                remedy: "mpirun -x MASTER_ADDR=HOST -n \(size) longtail …, HOST being that of rank 0.")
        }
        // What the job calls itself, the same for its ranks and another for the next job on this machine.
        let job = ["PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid"].lazy.compactMap { variables[$0] }.first
        let number = (job ?? "\(parent)").utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return World(
            .mpi, rank: rank, size: size, localRank: local, localSize: localSize,
            host: variables["MASTER_ADDR"] ?? "127.0.0.1",
            port: try variables.has("MASTER_PORT")
                ? variables.port("MASTER_PORT", why) : 15_000 + Int(number % 10_000),
            serves: rank == 0)
    }
}

/// What Open MPI, and launchers that speak PMI (MPICH, Intel), call their numbers.
private struct MPINames {
    let rank, size, localRank, localSize: String

    static let all = [
        MPINames(
            rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE", localRank: "OMPI_COMM_WORLD_LOCAL_RANK",
            localSize: "OMPI_COMM_WORLD_LOCAL_SIZE"),
        MPINames(rank: "PMI_RANK", size: "PMI_SIZE", localRank: "MPI_LOCALRANKID", localSize: "MPI_LOCALNRANKS"),
    ]

    /// Whether this launcher started the process: of the variables that it sets, and of a step of Slurm that its daemons run in.
    ///
    /// Slurm itself speaks PMI, too: then both say the same number of processes, and the step knows more.
    func launched(_ variables: Variables) -> Bool {
        guard variables.has(rank) || variables.has(size) else { return false }
        guard size == "PMI_SIZE", variables.has("SLURM_STEP_ID") else { return true }
        return variables.has(size)
            && variables[size] != variables["SLURM_STEP_NUM_TASKS"] ?? variables["SLURM_NTASKS"]
    }
}

/// The environment's variables, with errors that name them.
private struct Variables {
    private let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    func has(_ name: String) -> Bool { self[name] != nil }

    func text(_ name: String, _ why: String) throws(LongTailError) -> String {
        guard let value = self[name] else {
            throw LongTailError(
                .usage, "the environment lacks \(name): \(why)",
                remedy: "Start the processes with torchrun, srun or mpirun; for one process alone unset the others.")
        }
        return value
    }

    func number(_ name: String, _ why: String) throws(LongTailError) -> Int {
        try Self.parsed(try text(name, why), name, 0...1_000_000_000)
    }

    func number(_ name: String, or other: @autoclosure () throws(LongTailError) -> Int) throws(LongTailError) -> Int {
        guard let value = self[name] else { return try other() }
        return try Self.parsed(value, name, 0...Int(UInt32.max))
    }

    func port(_ name: String, _ why: String) throws(LongTailError) -> Int {
        try Self.parsed(try text(name, why), name, 1...65_535)
    }

    private static func parsed(_ text: String, _ name: String, _ range: ClosedRange<Int>) throws(LongTailError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw LongTailError(
                .usage,
                "the environment's \(name) is '\(excerpt(text))', which is no number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }
}

/// Slurm's short forms of lists.
private enum NodeList {
    /// The first name of a list such as `gpu[05-08,11],login`.
    static func first(_ list: String) -> String {
        var (name, depth, isTaken) = ("", 0, false)
        for character in list {
            switch character {
            case "[": (depth, isTaken) = (depth + 1, false)
            case "]": depth -= 1
            case ",", "-":
                if depth == 0, character == "," { return name }
                if depth == 0 { name.append(character) } else { isTaken = true }
            default: if depth == 0 || !isTaken { name.append(character) }
            }
        }
        return name
    }

    /// The numbers of a list such as `2(x3),1`; those that cannot be read end it.
    static func counts(_ list: String) -> [Int] {
        var counts: [Int] = []
        for part in list.split(separator: ",") {
            let pieces = part.split(whereSeparator: { "(x)".contains($0) }).map { Int($0) }
            guard let count = pieces.first ?? nil, (1...100_000).contains(count) else { return counts }
            let times = pieces.count > 1 ? pieces[1] ?? 1 : 1
            guard (1...100_000).contains(times) else { return counts }
            counts += Array(repeating: count, count: times)
        }
        return counts
    }
}
