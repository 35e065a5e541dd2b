import Foundation
import LongTailBasics

/// One file over HTTP, gone on with where an earlier try stopped.
enum Download {
    /// Connections that may break in a row without a single byte more before it is given up.
    static let fruitlessTries = 3

    /// Fetches an address into `part`, behind the bytes that are there.
    ///
    /// Not through `AtomicFile`: a part that survives a kill is the point.
    static func fetch(_ url: String, to part: String, _ progress: (Int, Int?) -> Void) throws(LongTailError) {
        var fruitless = 0
        while true {
            let before = size(part)
            let transfer = try Transfer(url, part: part, offset: before)
            switch transfer.run(progress) {
            case .complete: return
            case .refused(let failure): throw failure
            case .broken(let reason):
                fruitless = size(part) > before ? 0 : fruitless + 1
                guard fruitless < fruitlessTries else {
                    let kept = size(part)
                    throw LongTailError(
                        .network, "\(url): \(reason)",
                        remedy: kept > 0
                            ? "Run the same command again: it goes on behind the \(kept) bytes that are there."
                            : "Check the network (and the variable https_proxy), then run the same command again.")
                }
            }
        }
    }

    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
