import LongTail
import Testing

/// Intervals hold in worlds whose truth is known; `make coverage` counts longer, in larger worlds, and writes the page.
@Suite(.serialized) struct CoverageTests {
    @Test("95 % intervals hold for 90 of 100 test sets and in 90 of 100 worlds", arguments: World.suite)
    func coverage(_ world: World) throws {
        let bearsPopulation = !world.hasDeadTail && world.fewest >= ClassReport.imagesForPopulation
        let found = try Coverage(world, repetitions: 200, hasBest: false)
        for (figure, tally) in found.tallies {
            #expect(
                tally.next * 10 >= tally.count * 9, "\(world.name): \(figure): next \(tally.next) of \(tally.count)")
            guard bearsPopulation, tally.truths > 0 else { continue }
            #expect(
                tally.truth * 10 >= tally.truths * 9,
                "\(world.name): \(figure): truth \(tally.truth) of \(tally.truths)")
        }
    }

    @Test("Two equally good models get a star in about 5 of 100 cases, a better one more often")
    func stars() throws {
        let world = try #require(World.suite.first { $0.name == "20 × 20" })
        let (same, better) = (
            try Stars(world, gain: 0, repetitions: 200), try Stars(world, gain: 0.4, repetitions: 50)
        )
        // Four standard deviations of Binomial(200, 0.05) above its mean are 22.
        for (figure, stars) in same.stars { #expect(stars <= 22, "\(figure): \(stars) of 200") }
        for (figure, held) in same.held { #expect(held * 10 >= same.printed * 9, "\(figure): \(held)") }
        for figure in [Figure.accuracy, .harmonicMean, .geometricMean, .group(.few)] {
            #expect((better.stars[figure] ?? 0) > 25, "\(figure): \(better.stars[figure] ?? 0) of 50")
        }
    }
}
