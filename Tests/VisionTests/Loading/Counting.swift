import LongTail
import Synchronization

/// 3 × 6 × 5 pictures whose bytes tell index and place; counts what is read and can fail at one sample.
final class Counting: Dataset {
    let name = "counting"
    let classNames = ["a", "b", "c"]
    let labels: [Int]
    let nativeSize: ImageSize? = ImageSize(height: 6, width: 5)
    let reads = Mutex(0)
    let bad: Int?

    init(count: Int, bad: Int? = nil) {
        labels = (0..<count).map { $0 % 3 }
        self.bad = bad
    }

    func source(at index: Int) throws(LongTailError) -> ImageSource {
        reads.withLock { $0 += 1 }
        if index == bad { throw LongTailError(.data, "sample \(index) is broken") }
        let planes = (0..<90).map { UInt8(1 + (index * 7 + $0) % 255) }
        return .pixels(try PixelImage(height: 6, width: 5, planes: planes))
    }

    func identity(of index: Int) -> String { "\(index)" }
}
