import Foundation
import Testing

/// Decodes a fixture of this folder or `Metrics`.
func classesFixture<Content: Decodable>(_ name: String, as: Content.Type) throws -> Content {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    return try JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
}
