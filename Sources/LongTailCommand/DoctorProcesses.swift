import Foundation
import LongTail

/// What `doctor --processes` finds: who met whom, and how fast they talk.
struct ProcessesReport: Encodable {
    struct Process: Encodable {
        let rank: Int
        let host: String
        let process: Int32
        let threads: Int
        let processor: String
    }

    let launcher: String
    let processes: [Process]
    let warnings: [String]
    /// Seconds for the sum of one number, and of 25 million (a ResNet-50), over all ranks: the least of five.
    let oneNumber: Double
    let resNet50: Double

    private enum CodingKeys: String, CodingKey {
        case launcher, processes, warnings
        case oneNumber = "seconds-one-number"
        case resNet50 = "seconds-25-million"
    }
}

extension Doctor {
    /// Meets the other processes; rank 0 says what was found.
    func meet() throws(LongTailError) {
        let world = try World()
        guard world.size > 1 else {
            return try show(
                "one process, alone: nothing in the environment says that torchrun, srun or mpirun started more")
        }
        let team = try Team(world, Meeting.Hello(), waiting.patience)
        let times = try team.perform { () throws(LongTailError) in
            try Device.with(.cpu) { () throws(LongTailError) in try Self.check(team) }
            let times = (try Self.fastest(team, 1), try Self.fastest(team, 25_000_000))
            try team.group.barrier(seconds: waiting.patience.operators)
            return times
        }
        try team.close()
        guard world.rank == 0 else { return }
        let report = ProcessesReport(
            launcher: world.launcher.rawValue,
            processes: team.meeting.hellos.enumerated().map {
                .init(rank: $0, host: $1.host, process: $1.process, threads: $1.threads, processor: $1.processor)
            }, warnings: team.meeting.warnings, oneNumber: times.0, resNet50: times.1)
        if common.json { return try showJSON(report) }
        try show(Self.table(report).plain(), terminator: "")
        guard Device.current.kind == .cuda else { return }
        try show(
            team.group.joinsGPUs
                ? "GPUs talk by NCCL" : "GPUs talk through the processor's memory (Gloo): each process needs its own"
        )
    }

    /// Compares sums, copies and collections with what they must be, in every type that travels.
    private static func check(_ team: Team) throws(LongTailError) {
        let (group, world) = (team.group, team.world)
        for dtype in [DType.float32, .float64, .int64, .uint8] {
            func own(_ rank: Int) throws(LongTailError) -> Tensor {
                try Tensor([Double(rank + 1), Double(3 * rank)], shape: [2]).to(dtype)
            }
            let (size, mine) = (Double(world.size), try own(world.rank))
            // Ranks give r + 1 and 3r.
            let sums: [Double] = [size * (size + 1) / 2, 3 * size * (size - 1) / 2]
            let last: [Double] = [size, 3 * (size - 1)]
            let all: [Double] = (0..<world.size).flatMap { [Double($0 + 1), Double(3 * $0)] }
            let found: [(String, Tensor, [Double])] = [
                ("sum", try group.allReduce(mine), sums), ("sum along a tree", try team.sum(mine.to(.float32)), sums),
                ("copy", try group.broadcast(mine, from: world.size - 1), last),
                ("collection", try group.allGather(mine, size: world.size), all),
            ]
            for (name, tensor, expected) in found where try tensor.array(of: Double.self) != expected {
                throw LongTailError(
                    .network,
                    "the \(name) over all ranks is wrong for \(dtype.rawValue): \(try tensor.array(of: Double.self))")
            }
        }
        try checkBytes(team)
    }

    /// Compares bytes that every rank has, of unlike number, and rank 0 none, with what they must be where they go.
    private static func checkBytes(_ team: Team) throws(LongTailError) {
        func bytes(_ rank: Int) -> Data { Data(repeating: UInt8(truncatingIfNeeded: rank), count: 3 * rank) }
        let (rank, all) = (team.world.rank, (0..<team.world.size).map(bytes))
        guard try team.gather(bytes(rank)) == all, try team.collect(bytes(rank)) == (rank == 0 ? all : []),
            try team.collect(Data()) == (rank == 0 ? all.map { _ in Data() } : [])
        else { throw LongTailError(.network, "bytes of all ranks came to rank \(rank) otherwise than they were sent") }
    }

    private static func fastest(_ team: Team, _ count: Int) throws(LongTailError) -> Double {
        let tensor = try Tensor(Array(repeating: Float(1), count: count), shape: [count])
        var least = Double.infinity
        for _ in 0..<5 {
            let start = ContinuousClock.now
            _ = try team.sum(tensor)
            least = min(least, start.duration(to: .now) / .seconds(1))
        }
        return least
    }

    private static func table(_ report: ProcessesReport) -> ReportTable {
        ReportTable(
            title: "\(report.processes.count) processes of \(report.launcher) met",
            columns: [
                .init("rank"), .init("host", isNumeric: false), .init("process"), .init("threads"),
                .init("processor", isNumeric: false),
            ],
            rows: report.processes.map {
                [
                    .count($0.rank), .text($0.host), .count(Int($0.process)), .count($0.threads), .text($0.processor),
                ]
            },
            notes: [
                String(
                    format: "sum of 1 number: %.2f ms; of 25 million: %.0f ms (the least of five)",
                    1000 * report.oneNumber, 1000 * report.resNet50)
            ] + report.warnings)
    }
}
