import LongTailBasics
import LongTailFiles

/// What a file's own list of classes says about the order of the data's.
enum StatedOrder: Equatable {
    /// The same classes in the same order.
    case same
    /// The same classes in another order: the data's names as the file orders them.
    case other([String])
    /// Classes of other names altogether: nothing can be said.
    case strange
    /// Some names are the data's, some are not: those that only the file has, and those that only the data have.
    case partly(file: [String], data: [String])

    /// Compares names; upper and lower case, `_`, `-` and blanks are the same.
    init(_ stated: [String], data names: [String]) {
        let (plain, own) = (stated.map(Self.plain), names.map(Self.plain))
        let known = Dictionary(zip(own, names), uniquingKeysWith: { first, _ in first })
        let ordered = plain.compactMap { known[$0] }
        guard ordered.count == names.count, Set(ordered).count == names.count else {
            let (left, right) = (Set(plain), Set(own))
            self =
                left.isDisjoint(with: right)
                ? .strange
                : .partly(
                    file: stated.filter { !right.contains(Self.plain($0)) },
                    data: names.filter { !left.contains(Self.plain($0)) })
            return
        }
        self = ordered == names ? .same : .other(ordered)
    }

    private static func plain(_ name: String) -> String {
        String(name.lowercased().map { "_- ".contains($0) ? " " : $0 })
    }
}
