import Foundation
import Testing

/// The launcher of the Python package, by its own tests in Python; the wheel itself is shown by `make certify`.
@Suite struct PythonPackageTests {
    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test("The launcher finds torch, checks versions and says what is missing", .enabled(if: python != nil))
    func launcher() throws {
        let python = try #require(Self.python)
        let outcome = try Longtail.run(
            URL(fileURLWithPath: python), ["-B", "-m", "unittest", "discover", "-s", "tests"],
            in: Longtail.root.appending(path: "Python"))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("OK"))
    }
}
