import Foundation
import LongTailBasics
import LongTailFiles
import Testing

/// Digests against the published test vectors (FIPS 180-4, RFC 1321).
@Suite struct DigestTests {
    @Test("SHA-256 of texts and bytes, whole and in pieces") func sha256() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(ContentHash.sha256("abc") == abc && ContentHash.sha256(Data("abc".utf8)) == abc)
        #expect(ContentHash.sha256(ofAll: ["a", "", "bc"]) == abc)
        #expect(ContentHash.sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let million = String(repeating: "a", count: 1_000_000)
        #expect(ContentHash.sha256(million) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("MD5 and SHA-256 of a file; one that is not there is named") func file() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "longtail-digest-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("abc".utf8).write(to: URL(fileURLWithPath: path))
        let found = try ContentHash.ofFile(path)
        #expect(found.md5 == "900150983cd24fb0d6963f7d28e17f72" && found.sha256 == ContentHash.sha256("abc"))
        let missing = #expect(throws: LongTailError.self) { try ContentHash.ofFile(path + "-not") }
        #expect(missing?.problem.contains(path + "-not") == true)
    }
}
