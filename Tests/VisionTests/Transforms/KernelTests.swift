import Foundation
import LongTail
import Testing

@testable import LongTailVision

@Suite struct KernelTests {
    private static let gray: [UInt8] = [128, 128, 128]
    private static let mean: [UInt8] = [124, 116, 104]

    /// What a case's name asks for: the kernel, then its numbers.
    private func run(_ name: String, on source: PixelImage) throws -> PixelImage {
        let parts = name.split(separator: " ")
        let kernel = String(parts[0])
        let numbers = parts.dropFirst().compactMap { Double($0) }
        let first = numbers.first ?? 0
        var image = source
        switch kernel {
        case "brightness": image.adjustBrightness(first)
        case "contrast": image.adjustContrast(first)
        case "saturation": image.adjustSaturation(first)
        case "gray": image.adjustSaturation(0)
        case "sharpness": image.adjustSharpness(first)
        case "hue": image.adjustHue(first)
        case "blur": try image.blur(sigma: first)
        case "rotate-nearest": image = source.rotated(first, .nearest, fill: [0, 0, 0])
        case "rotate-bilinear": image = source.rotated(first, .bilinear, fill: Self.mean)
        case "rotate-bicubic": image = source.rotated(first, .bicubic, fill: Self.mean)
        case "autocontrast":
            image.adjustContrast(0.5)
            image.apply(.autoContrast, .nearest, fill: Self.gray)
        case "equalize": image.apply(.equalize, .nearest, fill: Self.gray)
        case "invert": image.apply(.invert, .nearest, fill: Self.gray)
        case "posterize": image.apply(.posterize(Int(first)), .nearest, fill: Self.gray)
        case "solarize": image.apply(.solarize(Int(first)), .nearest, fill: Self.gray)
        case "solarize-add": image.apply(.solarizeAdd(Int(first)), .nearest, fill: Self.gray)
        case "resized-crop":
            let box = numbers.map { Int($0) }
            var canvas = Canvas(.pixels(source))
            try canvas.crop(to: Box(top: box[0], left: box[1], height: box[2], width: box[3]))
            try canvas.resize(to: ImageSize(side: box[4]))
            image = try canvas.pixels()
        default:
            let (what, filter) = (kernel.dropLast(kernel.count - 7), kernel.split(separator: "-").last ?? "")
            let operation: [String: PictureOperation] = [
                "shear-x": .shearX(first), "shear-y": .shearY(first), "transla": .translateX(first),
            ]
            let filters: [String: PixelFilter] = ["nearest": .nearest, "bilinear": .bilinear, "bicubic": .bicubic]
            let chosen = kernel.hasPrefix("translate-y") ? .translateY(first) : operation[String(what)]
            image.apply(try #require(chosen), try #require(filters[String(filter)]), fill: Self.gray)
        }
        return image
    }

    @Test("Every kernel gives Pillow's and torchvision's bytes, its parameters given")
    func parity() throws {
        let cases = try Fixture<[String: Expected]>.read("transforms.json")
        let source = try #require(cases["source"]).image
        #expect(cases.count > 90)
        for (name, expected) in cases where name != "source" {
            let apart = distance(try run(name, on: source), try expected.image)
            // Pillow 13 may resample rows before columns, after which a byte may differ by one.
            #expect(try #require(apart) <= (name.hasPrefix("resized-crop") ? 1 : 0), "\(name)")
        }
    }

    struct Sample: Decodable {
        let box: [Int]
        let factors: [Double]
        let train: [Double]
        let evaluate: [Double]
    }

    @Test(
        "Photographs come out of the two usual transforms as with Pillow and torchvision",
        .enabled(if: hasRealData("imagenet-samples"), "no ../shared/data"))
    func photographs() throws {
        let cases = try Fixture<[String: Sample]>.read("samples.json")
        #expect(cases.count == 64)
        for (name, sample) in cases {
            let source = ImageSource.encoded(
                try EncodedImage(path: realData.appending(path: "imagenet-samples/\(name)").path))
            var canvas = Canvas(source)
            let box = sample.box
            try canvas.crop(to: Box(top: box[0], left: box[1], height: box[2], width: box[3]))
            try canvas.resize(to: ImageSize(side: 224))
            try canvas.change { (image) throws(LongTailError) in
                image.mirror()
                image.adjust([
                    (.brightness, sample.factors[0]), (.contrast, sample.factors[1]), (.saturation, sample.factors[2]),
                ])
            }
            #expect(apart(grid(try canvas.pixels()), sample.train) < 0.05, "\(name), training")
            var random = CounterRandom(seed: 0, purpose: .test)
            let evaluated = try Transform([Resize(256), CenterCrop(224)]).apply(to: source, random: &random)
            #expect(apart(grid(evaluated), sample.evaluate) < 0.001, "\(name), evaluation")
        }
    }

    /// Means of a 4 × 4 grid of cells of 56 × 56 pixels, a channel after the other.
    private func grid(_ image: PixelImage) -> [Double] {
        let planes = image.planes
        return (0..<48).map { cell in
            let (channel, row, column) = (cell / 16, cell % 16 / 4, cell % 4)
            var sum = 0
            for y in 0..<56 {
                let start = (channel * 224 + row * 56 + y) * 224 + column * 56
                for x in 0..<56 { sum += Int(planes[start + x]) }
            }
            return Double(sum) / 3136
        }
    }

    private func apart(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? 1 }
}
