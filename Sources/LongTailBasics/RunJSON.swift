import Foundation

/// JSON as runs write it: sorted keys, so that equal values give equal bytes.
package enum RunJSON {
    /// JSON text and a newline; numbers that JSON has not become "nan", "inf", "-inf".
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws(LongTailError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return try encoder.encode(value) + Data("\n".utf8) } catch {
            throw LongTailError(.file, "cannot be written as JSON: \(error)")
        }
    }

    /// A value from JSON text; nil when it is not one.
    package static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) -> Value? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(type, from: data)
    }
}
