import ArgumentParser
import Foundation
import LongTail

struct NetworksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "networks", abstract: "The networks there are, by the names of recipes and files.",
        discussion: """
            longtail networks
            longtail networks vit
            """)

    @Argument(help: "Only those whose name has this in it.")
    var part: String?

    @Flag(help: "As JSON, for machines.")
    var json = false

    /// A row of the list.
    private struct Row: Encodable {
        let name: String
        let features, parameters: Int
        let imageSize: Int?

        private enum CodingKeys: String, CodingKey {
            case name, features, parameters
            case imageSize = "image-size"
        }
    }

    func run() throws {
        var rows: [Row] = []
        for name in Network.Architecture.allCases where part.map({ name.rawValue.contains($0) }) ?? true {
            let size = try name.size()
            rows.append(
                Row(
                    name: name.rawValue, features: size.features, parameters: size.parameters, imageSize: name.imageSize
                ))
        }
        if json { return try showJSON(rows) }
        try show(
            ReportTable(
                columns: [
                    .init("network", isNumeric: false), .init("parameters"), .init("features"), .init("positions for"),
                ],
                rows: rows.map { row in
                    [
                        .text(row.name), .text(String(format: "%.1f M", Double(row.parameters) / 1e6)),
                        .count(row.features), row.imageSize.map { .text("\($0) pixels") } ?? .missing,
                    ]
                },
                notes: [
                    "Parameters are the body's, without a classifier. A transformer's name may say another size, as in "
                        + "vit_base_patch16_384; _gap behind it: the patches' mean."
                ]
            ).plain())
    }
}
