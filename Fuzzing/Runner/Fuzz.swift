import CLibFuzzer
import Foundation
import FuzzTargets
import LongTailBasics

/// libFuzzer on one reader: `LONGTAIL_FUZZ_TARGET=png fuzz OPTIONS CORPUS`, with libFuzzer's options.
///
/// A variable and not an argument, because libFuzzer starts itself again with its own arguments when it merges.
@main
struct Fuzz {
    static let target = ProcessInfo.processInfo.environment["LONGTAIL_FUZZ_TARGET"].flatMap(FuzzTarget.init(rawValue:))

    static func main() {
        guard target != nil else {
            print("LONGTAIL_FUZZ_TARGET is one of: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
            exit(2)
        }
        var (count, arguments) = (CommandLine.argc, Optional(CommandLine.unsafeArgv))
        let status = LLVMFuzzerRunDriver(&count, &arguments, read)
        Scratch.remove()
        exit(status)
    }
}

/// A failure is what a reader is for; whatever else happens, libFuzzer sees.
private func read(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    try? Fuzz.target?.read(Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}

/// Called by libFuzzer for every new input: changes pieces where the target's format has them.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int, _ seed: UInt32) -> Int {
    guard let format = Fuzz.target?.format else { return LLVMFuzzerMutate(data, count, limit) }
    var mutation = Mutation(seed: UInt64(seed), limit: limit, bytes: mutateBytes)
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard let output = mutation.changed(input, format), !output.isEmpty, output.count <= limit else {
        return LLVMFuzzerMutate(data, count, limit)
    }
    data.update(from: output, count: output.count)
    return output.count
}

/// libFuzzer's own mutation, of bytes without a form.
private func mutateBytes(_ input: [UInt8], _ limit: Int) -> [UInt8] {
    var bytes = input + [UInt8](repeating: 0, count: max(0, limit - input.count))
    let count = LLVMFuzzerMutate(&bytes, min(input.count, limit), limit)
    return Array(bytes.prefix(count))
}
