import Foundation
import LongTailBasics
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One HTTP request that writes behind what is there; the session calls it on a thread of its own.
final class Transfer: NSObject, URLSessionDataDelegate {
    enum Outcome: Sendable {
        /// Everything is there.
        case complete
        /// Trying again is of no use.
        case refused(LongTailError)
        /// The connection broke; another try may go on.
        case broken(String)
    }

    private struct State: Sendable {
        var descriptor: Int32
        var done: Int
        var total: Int?
        var outcome: Outcome?
    }

    private let url: String
    private let part: String
    private let request: URLRequest
    private let offset: Int
    private let state: Mutex<State>
    private let ended = DispatchSemaphore(value: 0)

    init(_ url: String, part: String, offset: Int) throws(LongTailError) {
        guard let address = URL(string: url), ["http", "https"].contains(address.scheme) else {
            throw LongTailError(.usage, "\(url): is no http or https address")
        }
        let descriptor = open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0, lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
            throw LongTailError(
                .file, "cannot write \(part): \(String(cString: strerror(errno)))",
                remedy: "Check that the folder exists and that you may write there.")
        }
        var request = URLRequest(url: address, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 60)
        // A compressed transfer would make byte ranges those of another file.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if offset > 0 { request.setValue("bytes=\(offset)-", forHTTPHeaderField: "Range") }
        (self.url, self.part, self.offset, self.request) = (url, part, offset, request)
        state = Mutex(State(descriptor: descriptor, done: offset))
    }

    deinit { close(state.withLock { $0.descriptor }) }

    /// Runs to the end, calling `progress` on this thread about ten times a second.
    package func run(_ progress: (Int, Int?) -> Void) -> Outcome {
        let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
        defer { session.invalidateAndCancel() }
        session.dataTask(with: request).resume()
        while ended.wait(timeout: .now() + 0.1) == .timedOut { tell(progress) }
        tell(progress)
        let descriptor = state.withLock { $0.descriptor }
        let flushed = fsync(descriptor) == 0
        return state.withLock { state in
            guard case .complete = state.outcome else { return state.outcome ?? .broken("the connection broke") }
            if !flushed { return .refused(diskFailure()) }
            if let total = state.total, state.done < total {
                return .broken("the connection broke after \(state.done) bytes")
            }
            return .complete
        }
    }

    private func tell(_ progress: (Int, Int?) -> Void) {
        let (done, total) = state.withLock { ($0.done, $0.total) }
        progress(done, total)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        if accept(response) { return completionHandler(.allow) }
        completionHandler(.cancel)
        stop(dataTask)
    }

    private func accept(_ response: URLResponse) -> Bool {
        guard let response = response as? HTTPURLResponse else { return end(.broken("no HTTP answer")) }
        let length = response.expectedContentLength
        return state.withLock { state in
            switch response.statusCode {
            case 200:
                // The whole file, whether asked for or because the server knows no ranges.
                guard
                    offset == 0 || ftruncate(state.descriptor, 0) == 0, lseek(state.descriptor, 0, SEEK_SET) == 0
                else {
                    state.outcome = .refused(diskFailure())
                    return false
                }
                state.done = 0
                state.total = length > 0 ? Int(clamping: length) : nil
                return true
            case 206:
                guard let range = ContentRange(response.value(forHTTPHeaderField: "Content-Range")),
                    range.start == offset
                else {
                    // Another range than asked for: begin anew, without asking for one.
                    ftruncate(state.descriptor, 0)
                    state.outcome = .broken("the server sent another part than asked for")
                    return false
                }
                state.total = range.total
                return true
            case 416:
                // Nothing lies behind what is there. The digest tells whether that is the file.
                let total = ContentRange(response.value(forHTTPHeaderField: "Content-Range"))?.total
                if total != offset { ftruncate(state.descriptor, 0) }
                state.outcome = total == offset ? .complete : .broken("the part that was there is not of this file")
                return false
            case 500..., 408, 429:
                state.outcome = .broken("HTTP status \(response.statusCode)")
                return false
            default:
                state.outcome = .refused(
                    LongTailError(
                        .network, "\(url): HTTP status \(response.statusCode)",
                        remedy:
                            "The file may have moved: look at its page, or get it by hand and put it beside \(part)."))
                return false
            }
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let goesOn = state.withLock { state in
            guard state.outcome == nil else { return false }
            var rest = data[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(state.descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    state.outcome = .refused(diskFailure())
                    return false
                }
                rest = rest.dropFirst(count)
                state.done += count
            }
            return true
        }
        if !goesOn { stop(dataTask) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        end(error.map { .broken($0.localizedDescription) } ?? .complete)
    }

    /// Cancels, and wakes `run` itself: not every Foundation reports a task that was cancelled in its answer.
    private func stop(_ task: URLSessionDataTask) {
        task.cancel()
        ended.signal()
    }

    /// Keeps the first outcome; a cancelled task says so again.
    @discardableResult private func end(_ outcome: Outcome) -> Bool {
        state.withLock { if $0.outcome == nil { $0.outcome = outcome } }
        ended.signal()
        return false
    }

    private func diskFailure() -> LongTailError {
        let reason = String(cString: strerror(errno))
        return LongTailError(
            .file, "cannot write \(part): \(reason)",
            remedy: "Free some space, then run the same command again: what is there is gone on with.")
    }
}

/// `Content-Range: bytes 100-199/200` or `bytes */200`.
struct ContentRange: Equatable {
    /// The first byte that is sent; nil when none are.
    var start: Int?
    /// Bytes of the whole file; nil when the server does not know.
    var total: Int?

    init?(_ header: String?) {
        guard let header, header.hasPrefix("bytes ") else { return nil }
        let parts = header.dropFirst(6).split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        start = parts[0].split(separator: "-").first.flatMap { Int($0) }
        total = Int(parts[1]).flatMap { $0 >= 0 ? $0 : nil }
    }
}
