import LongTailBasics
import Testing

@testable import LongTailTorch

/// Variables as launchers set them, recorded from torchrun 2.11, Slurm 22.05 and Open MPI 4.1.
@Suite struct WorldTests {
    private let torchrun = [
        "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "node1",
        "MASTER_PORT": "29500", "TORCHELASTIC_USE_AGENT_STORE": "True",
    ]
    private let slurm = [
        "SLURM_STEP_ID": "2", "SLURM_PROCID": "5", "SLURM_NTASKS": "7", "SLURM_STEP_NUM_TASKS": "7",
        "SLURM_LOCALID": "1", "SLURM_NODEID": "2", "SLURM_STEP_TASKS_PER_NODE": "2(x2),3",
        "SLURM_STEP_NODELIST": "gpu[05-06,11]", "SLURM_JOB_ID": "48213", "SLURM_LAUNCH_NODE_IPADDR": "10.0.0.99",
    ]
    private let mpi = [
        "OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_LOCAL_RANK": "2",
        "OMPI_COMM_WORLD_LOCAL_SIZE": "3", "PMIX_NAMESPACE": "1481834497",
    ]

    private func world(_ base: [String: String], _ changes: [String: String?] = [:]) throws -> World {
        try World(
            environment: base.merging(changes.compactMapValues(\.self)) { $1 }
                .filter { changes[$0.key] != .some(nil) }, parent: 77)
    }

    @Test("Without a launcher a process is alone, and so is one of one") func alone() throws {
        #expect(
            try World(environment: ["PATH": "/bin", "MASTER_ADDR": "x", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"])
                == .alone)
        #expect(try world(slurm, ["SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"]) == .alone)
        #expect(try world(slurm, ["SLURM_JOB_NAME": "bash", "SLURM_PTY_PORT": "41234"]) == .alone)
        #expect(try world(mpi, ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"]) == .alone)
    }

    @Test("Tasks of `srun bash SCRIPT` are several, whose job is called after the shell") func script() throws {
        let world = try world(slurm, ["SLURM_JOB_NAME": "bash"])
        #expect(world.launcher == .slurm && world.size == 7)
    }

    @Test("mpirun within a step of Slurm counts, and PMI that Slurm speaks itself does not") func within() throws {
        let step = slurm.merging(["SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"]) { $1 }
        let open = try World(environment: step.merging(mpi) { $1 }, parent: 77)
        #expect(open.launcher == .mpi && open.size == 3 && open.rank == 2)
        // One daemon of the launcher on each of seven nodes, of which Slurm knows.
        let daemons = try World(environment: slurm.merging(mpi) { $1 }, parent: 77)
        #expect(daemons.launcher == .mpi && daemons.size == 3)
        let hydra = ["PMI_RANK": "1", "PMI_SIZE": "4", "MPI_LOCALRANKID": "1", "MPI_LOCALNRANKS": "4"]
        #expect(try World(environment: step.merging(hydra) { $1 }, parent: 77).launcher == .mpi)
        let own = try World(environment: slurm.merging(["PMI_RANK": "5", "PMI_SIZE": "7"]) { $1 }, parent: 77)
        #expect(own.launcher == .slurm && own.rank == 5)
    }

    @Test("Processes of this program meet in a file, whatever other launcher there was") func jobs() throws {
        let world = try World(
            environment: slurm.merging(World.variables(rank: 1, of: 3, file: "/tmp/meeting")) { $1 }, parent: 77)
        #expect(world.launcher == .jobs && world.rank == 1 && world.size == 3 && world.localSize == 3)
        #expect(world.file == "/tmp/meeting" && !world.serves)
        #expect(throws: LongTailError.self) { try World(environment: [World.fileVariable: "/tmp/meeting"], parent: 77) }
    }

    @Test("torchrun: its agent serves the store, and without it rank 0 does") func torch() throws {
        let world = try world(torchrun)
        #expect(world.launcher == .torchrun && world.rank == 3 && world.size == 4)
        #expect(world.localRank == 1 && world.localSize == 2 && world.host == "node1" && world.port == 29_500)
        #expect(try !self.world(torchrun, ["RANK": "0"]).serves)
        let plain: [String: String?] = ["RANK": "0", "LOCAL_RANK": "0", "TORCHELASTIC_USE_AGENT_STORE": nil]
        #expect(try self.world(torchrun, plain).serves && !world.serves)
    }

    @Test(
        "Half a set of variables names the one that is missing",
        arguments: ["RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"])
    func half(_ missing: String) {
        let found = #expect(throws: LongTailError.self) { try world(torchrun, [missing: nil]) }
        #expect(found?.problem.contains("lacks \(missing)") == true && found?.kind == .usage)
        let empty = #expect(throws: LongTailError.self) { try world(torchrun, [missing: ""]) }
        #expect(empty?.problem.contains("lacks \(missing)") == true)
    }

    @Test(
        "Numbers that are none, too large or contradict each other are refused",
        arguments: [
            ("RANK", "4"), ("RANK", "-1"), ("RANK", "one"), ("WORLD_SIZE", "99999999999"), ("MASTER_PORT", "0"),
            ("MASTER_PORT", "65536"), ("LOCAL_RANK", "2"), ("LOCAL_WORLD_SIZE", "5"), ("WORLD_SIZE", "0"),
        ])
    func numbers(_ name: String, _ value: String) {
        #expect(throws: LongTailError.self) { try world(torchrun, [name: value]) }
    }

    @Test("Slurm: the first node is the place, the port comes from job and step") func step() throws {
        let world = try world(slurm)
        #expect(world.launcher == .slurm && world.rank == 5 && world.size == 7 && !world.serves)
        #expect(world.localRank == 1 && world.localSize == 3)
        #expect(world.host == "gpu05" && world.port == 15_000 + 8_215)
        let named = try self.world(slurm, ["MASTER_ADDR": "other", "MASTER_PORT": "1234", "SLURM_PROCID": "0"])
        #expect(named.host == "other" && named.port == 1234 && named.serves)
        #expect(throws: LongTailError.self) { try self.world(slurm, ["SLURM_PROCID": nil]) }
        #expect(throws: LongTailError.self) { try self.world(slurm, ["SLURM_STEP_NODELIST": nil]) }
    }

    @Test(
        "Slurm's lists of nodes",
        arguments: [
            ("a[5-9]", "a5"), ("a,b", "a"), ("n[01,03]", "n01"), ("gpu-b-[07-08]-ib,x", "gpu-b-07-ib"),
            ("solo", "solo"),
            ("r[1-2]n[3-4]", "r1n3"),
        ])
    func nodes(_ list: String, _ first: String) throws {
        #expect(try world(slurm, ["SLURM_STEP_NODELIST": list]).host == first)
    }

    @Test("torchrun inside a step of Slurm is torchrun's") func nested() throws {
        #expect(try world(slurm.merging(torchrun) { $1 }).launcher == .torchrun)
    }

    @Test("Open MPI: one host takes the loopback interface and a port of the job's, several need to be told")
    func ompi() throws {
        let world = try world(mpi)
        #expect(world.launcher == .mpi && world.rank == 2 && world.size == 3 && world.host == "127.0.0.1")
        #expect((15_000..<25_000).contains(world.port))
        #expect(try self.world(mpi, ["OMPI_COMM_WORLD_RANK": "0"]).port == world.port)
        #expect(try self.world(mpi, ["PMIX_NAMESPACE": "1481834498"]).port != world.port)
        let several: [String: String?] = ["OMPI_COMM_WORLD_LOCAL_RANK": "0", "OMPI_COMM_WORLD_LOCAL_SIZE": "1"]
        let found = #expect(throws: LongTailError.self) { try self.world(mpi, several) }
        #expect(found?.remedy?.contains("mpirun -x MASTER_ADDR=HOST") == true)
        #expect(try self.world(mpi, several.merging(["MASTER_ADDR": "node7"]) { $1 }).host == "node7")
        #expect(throws: LongTailError.self) { try self.world(mpi, ["OMPI_COMM_WORLD_SIZE": nil]) }
    }
}
