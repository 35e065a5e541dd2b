import Foundation
import LongTailBasics
import LongTailSerialization

/// A committed fixture's path.
func fixture(_ name: String) -> String {
    (Bundle.module.resourceURL ?? URL(fileURLWithPath: "")).appendingPathComponent("Fixtures/checkpoints/\(name)").path
}

/// A committed fixture's bytes.
func fixtureBytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: fixture(name))) }

/// Where the shared data lies: LONGTAIL_DATA, or beside the repository.
let sharedData: String = {
    if let path = ProcessInfo.processInfo.environment["LONGTAIL_DATA"] { return path }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return root.appendingPathComponent("../shared/data").standardized.path
}()

/// A supplied checkpoint's path.
func checkpoint(_ suffix: String) -> String { "\(sharedData)/checkpoints/cifar100_imb100_resnet32_stage1\(suffix)" }

/// Whether the supplied checkpoints are there.
let hasCheckpoints = FileManager.default.fileExists(atPath: checkpoint(".pth.tar"))

/// A folder of its own under the system's temporary one.
func temporaryFolder() throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("longtail-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.path
}

/// The failure that `body` throws, or nil.
func failure(_ body: () throws(LongTailError) -> Void) -> LongTailError? {
    do throws(LongTailError) {
        try body()
        return nil
    } catch { return error }
}

extension HostTensor {
    /// A float32 tensor of the given values.
    static func floats(_ values: [Float], _ shape: [Int]? = nil) -> HostTensor {
        HostTensor(dtype: .float32, shape: shape ?? [values.count], bytes: values.withUnsafeBytes { Data($0) })
    }
}
