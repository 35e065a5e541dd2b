import CYaml
import LongTailBasics

/// How much a YAML text says when every alias is written out: counted in the parser's events, before anything is built.
///
/// A few hundred bytes can stand for any number of values, each alias doubling what the one before it stands for.
struct YAMLSize {
    /// What a recipe may come to; those that come with the program have less than 200 values.
    static let limit = (values: 20_000, bytes: 2 << 20)

    /// Where the text goes beyond the limit, line and column from 1; nil when it stays below or is no YAML, which the reader
    /// of the tree tells.
    static func excess(_ text: String) -> (line: Int, column: Int)? {
        var text = text
        return text.withUTF8 { bytes in
            var parser = yaml_parser_t()
            guard yaml_parser_initialize(&parser) == 1 else { return nil }
            defer { yaml_parser_delete(&parser) }
            yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
            var size = YAMLSize()
            while true {
                var event = yaml_event_t()
                guard yaml_parser_parse(&parser, &event) == 1 else { return nil }
                defer { yaml_event_delete(&event) }
                if event.type == YAML_STREAM_END_EVENT { return nil }
                size.add(event)
                if size.total.values > limit.values || size.total.bytes > limit.bytes {
                    return (event.start_mark.line + 1, event.start_mark.column + 1)
                }
            }
        }
    }

    private typealias Count = (values: Int, bytes: Int)

    private var total: Count = (0, 0)
    /// What each name stands for.
    private var anchors: [String: Count] = [:]
    /// Lists and mappings that are open, each with its name and what there was before it.
    private var open: [(name: String?, before: Count)] = []

    private mutating func add(_ event: yaml_event_t) {
        switch event.type {
        case YAML_ALIAS_EVENT:
            // A name that stands for nothing yet is the tree's reader's to tell.
            let count = Self.text(event.data.alias.anchor).flatMap { anchors[$0] } ?? (1, 0)
            total = (total.values + count.values, total.bytes + count.bytes)
        case YAML_SCALAR_EVENT:
            let count = (1, event.data.scalar.length)
            total = (total.values + count.0, total.bytes + count.1)
            if let name = Self.text(event.data.scalar.anchor) { anchors[name] = count }
        case YAML_SEQUENCE_START_EVENT: begin(event.data.sequence_start.anchor)
        case YAML_MAPPING_START_EVENT: begin(event.data.mapping_start.anchor)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            guard let (name, before) = open.popLast(), let name else { return }
            anchors[name] = (total.values - before.values, total.bytes - before.bytes)
        default: return
        }
    }

    private mutating func begin(_ name: UnsafeMutablePointer<yaml_char_t>?) {
        open.append((Self.text(name), total))
        total.values += 1
    }

    private static func text(_ name: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        name.map { String(cString: $0) }
    }
}
