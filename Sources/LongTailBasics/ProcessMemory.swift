import Foundation

/// What this process holds in memory.
package enum ProcessMemory {
    /// The highest resident size so far, in bytes; 0 where the system does not say.
    package static var peak: Int {
        #if os(Linux)
            // Not getrusage, whose maximum a process inherits from the one that started it.
            guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
            let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        #else
            var usage = rusage()
            return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : 0
        #endif
    }
}
