import Foundation
import LongTailBasics
import LongTailSerialization
import OrderedCollections

/// A safetensors file in parts, with an index that says where each tensor is, as transformers and timm write large models.
///
///     model.safetensors.index.json     { "weight_map": { "blocks.0…": "model-00001-of-00002.safetensors", … } }
enum ShardedWeights {
    private struct Index: Decodable {
        let weightMap: [String: String]

        private enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
    }

    /// The longest index that is read, in bytes.
    private static let limit = 1 << 27

    /// All parts as one; nil for bytes that are no index.
    ///
    /// - Throws: `.checkpoint` for a part that is missing, lacks a tensor, or lies in another folder.
    static func read(_ file: FileBytes, head: Data) throws(LongTailError) -> SafeTensors? {
        guard head.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{"), file.size <= limit,
            let index = try? JSONDecoder().decode(Index.self, from: file.read(at: 0, count: file.size))
        else { return nil }
        let folder = Path(file.path).folder
        var whole = SafeTensors(tensors: [:], metadata: ["format": "pt"])
        for part in Set(index.weightMap.values).sorted() {
            guard !part.isEmpty, !part.contains("/"), !part.contains("\0"), part != ".." else {
                throw wrong(
                    file.path, "names a part in another folder, \(excerpt(part))", "All parts lie beside the index.")
            }
            let path = folder.isEmpty ? part : "\(folder)/\(part)"
            guard Path(path).isFile else {
                throw wrong(
                    file.path, "the part \(excerpt(part)) is missing", "Download all of the parts into one folder.")
            }
            let tensors = try SafeTensorsFile.read(path).tensors
            for (name, tensor) in tensors {
                guard index.weightMap[name] == part else {
                    throw wrong(
                        file.path, "\(excerpt(part)) has \(excerpt(name)), which the index has not there",
                        "Download index and parts again: they are not of one model.")
                }
                whole.tensors[name] = tensor
            }
        }
        if let lost = index.weightMap.keys.sorted().first(where: { whole.tensors[$0] == nil }) {
            throw wrong(
                file.path, "its part lacks \(excerpt(lost))",
                "Download index and parts again: they are not of one model.")
        }
        guard !whole.tensors.isEmpty else { throw wrong(file.path, "names no tensor", "Download the index again.") }
        return whole
    }

    /// Refuses a part that is read as if it were the model.
    static func requireWhole(_ path: String) throws(LongTailError) {
        guard let match = Path(path).name.wholeMatch(of: /(.*)-(\d{5})-of-(\d{5})\.safetensors/),
            match.output.3 != "00001"
        else { return }
        throw wrong(
            path, "is part \(match.output.2) of \(match.output.3) of a model",
            "Name its index, \(match.output.1).safetensors.index.json, which has all parts.")
    }

    private static func wrong(_ path: String, _ problem: String, _ remedy: String) -> LongTailError {
        LongTailError(.checkpoint, "\(path): \(problem)", remedy: remedy)
    }
}
