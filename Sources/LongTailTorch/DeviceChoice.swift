import LongTailBasics

/// What a user asks for: `auto`, `cpu`, `cuda` or `cuda:N`.
public enum DeviceChoice: Sendable, Equatable, CustomStringConvertible {
    /// The first GPU where one can be used, else the processor.
    case auto
    case cpu
    /// A GPU by number.
    case cuda(Int)

    /// The choice that a word stands for; nil for any other word.
    public init?(_ word: String) {
        switch word {
        case "auto": self = .auto
        case "cpu": self = .cpu
        case "cuda": self = .cuda(0)
        default:
            guard word.hasPrefix("cuda:"), let index = Int(word.dropFirst(5)), (0..<1024).contains(index),
                String(index) == word.dropFirst(5)
            else { return nil }
            self = .cuda(index)
        }
    }

    public var description: String {
        switch self {
        case .auto: "auto"
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }

    /// The GPU of a process: by its number on the machine, and in turn where there are fewer than processes.
    static func index(in world: World, of cards: Int) -> Int { world.localRank % max(1, cards) }

    /// The device, with libtorch's CUDA library loaded if it needs it; before the first tensor.
    ///
    /// - Parameters:
    ///   - world: This process's place among others: of several on a machine each takes a GPU of its own, where `auto` is asked for
    ///     and more than one is to be seen.
    ///   - note: Hears why a GPU that is there is not used.
    /// - Throws: `.usage` when a GPU is asked for that cannot be used, saying why and what to do.
    public func resolve(
        in world: World = .alone, note: (String) -> Void = { _ in }
    ) throws(LongTailError) -> Device {
        switch self {
        case .cpu: return .cpu
        case .cuda(let index):
            let cards = try CUDA.cards()
            guard index < cards.count else {
                throw LongTailError(
                    .usage, "there is no cuda:\(index): the GPUs here are numbered 0 to \(cards.count - 1)",
                    remedy: "Give one of: \(cards.map { "cuda:\($0.index) (\($0.name))" }.joined(separator: ", ")).")
            }
            return .cuda(index)
        case .auto:
            do throws(LongTailError) {
                return .cuda(Self.index(in: world, of: try CUDA.cards().count))
            } catch {
                if CUDA.driverFindsCards { note("the GPU is not used: \(error.problem)") }
                return .cpu
            }
        }
    }
}
