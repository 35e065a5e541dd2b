import Dispatch
import Foundation
import Synchronization
import Testing

/// Processes that work together, as a launcher starts them.
enum Ranks {
    /// Runs a rank for each set of variables at the same time.
    static func launch(
        _ ranks: [[String: String]], _ words: [String] = ["doctor", "--processes"], timeout: Double = 120
    ) throws -> [Longtail.Outcome] {
        try launch(ranks, timeout: timeout) { _ in words }
    }

    /// Runs a rank for each set of variables at the same time, each with words of its own.
    static func launch(
        _ ranks: [[String: String]], timeout: Double = 120,
        _ words: (Int) -> [String]
    ) throws -> [Longtail.Outcome] {
        let binary = try #require(Longtail.binary, "longtail is not built beside the tests")
        let found = Mutex([Int: Result<Longtail.Outcome, any Error>]())
        let (done, folder) = (DispatchGroup(), Longtail.root)
        for place in ranks.indices {
            let words = words(place)
            let variables = ranks[place].map { "\($0.key)=\($0.value)" }.sorted()
            done.enter()
            // A thread each: a pool has as many as there are cores, and every rank waits for the others.
            Thread.detachNewThread {
                let outcome = Result {
                    try Longtail.run(
                        URL(fileURLWithPath: "/usr/bin/env"),
                        ["-u", "OMP_NUM_THREADS"] + variables + [binary.path] + words, in: folder, timeout: timeout)
                }
                found.withLock { $0[place] = outcome }
                done.leave()
            }
        }
        done.wait()
        let outcomes = found.withLock { $0 }
        return try ranks.indices.map { try #require(outcomes[$0]).get() }
    }

    /// Starts one rank without waiting for it.
    static func start(_ rank: [String: String], _ words: [String]) throws -> Running {
        let binary = try #require(Longtail.binary, "longtail is not built beside the tests")
        let variables = rank.map { "\($0.key)=\($0.value)" }.sorted()
        return try Running(URL(fileURLWithPath: "/usr/bin/env"), variables + [binary.path] + words, in: Longtail.root)
    }

    /// torchrun's variables of all ranks, which meet at a free port.
    static func torchrun(_ size: Int) throws -> [[String: String]] {
        let port = try FreePort.find()
        return (0..<size).map { torchrun($0, of: size, port) }
    }

    /// torchrun's variables of one rank.
    static func torchrun(_ rank: Int, of size: Int, _ port: Int) -> [String: String] {
        [
            "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(rank)", "LOCAL_WORLD_SIZE": "\(size)",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
        ]
    }
}

/// Ports of this machine.
enum FreePort {
    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    /// One that nobody listens at.
    static func find() throws -> Int { try silent { $0 } }

    /// One that takes connections while `body` lasts and answers nothing, where it is asked to listen.
    static func silent<Value>(isListening: Bool = false, _ body: (Int) throws -> Value) throws -> Value {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var place = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, length) == 0 && getsockname(handle, $0, &length) == 0
            }
        }
        try #require(status, "no port is free")
        if isListening { try #require(listen(handle, 8) == 0) }
        return try body(Int(in_port_t(bigEndian: place.sin_port)))
    }

    /// Sends what is no greeting, where somebody listens.
    static func send(_ data: Data, to port: Int) {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var place = address(port)
        let isConnected = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return }
        _ = data.withUnsafeBytes { Glibc.send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}
