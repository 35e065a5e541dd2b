import Foundation
import Testing

@testable import LongTailBasics
@testable import LongTailVision

/// Archives from a stranger, made by Python's tarfile.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: DownloadServer.isPossible, "needs python3")) struct TarGzTests
{
    private func unpack(_ members: String, limit: Int = 1_000_000, fileLimit: Int = 10_000, damage: Int? = nil) throws
        -> (String, [String])
    {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("longtail-\(UUID().uuidString)").path
        try AtomicFile.makeFolder(root)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let path = "\(root)/x.tar.gz"
        try DownloadServer.python(
            """
            import io, sys, tarfile
            t = tarfile.open(sys.argv[1], "w:gz")
            def add(name, data=b"abc", type=tarfile.REGTYPE, link=""):
                i = tarfile.TarInfo(name); i.type = type; i.linkname = link; i.size = len(data)
                t.addfile(i, io.BytesIO(data))
            \(members)
            t.close()
            """, [path])
        if let damage {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            try data.prefix(damage).write(to: URL(fileURLWithPath: path))
        }
        let folder = "\(root)/out"
        do {
            try TarGz.unpack(path, into: folder, limit: limit, fileLimit: fileLimit)
            return ("", (try FileManager.default.subpathsOfDirectory(atPath: folder)).sorted())
        } catch {
            #expect((error as? LongTailError)?.kind == .data)
            #expect(!FileManager.default.fileExists(atPath: "\(root)/evil"))
            // Refused as a whole, before anything of it is unpacked; what is damaged may end anywhere.
            if !"\(error)".contains("damaged") { #expect(!FileManager.default.fileExists(atPath: folder)) }
            return ("\(error)", [])
        }
    }

    @Test("Regular files and folders are unpacked") func regular() throws {
        let (message, names) = try unpack("add('a/'[:-1], b'', tarfile.DIRTYPE)\nadd('a/b.bin')\nadd('./c')")
        #expect(message == "")
        #expect(names == ["a", "a/b.bin", "c"])
    }

    @Test(
        "What leads out of the folder is refused",
        arguments: ["add('../evil')", "add('a/../../evil')", "add('/tmp/evil')", "add('a\\\\\\\\b')"])
    func outside(members: String) throws {
        #expect(try unpack(members).0.contains("leads out of the folder"))
    }

    @Test(
        "Links and devices are refused",
        arguments: [
            "add('l', b'', tarfile.SYMTYPE, '/etc')", "add('a')\nadd('l', b'', tarfile.LNKTYPE, 'a')",
            "add('l', b'', tarfile.FIFOTYPE)", "add('l', b'', tarfile.CHRTYPE)",
        ]) func links(members: String) throws
    {
        #expect(try unpack(members).0.contains("'l' is a link or a device"))
    }

    @Test("Too much, nothing, or the same twice is refused") func bounds() throws {
        #expect(try unpack("add('a', bytes(2_000_000))").0.contains("more data in it than there should be"))
        #expect(try unpack("[add(str(i), b'') for i in range(5)]", fileLimit: 4).0.contains("more than 4 files"))
        #expect(try unpack("add('a')\nadd('a')").0.contains("'a' stands twice"))
        #expect(try unpack("pass").0.contains("there is nothing in it"))
    }

    @Test("A cut archive is damaged", arguments: [0, 5, 100, 2000]) func damaged(bytes: Int) throws {
        let message = try unpack("import os\nadd('a', os.urandom(5000))", damage: bytes).0
        #expect(message.contains("damaged archive") || message.contains("there is nothing in it"))
    }
}
