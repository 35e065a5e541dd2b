import Crypto
import Foundation

/// Digests as lower-case hexadecimal text.
public enum Digest {
    /// SHA-256 of bytes.
    public static func sha256(_ data: some DataProtocol) -> String { hexadecimal(SHA256.hash(data: data)) }

    /// SHA-256 of a text's UTF-8.
    public static func sha256(_ text: String) -> String { sha256(Data(text.utf8)) }

    /// SHA-256 of the UTF-8 of texts, one after the other, which need not be in memory together.
    public static func sha256(ofAll texts: some Sequence<String>) -> String {
        var sha = SHA256()
        for var text in texts { text.withUTF8 { sha.update(bufferPointer: UnsafeRawBufferPointer($0)) } }
        return hexadecimal(sha.finalize())
    }

    /// MD5 and SHA-256 of a file, read in pieces of 1 MiB.
    ///
    /// MD5 only because it is what the data sets' authors publish.
    public static func ofFile(_ path: String) throws(Failure) -> (md5: String, sha256: String) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw Failure(.file, "cannot read \(path)", remedy: "Check that it exists and that you may read it.")
        }
        var (md5, sha) = (Insecure.MD5(), SHA256())
        do {
            while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
                md5.update(data: piece)
                sha.update(data: piece)
            }
        } catch { throw Failure(.file, "cannot read \(path): \(error.localizedDescription)") }
        return (hexadecimal(md5.finalize()), hexadecimal(sha.finalize()))
    }

    private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        digest.map {
            let text = String($0, radix: 16); return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
