import Foundation

/// The part of a machine's processors that this process may use: affinity, the container's quota, and hyper-threads that
/// share a core.
package struct ProcessorShare: Sendable, Equatable {
    /// Logical processors that the process may be scheduled on.
    package let logical: Int
    /// Cores behind them: hyper-threads of one core count once.
    package let cores: Int
    /// The numbers of the logical processors of each core; empty where the system does not tell.
    package let members: [[Int]]
    /// Processors' worth of time that the container may spend (cgroup v1 or v2), such as 2.5; nil for no limit.
    package let quota: Double?

    /// Threads that compute at the same time without taking turns: the cores, within the quota; at least 1.
    package var threads: Int { limited(cores) }

    /// Threads that may do light or waiting work: the logical processors, within the quota; at least 1.
    package var workers: Int { limited(logical) }

    private func limited(_ count: Int) -> Int {
        max(1, min(count, quota.map { Int(min($0, 1e6).rounded(.down)) } ?? count))
    }

    /// In words, as in "4 cores, 8 logical processors, a quota of 2.5".
    package var words: String {
        let counts = "\(cores) core\(cores == 1 ? "" : "s"), \(logical) logical processor\(logical == 1 ? "" : "s")"
        return counts + (quota.map { ", a quota of \(String(format: "%g", $0))" } ?? "")
    }

    /// A share of parts.
    package init(logical: Int, cores: Int, quota: Double? = nil, members: [[Int]] = []) {
        (self.logical, self.cores, self.quota, self.members) = (logical, cores, quota, members)
    }

    /// This process's.
    ///
    /// Where the user has OpenMP bind threads, this one may be bound already and tells nothing of the process.
    package static let current = ProcessorShare(
        root: "", fallback: ProcessInfo.processInfo.activeProcessorCount,
        isBound: isBound(ProcessInfo.processInfo.environment))

    /// Whether OpenMP is told to bind threads: by places or processors alone too, unless binding is switched off.
    static func isBound(_ environment: [String: String]) -> Bool {
        if let binding = environment["OMP_PROC_BIND"] { return binding.lowercased() != "false" }
        return environment["OMP_PLACES"] != nil || environment["GOMP_CPU_AFFINITY"] != nil
    }

    /// What the files of Linux below `root` say; `fallback` logical processors where there are none.
    ///
    /// - Parameter isBound: Whether the affinity is that of one thread; the machine's processors are taken then.
    package init(root: String, fallback: Int, isBound: Bool = false) {
        func text(_ path: String) -> String? { try? String(contentsOfFile: root + path, encoding: .utf8) }
        let status = (text("/proc/self/status") ?? "").split(separator: "\n")
        let allowed = status.first { $0.hasPrefix("Cpus_allowed_list:") }?.drop { $0 != ":" }.dropFirst()
        let online = text("/sys/devices/system/cpu/online") ?? ""
        var processors = Self.list(isBound ? online : allowed.map(String.init) ?? "")
        let isTold = !processors.isEmpty
        if !isTold { processors = Array(0..<max(1, fallback)) }
        let siblings = processors.map { number in
            text("/sys/devices/system/cpu/cpu\(number)/topology/thread_siblings_list")?
                .trimmingCharacters(in: .whitespacesAndNewlines) ?? "\(number)"
        }
        let groups = CGroups(
            membership: text("/proc/self/cgroup") ?? "", mounts: text("/proc/self/mountinfo") ?? "", read: text)
        let members = Dictionary(grouping: zip(processors, siblings), by: \.1).values.map { $0.map(\.0).sorted() }
            .sorted { $0[0] < $1[0] }
        self.init(
            logical: processors.count, cores: members.count, quota: groups.quota, members: isTold ? members : [])
    }

    /// The numbers of a list such as "0-3,8,10-11"; what is no list gives none.
    static func list(_ text: String) -> [Int] {
        var numbers: [Int] = []
        for part in text.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                (0..<1_000_000).contains(first),
                (first...(first + 65_536)).contains(last)
            else { return [] }
            numbers += Array(first...last)
        }
        return numbers
    }
}

/// The control groups of a process, of either version, as far as they limit processor time.
struct CGroups {
    /// The tightest quota on the way from the process's group up to the root, in processors; nil for none.
    let quota: Double?

    /// - Parameters:
    ///   - membership: `/proc/self/cgroup`.
    ///   - mounts: `/proc/self/mountinfo`.
    ///   - read: Gives a file's text by its path.
    init(membership: String, mounts: String, read: (String) -> String?) {
        let mounts = mounts.split(separator: "\n").compactMap { Mount(String($0)) }
        var quotas: [Double] = []
        for line in membership.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            let isSecond = parts[0] == "0" && parts[1].isEmpty
            guard isSecond || parts[1].split(separator: ",").contains("cpu") else { continue }
            guard let mount = mounts.first(where: { isSecond ? $0.isSecond : $0.limitsTime }) else { continue }
            for folder in mount.folders(of: parts[2]) {
                func numbers(_ file: String) -> [String] {
                    read("\(folder)/\(file)")?.split { $0 == " " || $0 == "\n" }.map(String.init) ?? []
                }
                let both = isSecond ? numbers("cpu.max") : numbers("cpu.cfs_quota_us") + numbers("cpu.cfs_period_us")
                guard both.count == 2, let time = Double(both[0]), let period = Double(both[1]), time > 0, period > 0
                else { continue }
                quotas.append(time / period)
            }
        }
        quota = quotas.min()
    }

    /// A line of mountinfo.
    private struct Mount {
        let root, point: String
        let isSecond, limitsTime: Bool

        init?(_ line: String) {
            let halves = line.components(separatedBy: " - ")
            guard halves.count == 2 else { return nil }
            let (fields, rest) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
            guard fields.count >= 5, rest.count >= 3, rest[0] == "cgroup" || rest[0] == "cgroup2" else { return nil }
            (root, point) = (String(fields[3]), String(fields[4]))
            isSecond = rest[0] == "cgroup2"
            limitsTime = !isSecond && rest[2].split(separator: ",").contains("cpu")
        }

        /// The folders of a group and of those that hold it, as far as the mount shows them.
        func folders(of group: String) -> [String] {
            // A container sees its own group as the mount's root, under the host's name or as "/".
            let isBelow = group == root || group.hasPrefix(root + "/")
            let inside = root != "/" && isBelow ? String(group.dropFirst(root.count)) : group
            var parts = inside.split(separator: "/").filter { $0 != ".." && $0 != "." }
            var found = [String]()
            while !parts.isEmpty {
                found.append("\(point)/\(parts.joined(separator: "/"))")
                parts.removeLast()
            }
            return found + [point]
        }
    }
}
