import Dispatch
import Foundation
import LongTail
import Synchronization
import Testing

/// `longtail doctor --processes` under the variables that launchers set.
@Suite(.serialized) struct ProcessesTests {
    /// Runs a rank for each set of variables at the same time.
    private func launch(
        _ ranks: [[String: String]], _ words: [String] = ["doctor", "--processes"], timeout: Double = 120
    ) throws -> [Longtail.Outcome] {
        let binary = try #require(Longtail.binary, "longtail is not built beside the tests")
        let found = Mutex([Int: Result<Longtail.Outcome, any Error>]())
        let (done, folder) = (DispatchGroup(), Longtail.root)
        for place in ranks.indices {
            let variables = ranks[place].map { "\($0.key)=\($0.value)" }.sorted()
            done.enter()
            // A thread each: a pool has as many as there are cores, and every rank waits for the others.
            Thread.detachNewThread {
                let outcome = Result {
                    try Longtail.run(
                        URL(fileURLWithPath: "/usr/bin/env"),
                        ["-u", "OMP_NUM_THREADS"] + variables + [binary.path] + words, in: folder, timeout: timeout)
                }
                found.withLock { $0[place] = outcome }
                done.leave()
            }
        }
        done.wait()
        let outcomes = found.withLock { $0 }
        return try ranks.indices.map { try #require(outcomes[$0]).get() }
    }

    /// torchrun's variables of one rank.
    private func torchrun(_ rank: Int, of size: Int, _ port: Int) -> [String: String] {
        [
            "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(rank)", "LOCAL_WORLD_SIZE": "\(size)",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
        ]
    }

    @Test("One to four processes meet, and rank 0 says who they are", arguments: [1, 2, 4]) func meet(_ size: Int)
        throws
    {
        let port = try FreePort.find()
        let outcomes = try launch((0..<size).map { torchrun($0, of: size, port) }, ["doctor", "--processes", "--json"])
        #expect(outcomes.allSatisfy { $0.status == 0 && $0.errors.isEmpty }, "\(outcomes)")
        #expect(outcomes.dropFirst().allSatisfy { $0.output.isEmpty })
        guard size > 1 else { return #expect(outcomes[0].output.contains("one process, alone")) }
        let report = try #require(
            JSONSerialization.jsonObject(with: Data(outcomes[0].output.utf8)) as? [String: Any])
        let processes = try #require(report["processes"] as? [[String: Any]])
        #expect(processes.map { $0["rank"] as? Int } == Array(0..<size))
        #expect(Set(processes.compactMap { $0["process"] as? Int }).count == size)
        #expect(report["launcher"] as? String == "torchrun")
        #expect(try #require(report["seconds-25-million"] as? Double) > 0)
    }

    @Test("Open MPI's processes of one host meet without an address, Slurm's at the first node") func launchers() throws
    {
        let job = "\(try FreePort.find())"
        let mpi = (0..<2).map {
            [
                "OMPI_COMM_WORLD_RANK": "\($0)", "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_LOCAL_RANK": "\($0)",
                "OMPI_COMM_WORLD_LOCAL_SIZE": "2", "PMIX_NAMESPACE": job,
            ]
        }
        let met = try launch(mpi)
        #expect(met.allSatisfy { $0.status == 0 } && met[0].output.contains("2 processes of mpi met"), "\(met)")
        let slurm = (0..<2).map {
            [
                "SLURM_STEP_ID": "0", "SLURM_PROCID": "\($0)", "SLURM_STEP_NUM_TASKS": "2", "SLURM_LOCALID": "\($0)",
                "SLURM_NODEID": "0", "SLURM_STEP_TASKS_PER_NODE": "2", "SLURM_STEP_NODELIST": "localhost",
                "SLURM_JOB_ID": job,
            ]
        }
        let step = try launch(slurm)
        #expect(step.allSatisfy { $0.status == 0 } && step[0].output.contains("2 processes of slurm met"), "\(step)")
    }

    @Test("A rank that does not come is named, and the others end in time, without a stack of C++") func missing()
        throws
    {
        let port = try FreePort.find()
        let words = ["doctor", "--processes", "--meeting-timeout", "3"]
        let outcomes = try launch([0, 1].map { torchrun($0, of: 3, port) }, words, timeout: 30)
        #expect(outcomes.allSatisfy { $0.status == 4 }, "\(outcomes)")
        #expect(outcomes[0].errors.contains("rank 2 of 3 did not come within 3 s"))
        let alone = try launch([torchrun(1, of: 2, try FreePort.find())], words, timeout: 30)
        #expect(alone[0].status == 4 && alone[0].errors.contains("was not reached within 3 s"), "\(alone)")
        #expect((outcomes + alone).allSatisfy { !$0.errors.contains("frame #") })
    }

    @Test("Half a set of variables is told, and torchrun finds the reason in its file") func half() throws {
        let half = try launch([["RANK": "0", "MASTER_ADDR": "127.0.0.1"]])
        #expect(half[0].status == 2 && half[0].errors.contains("lacks WORLD_SIZE"), "\(half)")
        let desk = try Desk()
        let file = desk.at("error.json")
        let rank = torchrun(0, of: 2, try FreePort.find()).merging(["TORCHELASTIC_ERROR_FILE": file]) { $1 }
        _ = try launch([rank], ["doctor", "--processes", "--meeting-timeout", "1"])
        let report = try JSONSerialization.jsonObject(with: try Data(contentsOf: URL(fileURLWithPath: file)))
        let message = try #require((report as? [String: [String: Any]])?["message"])
        #expect((message["message"] as? String)?.contains("rank 1 of 2 did not come") == true)
        #expect((message["extraInfo"] as? [String: String])?["timestamp"].flatMap(Int.init) ?? 0 > 1_700_000_000)
    }

    @Test("Strangers and garbage on the port disturb nobody") func strangers() throws {
        let port = try FreePort.find()
        let isOver = Mutex(false)
        let stranger = Thread {
            while !isOver.withLock({ $0 }) {
                FreePort.send(Data((0..<512).map { UInt8(truncatingIfNeeded: $0 &* 37) }), to: port)
                usleep(20_000)
            }
        }
        stranger.start()
        let outcomes = try launch((0..<2).map { torchrun($0, of: 2, port) })
        isOver.withLock { $0 = true }
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
    }
}

/// Ports of this machine.
private enum FreePort {
    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    /// One that nobody listens at.
    static func find() throws -> Int {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var place = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, length) == 0 && getsockname(handle, $0, &length) == 0
            }
        }
        try #require(status, "no port is free")
        return Int(in_port_t(bigEndian: place.sin_port))
    }

    /// Sends what is no greeting, where somebody listens.
    static func send(_ data: Data, to port: Int) {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var place = address(port)
        let isConnected = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return }
        _ = data.withUnsafeBytes { Glibc.send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}
