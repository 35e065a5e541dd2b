import CLongTailTorch
import Dispatch
import Foundation
import LongTailBasics

/// Keys and values that processes have in common: libtorch's `TCPStore` at a host's port, or its `FileStore` in a file.
///
/// A port knows no passwords: whoever reaches it reads and writes the store, so it is for networks that are trusted. A file has its
/// folder's permissions.
public final class Store: @unchecked Sendable {
    // libtorch's stores lock themselves; nothing here changes after init.

    /// The most bytes that a value is read with.
    static let limit = 1 << 16

    let handle: ct_store
    /// Where it is, for messages.
    let place: String

    /// Serves or joins the store of a world.
    ///
    /// - Parameters:
    ///   - world: Where they meet, and whether this process serves the store.
    ///   - seconds: How long is waited for the process that serves it.
    /// - Throws: `.network` when it cannot be served or reached.
    public init(_ world: World, seconds: Double) throws(LongTailError) {
        place = world.file ?? "\(world.host):\(world.port)"
        // Where who made the meeting's folder is killed, those who met there still need it to say so.
        if let file = world.file { ScratchFolder.share(Path(file).folder) }
        // A stranger's port may take the connection and never answer.
        let queue = DispatchQueue(label: "longtail.meeting")
        guard
            let opened = try inTime(
                seconds + 5, on: queue, { () throws(LongTailError) in try Self.open(world, seconds) })
        else {
            guard world.file == nil else {
                throw LongTailError(.network, "the meeting's file \(place) was not there within \(Int(seconds)) s")
            }
            throw LongTailError(
                .network, "what listens at \(place) took the connection and has not answered for \(Int(seconds)) s",
                remedy: "Is it another program's port? Another one is set with MASTER_PORT.")
        }
        handle = opened.handle
    }

    private struct Opened: @unchecked Sendable {
        // A pointer to a store, which locks itself.
        let handle: ct_store
    }

    private static func open(_ world: World, _ seconds: Double) throws(LongTailError) -> Opened {
        var found: ct_store?
        if let file = world.file {
            guard ct_store_open_file(file, seconds, &found) == 0, let found else {
                throw LongTailError(
                    .network, "the meeting cannot be held in \(file): \(String(cString: ct_error()))")
            }
            return Opened(handle: found)
        }
        let place = "\(world.host):\(world.port)"
        let status = ct_store_open(world.host, Int32(clamping: world.port), world.serves, seconds, &found)
        guard status == 0, let found else {
            throw LongTailError(
                .network,
                world.serves
                    ? "the meeting cannot be held at \(place): \(String(cString: ct_error()))"
                    : "the meeting at \(place) was not reached within \(Int(seconds)) s: \(String(cString: ct_error()))",
                remedy: world.serves
                    ? "Is the port taken by another job? Another one is set with MASTER_PORT."
                    : "Is rank 0 running, and does no firewall stand between?")
        }
        return Opened(handle: found)
    }

    deinit { ct_store_close(handle) }

    /// Puts a value under a key.
    public func set(_ key: String, _ value: Data) throws(LongTailError) {
        let status = value.withUnsafeBytes { ct_store_set(handle, key, $0.baseAddress, $0.count) }
        guard status == 0 else { throw lost() }
    }

    /// The value of a key, which is waited for.
    ///
    /// - Throws: `.network` after so many seconds, when the store is gone, and for more than 64 KiB.
    public func get(_ key: String, seconds: Double) throws(LongTailError) -> Data {
        var value = Data(count: Self.limit)
        var count = Self.limit
        let status = value.withUnsafeMutableBytes { ct_store_get(handle, key, seconds, $0.baseAddress, &count) }
        guard status == 0 else { throw lost() }
        return value.prefix(count)
    }

    /// Whether a key has a value.
    public func has(_ key: String) throws(LongTailError) -> Bool {
        var answer = false
        guard ct_store_has(handle, key, &answer) == 0 else { throw lost() }
        return answer
    }

    /// Adds to a counter, from 0, and gives its sum.
    @discardableResult
    public func add(_ key: String, _ amount: Int) throws(LongTailError) -> Int {
        var sum: Int64 = 0
        guard ct_store_add(handle, key, Int64(amount), &sum) == 0 else { throw lost() }
        return Int(sum)
    }

    private func lost() -> LongTailError {
        LongTailError(.network, "the meeting's store at \(place) does not answer: \(String(cString: ct_error()))")
    }
}
