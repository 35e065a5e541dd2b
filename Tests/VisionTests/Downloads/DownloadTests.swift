import Foundation
import LongTail
import Testing

@testable import LongTailBasics
@testable import LongTailVision

/// Downloads from a real HTTP server on the loopback device.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: DownloadServer.isPossible, "needs python3"))
struct DownloadTests {
    private func failure(_ body: () throws(LongTailError) -> Void) -> LongTailError? {
        do {
            try body()
            return nil
        } catch { return error }
    }

    private func get(_ scene: DownloadScene, _ mode: String, md5: String? = nil) throws(LongTailError) -> String {
        try Downloads.get(scene.archive(mode, md5: md5), into: scene.root)
    }

    @Test("A plain download is verified, recorded and unpacked; a second one fetches nothing") func plain() throws {
        let scene = try DownloadScene()
        var told: [(Int, Int?)] = []
        let folder = try Downloads.get(scene.archive("plain"), into: scene.root, progress: { told.append(($0, $1)) })
        #expect(folder == "\(scene.root)/set-bin")
        #expect(FileManager.default.contents(atPath: "\(folder)/train.bin") == scene.content)
        #expect(told.last?.0 == scene.size)
        #expect(told.last?.1 == scene.size)
        let sum = try String(contentsOfFile: "\(scene.root)/set.tar.gz.sha256", encoding: .utf8)
        #expect(sum == "\(try ContentHash.ofFile("\(scene.root)/set.tar.gz").sha256)  set.tar.gz\n")
        #expect(try get(scene, "plain") == folder)
        #expect(scene.requests == ["plain -"])
        #expect(scene.names == ["set-bin", "set.tar.gz", "set.tar.gz.sha256"])
    }

    @Test("A connection that is cut again and again is gone on with by ranges") func cut() throws {
        let scene = try DownloadScene()
        let folder = try get(scene, "cut")
        #expect(FileManager.default.contents(atPath: "\(folder)/train.bin") == scene.content)
        #expect(scene.requests.count > 3)
        #expect(scene.requests.dropFirst().allSatisfy { $0.hasPrefix("cut bytes=") })
    }

    @Test("A part of an earlier try is gone on with") func resume() throws {
        let scene = try DownloadScene()
        try scene.keepPart(bytes: 50_000)
        let folder = try get(scene, "plain")
        #expect(FileManager.default.contents(atPath: "\(folder)/train.bin") == scene.content)
        #expect(scene.requests == ["plain bytes=50000-"])
    }

    @Test("A whole part needs no more than its digest") func wholePart() throws {
        let scene = try DownloadScene()
        try scene.keepPart(bytes: scene.size)
        _ = try get(scene, "plain")
        #expect(scene.requests == ["plain bytes=\(scene.size)-"])
    }

    @Test("A server that ignores ranges sends the whole file, which is taken from its beginning") func ignored() throws
    {
        let scene = try DownloadScene()
        try scene.keepPart(bytes: 50_000)
        let folder = try get(scene, "norange")
        #expect(FileManager.default.contents(atPath: "\(folder)/train.bin") == scene.content)
    }

    @Test("A server that sends another range than asked for is asked anew") func otherRange() throws {
        let scene = try DownloadScene()
        try scene.keepPart(bytes: 50_000)
        let folder = try get(scene, "wrongrange")
        #expect(FileManager.default.contents(atPath: "\(folder)/train.bin") == scene.content)
        #expect(scene.requests == ["wrongrange bytes=50000-", "wrongrange -"])
    }

    @Test("A part of another file is dropped, once its digest or its length says so", arguments: [50_000, 10_000_000])
    func foreignPart(bytes: Int) throws {
        let scene = try DownloadScene()
        try Data(repeating: 7, count: bytes).write(to: URL(fileURLWithPath: "\(scene.root)/set.tar.gz.part"))
        let folder = try get(scene, "plain")
        #expect(FileManager.default.contents(atPath: "\(folder)/train.bin") == scene.content)
    }

    @Test("A wrong digest keeps nothing") func wrongDigest() throws {
        let scene = try DownloadScene()
        let wrong = String(repeating: "0", count: 32)
        let failure = failure { () throws(LongTailError) in _ = try get(scene, "plain", md5: wrong) }
        #expect(failure?.kind == .data)
        #expect(
            failure?.description.contains("wrong MD5: \(scene.md5), published \(wrong)\n  Nothing was kept.") == true)
        #expect(scene.names.isEmpty)
    }

    @Test("HTTP errors name the address and the status", arguments: ["404", "403"]) func refused(status: String) throws
    {
        let scene = try DownloadScene()
        let failure = failure { () throws(LongTailError) in _ = try get(scene, status) }
        #expect(failure?.kind == .network)
        #expect(failure?.problem.hasSuffix("/set.tar.gz?\(status): HTTP status \(status)") == true)
        #expect(scene.requests.count == 1)
    }

    @Test("A server in trouble is tried three times") func trouble() throws {
        let scene = try DownloadScene()
        let failure = failure { () throws(LongTailError) in _ = try get(scene, "503") }
        #expect(failure?.problem.hasSuffix("HTTP status 503") == true)
        #expect(scene.requests.count == 3)
    }

    @Test("Without a network there is a clear error, and a part stays") func noNetwork() throws {
        let scene = try DownloadScene()
        try scene.keepPart(bytes: 50_000)
        var archive = scene.archive("plain")
        archive.url = "http://127.0.0.1:1/set.tar.gz"
        let failure = failure { () throws(LongTailError) in _ = try Downloads.get(archive, into: scene.root) }
        #expect(failure?.kind == .network)
        #expect(failure?.problem.hasPrefix("http://127.0.0.1:1/set.tar.gz: ") == true)
        #expect(failure?.remedy == "Run the same command again: it goes on behind the 50000 bytes that are there.")
        #expect(scene.names == ["set.tar.gz.part"])
    }

    @Test("A full disk is called that") func fullDisk() throws {
        try #require(FileManager.default.fileExists(atPath: "/dev/full"))
        let scene = try DownloadScene()
        let failure = failure { () throws(LongTailError) in
            try Download.fetch(scene.archive("plain").url, to: "/dev/full") { _, _ in }
        }
        #expect(failure?.kind == .file)
        #expect(failure?.description.contains("No space left on device\n  Free some space") == true)
    }

    @Test("An archive is known by name, with the nearest one for another") func names() throws {
        #expect(try DataArchive.named("cifar-100").md5 == "03b5dce01913d631647c71ecec9e9cb8")
        #expect(try DataArchive.named("cifar-10").fileName == "cifar-10-binary.tar.gz")
        #expect(
            failure { () throws(LongTailError) in _ = try DataArchive.named("cifar100") }?.description
                == "there is no archive 'cifar100'\n  Did you mean 'cifar-100'?  Archives: cifar-10, cifar-100")
    }

    @Test("Content-Range is read") func ranges() {
        #expect(ContentRange("bytes 5-9/10").map { [$0.start, $0.total] } == [5, 10])
        #expect(ContentRange("bytes */10").map { [$0.start, $0.total] } == [nil, 10])
        #expect(ContentRange("bytes 5-9/*").map { [$0.start, $0.total] } == [5, nil])
        #expect(ContentRange("lines 5-9/10") == nil)
        #expect(ContentRange(nil) == nil)
    }
}
