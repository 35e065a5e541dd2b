import CLongTailTorch
import Foundation
import LongTailBasics

/// NVIDIA's GPUs.
///
/// libtorch's CUDA library is loaded when they are first asked for, never before: it is large, and a
/// program without it is whole.
public enum CUDA {
    /// One GPU.
    public struct Card: Sendable, Equatable {
        /// Its number, from 0.
        public let index: Int
        /// As its maker calls it.
        public let name: String
        /// Its memory in bytes.
        public let memory: Int
    }

    /// Names the folder of libtorch's CUDA library, where it is not beside libtorch.
    public static let variable = "LONGTAIL_CUDA"

    private static let library = "libtorch_cuda.so"
    private static let loaded: Swift.Result<[Card], LongTailError> = {
        do throws(LongTailError) { return .success(try load()) } catch { return .failure(error) }
    }()

    /// The GPUs that can be used, at least one.
    ///
    /// - Throws: `.usage`, saying why none can be used and what to do.
    public static func cards() throws(LongTailError) -> [Card] { try loaded.get() }

    /// Whether NVIDIA's driver is there and finds a GPU, usable or not.
    static var driverFindsCards: Bool {
        var (version, count): (Int32, Int32) = (0, 0)
        return ct_cuda_driver(&version, &count) == 0 && count > 0
    }

    private static func load() throws(LongTailError) -> [Card] {
        var (version, count): (Int32, Int32) = (0, 0)
        // The driver is asked first: without a GPU nothing is loaded.
        guard ct_cuda_driver(&version, &count) == 0 else {
            throw unusable(
                String(cString: ct_error()),
                "Install NVIDIA's driver, or work on the processor with \(Wording.option("device", "cpu")).")
        }
        guard count > 0 else {
            throw unusable(
                "NVIDIA's driver finds no GPU",
                "Look at CUDA_VISIBLE_DEVICES, or work with \(Wording.option("device", "cpu")).")
        }
        let path = try libraryPath(
            beside: Engine.libraryPath, named: ProcessInfo.processInfo.environment[variable])
        guard ct_load_cuda(path) == 0 else {
            throw unusable(
                "\(path) does not load: \(String(cString: ct_error()))",
                "Its companions are missing or of another version. In a clone, run: scripts/bootstrap --cuda\n"
                    + "Beside pip's torch, install the torch that comes with CUDA again.")
        }
        var (usable, runtime): (Int32, Int32) = (0, 0)
        guard ct_cuda_count(&usable, &runtime) == 0, usable > 0 else {
            throw unusable(
                "the driver is for CUDA \(words(version)), libtorch was built for CUDA \(words(runtime))",
                "Update NVIDIA's driver, or work with \(Wording.option("device", "cpu")).")
        }
        var cards: [Card] = []
        for index in 0..<usable {
            var name = [CChar](repeating: 0, count: 256)
            var memory: UInt64 = 0
            let known = ct_cuda_card(index, &name, Int32(name.count - 1), &memory) == 0
            let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            cards.append(Card(index: Int(index), name: known ? text : "GPU", memory: Int(clamping: memory)))
        }
        return cards
    }

    /// Where libtorch's CUDA library is: in the folder that the environment names, else beside the CPU library.
    static func libraryPath(beside cpu: String, named folder: String?) throws(LongTailError) -> String {
        let real = Path(cpu).real
        var folders: [String] = []
        if let folder, !folder.isEmpty {
            folders = [folder, "\(folder)/lib"]
        } else {
            folders = [cpu, real].map { Path($0).folder }
        }
        let found = folders.map { "\($0)/\(library)" }.first { FileManager.default.fileExists(atPath: $0) }
        guard let found else {
            var seen: Set<String> = []
            let places = folders.filter { seen.insert($0).inserted }.joined(separator: " and ")
            throw unusable(
                "\(library) is not in \(places)",
                "In a clone, fetch it with: scripts/bootstrap --cuda\nBeside pip's torch, install the torch that comes with CUDA. "
                    + "Or name the folder of one of the same version in \(variable)."
            )
        }
        // By its true path: it looks for its companions relative to where it lies.
        return Path(found).real
    }

    private static func unusable(_ reason: String, _ remedy: String) -> LongTailError {
        LongTailError(.usage, "CUDA cannot be used: \(reason)", remedy: remedy)
    }

    /// 13020 is CUDA 13.2.
    private static func words(_ version: Int32) -> String { "\(version / 1000).\(version % 1000 / 10)" }
}
