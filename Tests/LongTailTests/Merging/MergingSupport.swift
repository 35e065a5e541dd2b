import Foundation
import LongTail

/// A merging fixture (scripts/fixtures/checkpoints.py).
func mergingFixture(_ name: String) throws -> StateDict {
    let folder = (Bundle.module.resourceURL ?? URL(fileURLWithPath: "")).appendingPathComponent("Fixtures/merging")
    return try SafeTensorsFile.read(folder.appendingPathComponent("\(name).safetensors").path).tensors
}

/// The seven members that numpy merged.
func mergingMembers() throws -> [StateDict] { try (0..<7).map { try mergingFixture("member\($0)") } }

/// A float32 tensor of the given values.
func floats(_ values: [Double], _ dtype: DType = .float32) -> HostTensor {
    HostTensor(values, shape: [values.count], dtype: dtype)
}

/// An int64 tensor of the given values.
func integers(_ values: [Int], _ dtype: DType = .int64) -> HostTensor {
    HostTensor(integers: values, shape: [values.count], dtype: dtype)
}

/// The failure that `body` throws, or nil.
func mergingFailure(_ body: () throws(LongTailError) -> Void) -> LongTailError? {
    do throws(LongTailError) {
        try body()
        return nil
    } catch { return error }
}
