import ArgumentParser
import Foundation
import LongTailBasics

/// Feeds damaged files to the readers of what others have made: each must give a value or a failure, and never trap.
///
/// Trial n is a function of (seed, n, corpus), so that what `--note` holds after a crash is all that is needed to see it
/// again with `--only`.
@main
struct Fuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Feeds damaged files to a reader until the time is up.",
        discussion: "fuzz images --seconds 300 --seed 1 --corpus Tests/VisionTests/Fixtures")

    @Argument(help: "What reads: images (or webp, heif, tiff of them alone), pth or safetensors.")
    var target: FuzzTarget

    @Option(help: ArgumentHelp("Whole files to start from, found by their endings.", valueName: "folder"))
    var corpus: String

    @Option(help: "How long to go on.")
    var seconds = 60.0

    @Option(help: "Other seeds damage the files in other ways.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Where the number of the present trial is kept.", valueName: "file"))
    var note = NSTemporaryDirectory() + "fuzz-trial"

    @Option(help: "Does this one trial, and writes its bytes beside the note.")
    var only: Int?

    func run() throws {
        let seeds = try target.seeds(in: corpus)
        if let only {
            let bytes = trial(only, seeds)
            try Data(bytes).write(to: URL(fileURLWithPath: note + ".bytes"))
            print("trial \(only): \(bytes.count) bytes in \(note).bytes")
            try target.read(bytes)
            return print("read")
        }
        guard FileManager.default.createFile(atPath: note, contents: nil),
            let file = FileHandle(forWritingAtPath: note)
        else { throw LongTailError(.file, "cannot write \(note)", remedy: "Name another file with --note.") }
        print("\(target.rawValue): \(seeds.count) files, seed \(seed), trial kept in \(note)")
        let start = ContinuousClock.now
        var (number, read, refused) = (0, 0, 0)
        while ContinuousClock.now - start < .seconds(seconds) {
            try file.seek(toOffset: 0)
            try file.write(contentsOf: Data("\(number)\n".utf8))
            do throws(LongTailError) {
                try target.read(trial(number, seeds))
                read += 1
            } catch { refused += 1 }
            number += 1
        }
        print("\(number) trials: \(read) read, \(refused) refused")
    }

    private func trial(_ number: Int, _ seeds: [[UInt8]]) -> [UInt8] {
        var random = CounterRandom(seed: seed, purpose: .test, epoch: number >> 32, index: number)
        return damaged(seeds[random.below(seeds.count)], &random)
    }

    /// One to eight changes: a bit, a telling byte, a range that is cut out, copied, filled or the end cut off.
    private func damaged(_ whole: [UInt8], _ random: inout CounterRandom) -> [UInt8] {
        var bytes = whole
        for _ in 0...random.below(8) where !bytes.isEmpty {
            // Half of the time near the beginning, where headers are.
            let reach = random.below(2) == 0 ? min(bytes.count, 256) : bytes.count
            let place = random.below(reach)
            let end = min(bytes.count, place + 1 + random.below(16))
            switch random.below(12) {
            case 0...2: bytes[place] ^= 1 << UInt8(random.below(8))
            case 3...5: bytes[place] = [0, 1, 2, 0x10, 0x7F, 0x80, 0xD9, 0xFF][random.below(8)]
            case 6: bytes.removeSubrange(place..<end)
            case 7, 8: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
            case 9, 10: for i in place..<end { bytes[i] = UInt8(random.below(256)) }
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
