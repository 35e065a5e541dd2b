import LongTail
import Testing

@Suite struct NormalizationTests {
    @Test("Glyphs' constants are near the mean and the spread of its pixels")
    func glyphs() throws {
        let data = try Glyphs(classes: 10, imagesPerClass: 20, split: .train)
        for channel in 0..<3 {
            let pixels = try (0..<data.count).flatMap { index in
                try data.image(at: index).planes[channel * 1024..<(channel + 1) * 1024].map { Double($0) / 255 }
            }
            let mean = pixels.reduce(0, +) / Double(pixels.count)
            let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels.count)
            #expect(abs(mean - Double(data.normalization.mean[channel])) < 0.05, "\(mean)")
            #expect(
                abs(variance.squareRoot() - Double(data.normalization.std[channel])) < 0.05, "\(variance.squareRoot())")
        }
    }
}
