import LongTailBasics
import LongTailTorch
import Testing

@testable import LongTailExperiments

@Suite struct ComputeTests {
    @Test(
        "Processes of a machine divide its cores; what the user says wins, but not the 1 that torchrun puts there by itself",
        arguments: [
            (nil, 4, "torchrun", 2), ("1", 4, "torchrun", 2), ("3", 4, "torchrun", 3), ("1", 4, "mpi", 1),
            ("0", 4, "mpi", 2), ("many", 4, "mpi", 2), (nil, 3, "mpi", 2), (nil, 16, "torchrun", 1), ("4", 1, "mpi", 8),
        ] as [(String?, Int, String, Int)])
    func threads(_ named: String?, _ size: Int, _ launcher: String, _ expected: Int) throws {
        let variables =
            launcher == "mpi"
            ? [
                "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "\(size)", "OMPI_COMM_WORLD_LOCAL_RANK": "0",
                "OMPI_COMM_WORLD_LOCAL_SIZE": "\(size)",
            ]
            : [
                "RANK": "0", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "\(size)",
                "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500",
            ]
        let world = try LongTailTorch.World(environment: variables)
        let found = Compute.threads(
            of: world, named.map { ["OMP_NUM_THREADS": $0] } ?? [:], ProcessorShare(logical: 16, cores: 8))
        #expect(found == expected)
    }

    @Test("A part has the members k with k = i modulo n, each member is of one part, and nonsense is none") func parts()
        throws
    {
        for (count, members) in [(1, 5), (3, 10), (7, 3)] {
            let parts = try (1...count).map { try #require(MemberPart("\($0)/\(count)")).members(of: members) }
            #expect(parts.joined().sorted() == Array(0..<members))
            for (place, part) in parts.enumerated() {
                #expect(part.allSatisfy { ($0 + 1) % count == (place + 1) % count })
            }
        }
        #expect(MemberPart("3/10")?.members(of: 25) == [2, 12, 22])
        #expect(MemberPart("10/10")?.members(of: 25) == [9, 19])
        for text in ["", "/", "1/", "/2", "0/1", "2/1", "1/0", "-1/2", "1/2/3", "1 / 2", "1/9999999999999999999"] {
            #expect(MemberPart(text) == nil, "\(text)")
        }
    }
}
