import ArgumentParser
import Basics
import Foundation
import LongTail
import Torch
import Vision

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What this program stands on: libtorch and where it is, devices, threads, codecs.",
        discussion: """
            longtail doctor
            longtail doctor --json
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        try common.setThreads()
        var facts: [(String, String)] = [
            ("longtail", longtailVersion), ("toolchain", Self.toolchain), ("libtorch", Engine.version),
            ("libtorch is", Self.libraryPath ?? "linked in"), ("machine", RunRecord.Machine.current.processor),
            ("architecture", RunRecord.Machine.current.architecture),
            ("cores", "\(ProcessInfo.processInfo.activeProcessorCount)"), ("threads", "\(Engine.threads)"),
            ("devices", ["cpu", "cuda"].filter(Engine.has(device:)).joined(separator: ", ")),
        ]
        facts.append(("codecs", ImageCodec.versions.joined(separator: ", ")))
        if common.json { return try printJSON(Dictionary(facts, uniquingKeysWith: { first, _ in first })) }
        let width = facts.map(\.0.count).max() ?? 0
        for (name, value) in facts { print(name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + value) }
        print()
        print(Engine.configuration)
    }

    private static var toolchain: String {
        #if compiler(>=6.3)
            "Swift 6.3 or later"
        #else
            "Swift 6.2"
        #endif
    }

    /// Where the loaded libtorch lies, from the process's memory map.
    ///
    /// Read line by line: such a file has no size, and Foundation takes its first few kilobytes for the whole.
    private static var libraryPath: String? {
        guard let maps = fopen("/proc/self/maps", "r") else { return nil }
        var (line, capacity): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        defer {
            free(line)
            fclose(maps)
        }
        while getline(&line, &capacity, maps) > 0 {
            guard let text = line.map({ String(cString: $0) }), text.contains("libtorch_cpu") else { continue }
            return text.split(whereSeparator: \.isWhitespace).last.map(String.init)
        }
        return nil
    }
}
