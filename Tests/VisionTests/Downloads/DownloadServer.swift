import Foundation
import LongTail
import Testing

@testable import LongTailBasics
@testable import LongTailVision

/// A small HTTP server with ranges, and with the faults that the query of an address names.
final class DownloadServer {
    static let python3: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    static var isPossible: Bool { python3 != nil }

    private let process = Process()
    /// The server ends when this pipe does, so that none outlives a test that is killed.
    private let input = Pipe()
    let port: Int

    init(root: String) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.python3))
        process.arguments = ["-u", "-c", Self.script, root]
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        var line = ""
        while !line.hasSuffix("\n"), let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            line += String(decoding: byte, as: UTF8.self)
        }
        port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    deinit { process.terminate() }

    static func python(_ script: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(python3))
        process.arguments = ["-c", script] + arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private static let script = """
        import http.server, os, re, sys, threading
        root = sys.argv[1]
        data = open(os.path.join(root, "set.tar.gz"), "rb").read()
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *a): pass
            def do_GET(self):
                mode = self.path.partition("?")[2]
                wanted = self.headers.get("Range")
                with open(os.path.join(root, "requests"), "a") as f: f.write(f"{mode} {wanted or '-'}\\n")
                if mode.isdigit():
                    self.send_response(int(mode)); self.send_header("Content-Length", "0"); self.end_headers(); return
                start = int(re.match(r"bytes=(\\d+)-", wanted)[1]) if wanted and mode != "norange" else None
                if start is not None and start >= len(data):
                    self.send_response(416); self.send_header("Content-Range", f"bytes */{len(data)}")
                    self.send_header("Content-Length", "0"); self.end_headers(); return
                if start is not None and mode == "wrongrange": start = 0
                self.send_response(200 if start is None else 206)
                if start is not None: self.send_header("Content-Range", f"bytes {start}-{len(data)-1}/{len(data)}")
                rest = data[start or 0:]
                self.send_header("Content-Length", str(len(rest))); self.end_headers()
                self.wfile.write(rest[:60000] if mode == "cut" else rest)
                self.close_connection = True
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        server.serve_forever()
        """
}

/// A server with one archive, and an empty data folder.
final class DownloadScene {
    private let folder: String
    private let server: DownloadServer
    let root: String
    let content: Data
    let size: Int
    let md5: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("longtail-\(UUID().uuidString)").path
        root = "\(folder)/data"
        try AtomicFile.makeFolder(root)
        try DownloadServer.python(
            """
            import io, os, random, sys, tarfile
            data = random.Random(1).randbytes(200_000)
            with tarfile.open(sys.argv[1], "w:gz") as t:
                i = tarfile.TarInfo("set-bin/train.bin"); i.size = len(data); t.addfile(i, io.BytesIO(data))
            open(sys.argv[2], "wb").write(data)
            """, ["\(folder)/set.tar.gz", "\(folder)/train.bin"])
        content = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/train.bin"))
        size = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/set.tar.gz")).count
        md5 = try ContentHash.ofFile("\(folder)/set.tar.gz").md5
        server = try DownloadServer(root: folder)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The archive, served with the faults of a mode.
    func archive(_ mode: String, md5: String? = nil) -> DataArchive {
        DataArchive(
            name: "set", url: "http://127.0.0.1:\(server.port)/set.tar.gz?\(mode)", md5: md5 ?? self.md5,
            folder: "set-bin",
            files: ["train.bin"], unpackedLimit: 1_000_000)
    }

    /// Puts the beginning of the archive there, as an interrupted download leaves it.
    func keepPart(bytes: Int) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/set.tar.gz"))
        try data.prefix(bytes).write(to: URL(fileURLWithPath: "\(root)/set.tar.gz.part"))
    }

    /// "mode range" of each request so far.
    var requests: [String] {
        let text = (try? String(contentsOfFile: "\(folder)/requests", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// What is in the data folder.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted() }
}
