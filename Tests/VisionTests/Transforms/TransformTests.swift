import Foundation
import LongTail
import Testing

@testable import LongTailVision

@Suite struct TransformTests {
    private func noise(_ height: Int, _ width: Int) throws -> PixelImage {
        var random = CounterRandom(seed: 9, purpose: .test, index: height * 1000 + width)
        return try PixelImage(
            height: height, width: width, bytes: (0..<3 * height * width).map { _ in UInt8(random.below(256)) })
    }

    private func refusal(_ steps: [any TransformStep], from size: ImageSize?) -> String? {
        failure { _ = try Transform(steps).outputSize(of: "x", from: size) }?.problem
    }

    @Test("A transform knows what size comes out, or says why none does")
    func sizes() throws {
        let photographs: [any TransformStep] = [RandomResizedCrop(24), RandomHorizontalFlip(), ColorJitter()]
        #expect(try Transform(photographs).outputSize(of: "x", from: nil) == ImageSize(side: 24))
        #expect(try Transform([Resize(40), CenterCrop(32)]).outputSize(of: "x", from: nil) == ImageSize(side: 32))
        let wide = ImageSize(height: 10, width: 25)
        #expect(try Transform([Resize(4)]).outputSize(of: "x", from: wide) == ImageSize(height: 4, width: 10))
        #expect(try Transform.cropAndFlip().outputSize(of: "x", from: wide) == wide)
        #expect(refusal([Resize(40)], from: nil)?.contains("different sizes") == true)
        #expect(refusal([RandomCrop(40)], from: wide)?.contains("smaller than 40") == true)
        #expect(refusal([GaussianBlur()], from: nil) != nil)
        #expect(refusal([RandomApply(0.5, [CenterCrop(4)])], from: wide)?.contains("random-apply") == true)
        var crop = RandomResizedCrop(8)
        for scale in [[], [1], [0, 1], [0.5, 0.1], [0.5, 2]] {
            crop.scale = scale
            #expect(refusal([crop], from: wide)?.contains("scale") == true)
        }
    }

    @Test(
        "A random resized crop has an area and a shape in range, fills the picture's places, and falls back to the middle"
    )
    func randomResizedCrop() throws {
        let size = ImageSize(height: 300, width: 400)
        let crop = RandomResizedCrop(224)
        var (areas, tops): ([Double], Set<Int>) = ([], [])
        for index in 0..<2000 {
            var random = CounterRandom(seed: 3, purpose: .test, index: index)
            let box = crop.box(in: size, random: &random)
            #expect(box.fits(size))
            let shape = Double(box.width) / Double(box.height)
            #expect(0.73...1.36 ~= shape)
            areas.append(Double(box.width * box.height) / 120_000)
            tops.insert(box.top * 10 / 300)
        }
        #expect(areas.allSatisfy { 0.078...1 ~= $0 })
        // The share is uniform in 0.08...1, less the crops that do not fit: a mean of about a half.
        #expect(0.42...0.54 ~= areas.reduce(0, +) / 2000)
        #expect(tops.count >= 6)
        var random = CounterRandom(seed: 3, purpose: .test)
        let narrow = crop.box(in: ImageSize(height: 10, width: 1000), random: &random)
        #expect(narrow == Box(top: 0, left: 493, height: 10, width: 13))
    }

    @Test("Crops and resizes that wait give the bytes of those that are done at once")
    func waiting() throws {
        let image = try noise(37, 52)
        var canvas = Canvas(.pixels(image))
        try canvas.crop(to: Box(top: 3, left: 5, height: 30, width: 40))
        try canvas.resize(to: ImageSize(height: 17, width: 21))
        try canvas.crop(to: Box(top: 2, left: 1, height: 9, width: 12))
        try canvas.resize(to: ImageSize(height: 20, width: 5))
        var step = Canvas(.pixels(image.cropped(Box(top: 3, left: 5, height: 30, width: 40))))
        try step.resize(to: ImageSize(height: 17, width: 21))
        step = Canvas(.pixels(try step.pixels().cropped(Box(top: 2, left: 1, height: 9, width: 12))))
        try step.resize(to: ImageSize(height: 20, width: 5))
        #expect(try canvas.pixels() == step.pixels())
        #expect(failure { try canvas.crop(to: Box(top: 0, left: 0, height: 21, width: 1)) } != nil)
    }

    @Test("Each random step is a function of its draws, and does something")
    func deterministic() throws {
        let image = try noise(20, 20)
        let steps: [any TransformStep] = [
            RandomRotation(), ColorJitter(0.4, 0.4, 0.4, hue: 0.1), GaussianBlur(), AutoAugment(), RandAugment(),
            Cutout(),
            RandomGrayscale(), RandomApply(0.5, [GaussianBlur()]), RandomCrop(padding: 2), RandomHorizontalFlip(),
        ]
        for step in steps {
            let outcomes = try (0..<40).map { try Transform([step]).apply(image, seed: UInt64($0)) }
            #expect(try outcomes == (0..<40).map { try Transform([step]).apply(image, seed: UInt64($0)) })
            #expect(outcomes.contains { $0 != image } && Set(outcomes.map(\.bytes)).count > 1, "\(type(of: step).name)")
            #expect(outcomes.allSatisfy { $0.size == image.size })
        }
    }

    @Test("Factors of colour jitter lie in range, in every order, and strength 0 leaves a part out")
    func jitter() {
        var orders: Set<String> = []
        for index in 0..<500 {
            var random = CounterRandom(seed: 3, purpose: .test, index: index)
            let adjustments = ColorJitter(0.4, 0.4, 0.4).draw(&random)
            #expect(adjustments.count == 3 && adjustments.allSatisfy { 0.6...1.4 ~= $0.1 })
            orders.insert("\(adjustments.map(\.0))")
        }
        #expect(orders.count == 6)
    }

    @Test("A cutout blackens a square that the edge may cut")
    func cutout() throws {
        var image = try PixelImage(height: 8, width: 9, bytes: Array(repeating: 7, count: 216))
        image.cutOut(4, row: 0, column: 8)
        let black = image.bytes.enumerated().filter { $0.element == 0 }.map(\.offset)
        #expect(black == [18, 19, 20, 21, 22, 23, 24, 25, 26, 45, 46, 47, 48, 49, 50, 51, 52, 53])
    }

    @Test("Levels of RandAugment and AutoAugment are those of the official code")
    func levels() {
        let size = ImageSize(height: 100, width: 200)
        func operation(_ kind: Int, _ level: Double) -> PictureOperation {
            RandAugment.operation(kind, level: level, sign: -1, size: size)
        }
        #expect(
            operation(3, 10) == .rotate(-30) && operation(4, 10) == .posterize(4) && operation(4, 9.9) == .posterize(3))
        #expect(
            operation(5, 10) == .solarize(256) && operation(6, 10) == .solarizeAdd(110)
                && operation(10, 0) == .sharpness(0.1))
        #expect(operation(13, 10) == .translateX(-90) && operation(14, 10) == .translateY(-45))
        func auto(_ kind: AutoAugment.Entry.Kind, _ level: Int) -> PictureOperation {
            AutoAugment.operation(kind, level: level, sign: 1, size: size).0
        }
        #expect(AutoAugment.policy.count == 25)
        #expect(auto(.rotate, 9) == .rotate(30) && auto(.posterize, 9) == .posterize(4))
        #expect(auto(.posterize, 0) == .posterize(8) && auto(.solarize, 9) == .solarize(0))
        #expect(auto(.color, 9) == .color(1.9) && auto(.translateX, 9) == .translateX(150.0 / 331 * 200))
    }
}
