import Dispatch
import Foundation
import LongTailBasics

/// The processes of a world that have met: every one knows what every other is.
///
/// A store outlives the processes that used it (torchrun keeps it over restarts), and each machine counts restarts for itself.
/// So rank 0 draws a name for this life of the group and answers the hellos of the others with it; every later key begins
/// with the name, and what earlier lives left is never read.
public struct Meeting {
    /// What a process says of itself.
    public struct Hello: Codable, Sendable, Equatable {
        /// Its machine and its number there.
        public var host: String
        public var process: Int32
        /// Versions of the program and of libtorch: all ranks have the same, or nothing begins.
        public var program: String
        public var libtorch: String
        /// What decides about the last bits: threads, and the kind of processor.
        public var threads: Int
        public var processor: String
        /// What else must be the same on all ranks, by name, such as a digest of the recipe.
        public var required: [String: String]

        /// This process.
        package init(required: [String: String] = [:]) {
            host = ProcessInfo.processInfo.hostName
            process = getpid()
            (program, libtorch) = (longtailVersion, Engine.version)
            (threads, processor) = (Engine.threads, Processor.current.kind.rawValue)
            self.required = required
        }
    }

    /// The name of this life of the group.
    public let name: String
    /// What every rank said, in their order.
    public let hellos: [Hello]
    /// What differs and may change the last bits, a sentence each.
    public let warnings: [String]

    /// Waits until every rank is there.
    ///
    /// - Throws: `.network` when some do not come, which are named; `.usage` when ranks disagree about what must be the same.
    public init(_ world: World, _ store: Store, _ hello: Hello, seconds: Double) throws(LongTailError) {
        let found =
            world.rank == 0
            ? try Self.receive(world, store, hello, seconds) : try Self.join(world, store, hello, seconds)
        (name, hellos) = found
        warnings = try Self.compared(found.hellos)
    }

    /// Rank 0: answers every hello that it has not answered yet, until all have joined.
    private static func receive(
        _ world: World, _ store: Store, _ hello: Hello, _ seconds: Double
    ) throws(LongTailError) -> (name: String, hellos: [Hello]) {
        let name = Nonce.draw()
        var hellos = [Hello?](repeating: nil, count: world.size)
        hellos[0] = hello
        var (answered, last): (Set<String>, [Int: Greeting]) = ([], [:])
        let end = ContinuousClock.now + .seconds(seconds)
        while hellos.contains(where: { $0 == nil }) {
            guard ContinuousClock.now < end else {
                let missing = hellos.indices.filter { hellos[$0] == nil }
                throw LongTailError(
                    .network,
                    "\(missing.count == 1 ? "rank" : "ranks") \(missing.map(String.init).joined(separator: ", ")) of "
                        + "\(world.size) did not come within \(Int(seconds)) s",
                    remedy: "Look at what they said, or wait longer with \(Wording.option("meeting-timeout", "600")).")
            }
            for rank in 1..<world.size where hellos[rank] == nil {
                guard try store.has("hello/\(rank)") else { continue }
                let greeting = try Greeting(try store.get("hello/\(rank)", seconds: 1), rank)
                if answered.insert(greeting.token).inserted {
                    try store.set("answer/\(greeting.token)", Data(name.utf8))
                }
                last[rank] = greeting
                if try store.has("joined/\(name)/\(rank)") { hellos[rank] = greeting.hello }
            }
            usleep(10_000)
        }
        let all = hellos.compactMap(\.self)
        for (rank, each) in all.enumerated() { try store.set("\(name)/hello/\(rank)", try encoded(each)) }
        try store.set("\(name)/all", Data())
        return (name, all)
    }

    /// Any other rank: says hello, and joins what it is answered.
    private static func join(
        _ world: World, _ store: Store, _ hello: Hello, _ seconds: Double
    ) throws(LongTailError) -> (name: String, hellos: [Hello]) {
        let greeting = Greeting(token: Nonce.draw(), hello: hello)
        try store.set("hello/\(world.rank)", try encoded(greeting))
        let name: String
        do throws(LongTailError) {
            name = try Nonce.checked(try store.get("answer/\(greeting.token)", seconds: seconds))
        } catch {
            throw LongTailError(
                .network, "rank 0 did not answer rank \(world.rank) within \(Int(seconds)) s",
                remedy: "Is rank 0 running, and of the same version?")
        }
        try store.set("joined/\(name)/\(world.rank)", Data())
        do throws(LongTailError) { _ = try store.get("\(name)/all", seconds: seconds) } catch {
            throw LongTailError(
                .network, "not all \(world.size) processes came within \(Int(seconds)) s; rank 0 says which did not")
        }
        var hellos: [Hello] = []
        for rank in 0..<world.size {
            hellos.append(try decoded(Hello.self, try store.get("\(name)/hello/\(rank)", seconds: seconds), rank))
        }
        return (name, hellos)
    }

    /// What differs from rank 0: refused, or a warning.
    private static func compared(_ hellos: [Hello]) throws(LongTailError) -> [String] {
        guard let first = hellos.first else { return [] }
        var warnings: [String] = []
        for (rank, hello) in hellos.enumerated().dropFirst() {
            let names = Set(first.required.keys).union(hello.required.keys).sorted()
            let facts =
                [("version of longtail", first.program, hello.program), ("libtorch", first.libtorch, hello.libtorch)]
                + names.map { ($0, first.required[$0] ?? "none", hello.required[$0] ?? "none") }
            for (name, own, other) in facts where own != other {
                throw LongTailError(
                    .usage,
                    "the \(name) of rank 0 is \(own), that of rank \(rank) on \(hello.host) is \(other)",
                    remedy: "All ranks need the same.")
            }
            for (name, own, other) in [
                ("threads", "\(first.threads)", "\(hello.threads)"),
                ("kind of processor", first.processor, hello.processor),
            ] where own != other {
                warnings.append(
                    "rank 0 has \(name) \(own), rank \(rank) on \(hello.host) \(other): results may differ in their last bits"
                )
            }
        }
        return warnings
    }

    /// Waits until every rank has said that it is done: whoever serves the store leaves last.
    public func leave(_ world: World, _ store: Store, seconds: Double = 10) throws(LongTailError) {
        try store.add("\(name)/left", 1)
        guard world.serves else { return }
        let end = ContinuousClock.now + .seconds(seconds)
        while try store.add("\(name)/left", 0) < world.size, ContinuousClock.now < end { usleep(5_000) }
    }

    private struct Greeting: Codable {
        let token: String
        let hello: Hello

        init(token: String, hello: Hello) { (self.token, self.hello) = (token, hello) }

        /// What stands in the store, where anyone may have put it.
        init(_ data: Data, _ rank: Int) throws(LongTailError) {
            self = try decoded(Greeting.self, data, rank)
            _ = try Nonce.checked(Data(token.utf8))
        }
    }

    private static func encoded(_ value: some Encodable) throws(LongTailError) -> Data {
        do { return try JSONEncoder().encode(value) } catch {
            throw LongTailError(.network, "a greeting cannot be written: \(error)")
        }
    }

    private static func decoded<Value: Decodable>(
        _ type: Value.Type, _ data: Data, _ rank: Int
    ) throws(LongTailError) -> Value {
        do { return try JSONDecoder().decode(type, from: data) } catch {
            throw LongTailError(
                .network, "what came in the name of rank \(rank) is no greeting of longtail",
                remedy: "Does another program use this port? Another one is set with MASTER_PORT.")
        }
    }
}

/// A name that no other launch has.
private enum Nonce {
    /// 128 bits in hexadecimal, of the host's name, the process's number and the time: two launches must not draw the same.
    static func draw() -> String {
        let host = ProcessInfo.processInfo.hostName.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        let time = UInt64(Date().timeIntervalSince1970 * 1e6) ^ DispatchTime.now().uptimeNanoseconds << 20
        var random = CounterRandom(seed: host ^ time, purpose: .meeting, epoch: Int(getpid()))
        return (0..<2).map { _ in
            let digits = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// - Throws: When it is none.
    static func checked(_ data: Data) throws(LongTailError) -> String {
        let text = String(decoding: data, as: UTF8.self)
        guard text.utf8.count == 32, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "f") ~= $0 }) else {
            throw LongTailError(.network, "what came as a group's name is none")
        }
        return text
    }
}
