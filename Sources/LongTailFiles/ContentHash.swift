import CLongTailCrypto
import Foundation
import LongTailBasics
import LongTailSerialization

/// Digests as lower-case hexadecimal text.
public enum ContentHash {
    /// SHA-256 of bytes.
    public static func sha256(_ data: some DataProtocol) -> String {
        let sha = Hasher(EVP_sha256())
        for region in data.regions { region.withUnsafeBytes(sha.update) }
        return sha.finish()
    }

    /// SHA-256 of a text's UTF-8.
    public static func sha256(_ text: String) -> String { sha256(ofAll: CollectionOfOne(text)) }

    /// SHA-256 of the UTF-8 of texts, one after the other, which need not be in memory together.
    public static func sha256(ofAll texts: some Sequence<String>) -> String {
        let sha = Hasher(EVP_sha256())
        for var text in texts { text.withUTF8 { sha.update(UnsafeRawBufferPointer($0)) } }
        return sha.finish()
    }

    /// SHA-256 of pieces, one after the other.
    public static func sha256(ofAll pieces: some Sequence<Data>) -> String {
        let sha = Hasher(EVP_sha256())
        for piece in pieces { for region in piece.regions { region.withUnsafeBytes(sha.update) } }
        return sha.finish()
    }

    /// SHA-256 of a file, read in pieces of 1 MiB.
    public static func sha256(ofFile path: String) throws(LongTailError) -> String {
        let file = try FileBytes(path: path)
        let sha = Hasher(EVP_sha256())
        for start in stride(from: 0, to: file.size, by: 1 << 20) {
            try file.read(at: start, count: min(1 << 20, file.size - start)).withUnsafeBytes(sha.update)
        }
        return sha.finish()
    }

    /// MD5 and SHA-256 of a file, read in pieces of 1 MiB.
    ///
    /// MD5 only because it is what the data sets' authors publish.
    public static func ofFile(_ path: String) throws(LongTailError) -> (md5: String, sha256: String) {
        let file = try FileBytes(path: path)
        let md5 = Hasher(EVP_md5())
        let sha = Hasher(EVP_sha256())
        for start in stride(from: 0, to: file.size, by: 1 << 20) {
            try file.read(at: start, count: min(1 << 20, file.size - start)).withUnsafeBytes {
                md5.update($0)
                sha.update($0)
            }
        }
        return (md5.finish(), sha.finish())
    }
}

/// A digest under way, by OpenSSL.
///
/// OpenSSL's calls fail only without memory, as an array would, or without the algorithm; the text is empty then and
/// agrees with no published digest (MD5 on a machine in FIPS mode).
private final class Hasher {
    private let context = EVP_MD_CTX_new()
    private let isReady: Bool

    init(_ algorithm: OpaquePointer?) { isReady = EVP_DigestInit_ex(context, algorithm, nil) == 1 }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: UnsafeRawBufferPointer) {
        if isReady { EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }
    }

    func finish() -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard isReady, EVP_DigestFinal_ex(context, &digest, &length) == 1 else { return "" }
        return digest.prefix(Int(length)).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
