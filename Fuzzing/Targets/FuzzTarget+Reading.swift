import Foundation
import LongTailBasics

@testable import LongTailVision

extension FuzzTarget {
    /// Reads bytes all the way through; anything but a value or a failure is a fault of the reader.
    package func read(_ bytes: [UInt8]) throws(LongTailError) {
        switch self {
        case .jpeg: try FuzzedPicture.read(bytes, [.jpeg])
        case .png: try FuzzedPicture.read(bytes, [.png])
        case .webp: try FuzzedPicture.read(bytes, [.webp])
        case .heif: try FuzzedPicture.read(bytes, [.heic, .avif])
        case .tiff: try FuzzedPicture.read(bytes, [.tiff])
        case .pickle: try FuzzedWeights.pickle(bytes)
        case .pth, .safetensors: try FuzzedWeights.read(bytes)
        case .resume: try FuzzedRun.resumePoint(bytes)
        case .run: try FuzzedRun.open(bytes)
        case .recipe: try FuzzedRecipe.read(bytes)
        case .list: try FuzzedList.list(bytes)
        case .csv: try FuzzedList.table(bytes)
        case .coco: try FuzzedList.annotations(bytes)
        case .classes: try FuzzedList.classNames(bytes)
        case .predictions: try FuzzedPredictions.read(bytes)
        case .tar:
            let folder = "\(Scratch.folder)/unpacked"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try TarGz.unpack(Scratch.file("archive.tar.gz", bytes), into: folder, limit: 1 << 20, fileLimit: 16)
        }
    }
}
