import Foundation
import LongTail
import Synchronization
import Testing

/// `longtail doctor --processes` under the variables that launchers set.
@Suite(.serialized) struct ProcessesTests {
    @Test("One to four processes meet, and rank 0 says who they are", arguments: [1, 2, 4]) func meet(_ size: Int)
        throws
    {
        let port = try FreePort.find()
        let outcomes = try Ranks.launch(
            (0..<size).map { Ranks.torchrun($0, of: size, port) }, ["doctor", "--processes", "--json"])
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
        let met = try Ranks.launch(mpi)
        #expect(met.allSatisfy { $0.status == 0 } && met[0].output.contains("2 processes of mpi met"), "\(met)")
        let slurm = (0..<2).map {
            [
                "SLURM_STEP_ID": "0", "SLURM_PROCID": "\($0)", "SLURM_STEP_NUM_TASKS": "2", "SLURM_LOCALID": "\($0)",
                "SLURM_NODEID": "0", "SLURM_STEP_TASKS_PER_NODE": "2", "SLURM_STEP_NODELIST": "localhost",
                "SLURM_JOB_ID": job,
            ]
        }
        let step = try Ranks.launch(slurm)
        #expect(step.allSatisfy { $0.status == 0 } && step[0].output.contains("2 processes of slurm met"), "\(step)")
    }

    @Test("A rank that does not come is named, and the others end in time, without a stack of C++") func missing()
        throws
    {
        let port = try FreePort.find()
        let words = ["doctor", "--processes", "--meeting-timeout", "3"]
        let outcomes = try Ranks.launch([0, 1].map { Ranks.torchrun($0, of: 3, port) }, words, timeout: 30)
        #expect(outcomes.allSatisfy { $0.status == 4 }, "\(outcomes)")
        #expect(outcomes[0].errors.contains("rank 2 of 3 did not come within 3 s"))
        let alone = try Ranks.launch([Ranks.torchrun(1, of: 2, try FreePort.find())], words, timeout: 30)
        #expect(alone[0].status == 4 && alone[0].errors.contains("was not reached within 3 s"), "\(alone)")
        #expect((outcomes + alone).allSatisfy { !$0.errors.contains("frame #") })
    }

    @Test("Half a set of variables is told, and torchrun finds the reason in its file") func half() throws {
        let half = try Ranks.launch([["RANK": "0", "MASTER_ADDR": "127.0.0.1"]])
        #expect(half[0].status == 2 && half[0].errors.contains("lacks WORLD_SIZE"), "\(half)")
        let desk = try Desk()
        let file = desk.at("error.json")
        let rank = Ranks.torchrun(0, of: 2, try FreePort.find()).merging(["TORCHELASTIC_ERROR_FILE": file]) { $1 }
        _ = try Ranks.launch([rank], ["doctor", "--processes", "--meeting-timeout", "1"])
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
        let outcomes = try Ranks.launch((0..<2).map { Ranks.torchrun($0, of: 2, port) })
        isOver.withLock { $0 = true }
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
    }

    @Test("A port that takes the connection and never answers keeps nobody waiting") func silence() throws {
        try FreePort.silent(isListening: true) { port in
            let outcome = try Ranks.launch(
                [Ranks.torchrun(1, of: 2, port)], ["doctor", "--processes", "--meeting-timeout", "1"], timeout: 60)[0]
            #expect(outcome.status == 4 && outcome.errors.contains("127.0.0.1:\(port)"), "\(outcome)")
            #expect(outcome.errors.contains("MASTER_PORT"), "\(outcome)")
        }
    }
}
