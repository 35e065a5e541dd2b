import Foundation
import LongTailTorch

/// The memory that tensors take up: of a GPU what libtorch's allocator counts, of the processor the whole process.
struct MemoryProbe {
    private let device: Device
    /// Bytes at the beginning.
    private let before: Int?

    /// Begins to watch.
    init(_ device: Device = .current) {
        self.device = device
        if device.kind == .cuda {
            before = 0
            try? device.resetPeakMemory()
        } else {
            before = Self.status("VmRSS:")
            // Linux forgets the highest resident size on this request; where it does not, the peak is an upper bound.
            try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
        }
    }

    /// The most bytes above those of the beginning since then; nil where the system does not tell.
    func peak() -> Int? {
        if device.kind == .cuda { return try? device.peakMemory() }
        guard let before, let peak = Self.status("VmHWM:") else { return nil }
        return max(0, peak - before)
    }

    /// Bytes that a process may still take on this machine, or in its container; nil where the system does not tell.
    static var free: Int? {
        guard let machine = status("MemAvailable:", in: "/proc/meminfo") else { return nil }
        func group(_ name: String) -> Int? {
            (try? String(contentsOfFile: "/sys/fs/cgroup/\(name)", encoding: .utf8))
                .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        guard let limit = group("memory.max"), let used = group("memory.current") else { return machine }
        return min(machine, max(0, limit - used))
    }

    /// A line of a file of Linux such as /proc/self/status, in bytes.
    private static func status(_ key: String, in file: String = "/proc/self/status") -> Int? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
