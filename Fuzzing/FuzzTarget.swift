import ArgumentParser
import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailVision

/// A reader of files that others have made.
enum FuzzTarget: String, ExpressibleByArgument, CaseIterable {
    case images, webp, heif, tiff, pth, safetensors

    private var endings: [String] {
        switch self {
        case .images: ["jpg", "jpeg", "png", "webp", "heic", "avif", "tif"]
        case .webp: ["webp"]
        case .heif: ["heic", "avif"]
        case .tiff: ["tif"]
        case .pth: ["pth", "tar"]
        case .safetensors: ["safetensors"]
        }
    }

    /// The files of up to 1 MiB in a folder, and in folders below, that have the target's endings.
    func seeds(in folder: String) throws(LongTailError) -> [[UInt8]] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }.sorted() ?? []
        let seeds = names.filter { endings.contains(URL(fileURLWithPath: $0).pathExtension.lowercased()) }
            .compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }.filter { $0.count <= 1 << 20 }
        guard !seeds.isEmpty else {
            throw LongTailError(
                .data, "no \(rawValue) of up to 1 MiB in \(folder)",
                remedy: "Name a folder with --corpus, such as Tests/VisionTests/Fixtures.")
        }
        return seeds.map(Array.init)
    }

    /// Reads bytes all the way through.
    func read(_ bytes: [UInt8]) throws(LongTailError) {
        switch self {
        case .images, .webp, .heif, .tiff: try readPicture(bytes)
        case .pth: _ = try PyTorchCheckpoint(FileBytes(Data(bytes), named: "fuzz")).stateDicts
        case .safetensors: _ = try ModelFile(FileBytes(Data(bytes), named: "fuzz")).stateDicts
        }
    }

    /// The whole picture, a part of it, and a part of it at a fraction of the size.
    private func readPicture(_ bytes: [UInt8]) throws(LongTailError) {
        let picture = try EncodedImage(bytes, name: "fuzz")
        guard picture.size.height * picture.size.width <= 1 << 20 else { return }
        var random = CounterRandom(seed: UInt64(bytes.count), purpose: .test)
        let steps: [any TransformStep] = [RandomResizedCrop(9), RandomHorizontalFlip(), ColorJitter()]
        var failure: LongTailError?
        for transform in [Transform(), Transform(steps), Transform(steps, decoding: .fast)] {
            do throws(LongTailError) { _ = try transform.apply(to: .encoded(picture), random: &random) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
