import Foundation
import Testing

@Suite struct MemoryTests {
    @Test("Twenty members need no more memory than two") func members() throws {
        // A ResNet-56 is 3.4 MB: keeping eighteen more of them would show as 61 MB.
        let desk = try Desk()
        func peak(_ members: Int) throws -> Double {
            let stage = "  - btm: { members: \(members), images-per-class: 4, epochs: 2, batch-size: 12 }\n"
            let recipe = try desk.write(Tiny.recipe(network: "resnet56", stages: stage), as: "\(members).yaml")
            let outcome = try desk.run(["train", recipe, "--run", desk.at("\(members)"), "--threads", "1", "--quiet"])
            try #require(outcome.status == 0, "\(outcome.errors)")
            return Double(outcome.peak) / 1_000_000
        }
        let (two, twenty) = (try peak(2), try peak(20))
        #expect(two > 50)
        // The allocator's pools settle within a few percent; one member kept for each would be 20 %.
        #expect(abs(twenty - two) < 0.06 * two, "\(two) MB with two members, \(twenty) MB with twenty")
        print("peak resident size: \(two) MB with two members, \(twenty) MB with twenty")
    }
}
