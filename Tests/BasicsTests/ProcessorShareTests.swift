import Foundation
import Testing

@testable import LongTailBasics

/// The share of a machine that a process may use, from files as Linux writes them.
@Suite struct ProcessorShareTests {
    /// A folder that stands for `/`, with these files.
    private func share(_ files: [String: String], fallback: Int = 64) throws -> ProcessorShare {
        let root = FileManager.default.temporaryDirectory.appending(path: "longtail-share-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return ProcessorShare(root: root.path, fallback: fallback)
    }

    /// What the tests look at beside the numbers of the processors.
    private func counts(_ files: [String: String], fallback: Int = 64) throws -> ProcessorShare {
        let found = try share(files, fallback: fallback)
        return ProcessorShare(logical: found.logical, cores: found.cores, quota: found.quota)
    }

    private static let allowed = "Name:\tlongtail\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\n"
    private static let unified = """
        23 28 0:21 / /proc rw,nosuid - proc proc rw
        30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate
        """
    private static let divided = """
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        33 31 0:30 /docker/4f1c /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset
        34 31 0:31 /docker/4f1c /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        """

    @Test("Without any file there are as many cores as the system says") func nothing() throws {
        #expect(try counts([:], fallback: 3) == ProcessorShare(logical: 3, cores: 3))
        #expect(try share([:], fallback: 0).threads == 1)
    }

    @Test("Affinity counts, not the machine") func affinity() throws {
        let found = try share(["proc/self/status": "Cpus_allowed_list:\t2,5-6\n"])
        #expect(found == ProcessorShare(logical: 3, cores: 3, members: [[2], [5], [6]]))
        #expect(try share([:], fallback: 3).members.isEmpty)
    }

    @Test("Hyper-threads of one core count once for threads, and each for light work") func siblings() throws {
        var files = ["proc/self/status": Self.allowed]
        for cpu in 0..<4 {
            files["sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list"] = "\(cpu % 2),\(cpu % 2 + 2)\n"
        }
        let found = try share(files)
        #expect(found == ProcessorShare(logical: 4, cores: 2, members: [[0, 2], [1, 3]]))
        #expect(found.threads == 2 && found.workers == 4)
        // A process that was given one of the two threads of each core has both cores.
        files["proc/self/status"] = "Cpus_allowed_list:\t0-1\n"
        #expect(try counts(files) == ProcessorShare(logical: 2, cores: 2))
    }

    @Test("cgroup v2: the tightest quota on the way up holds, and max is none")
    func second() throws {
        var files = [
            "proc/self/status": Self.allowed, "proc/self/mountinfo": Self.unified,
            "proc/self/cgroup": "0::/user.slice/job.scope\n",
            "sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
            "sys/fs/cgroup/user.slice/cpu.max": "250000 100000\n",
        ]
        #expect(try counts(files) == ProcessorShare(logical: 4, cores: 4, quota: 2.5))
        #expect(try share(files).threads == 2)
        files["sys/fs/cgroup/user.slice/job.scope/cpu.max"] = "50000 100000\n"
        let half = try share(files)
        #expect(half.quota == 0.5 && half.threads == 1 && half.workers == 1)
        files["sys/fs/cgroup/user.slice/cpu.max"] = "max 100000\n"
        files["sys/fs/cgroup/user.slice/job.scope/cpu.max"] = "max 100000\n"
        #expect(try share(files).quota == nil)
    }

    @Test("cgroup v2 inside a container: its own group is the root of what it sees")
    func container() throws {
        let files = [
            "proc/self/status": Self.allowed, "proc/self/mountinfo": Self.unified, "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/cpu.max": "150000 50000\n",
        ]
        #expect(try share(files).threads == 3)
    }

    @Test("cgroup v1: quota over period of the cpu controller, under the container's name or without it; -1 is none")
    func first() throws {
        let folder = "sys/fs/cgroup/cpu,cpuacct"
        var files = [
            "proc/self/status": Self.allowed, "proc/self/mountinfo": Self.divided,
            "proc/self/cgroup": "9:name=systemd:/\n3:cpuset:/docker/4f1c\n2:cpu,cpuacct:/docker/4f1c\n0::/\n",
            "\(folder)/cpu.cfs_quota_us": "200000\n", "\(folder)/cpu.cfs_period_us": "100000\n",
        ]
        #expect(try counts(files) == ProcessorShare(logical: 4, cores: 4, quota: 2))
        files["\(folder)/cpu.cfs_quota_us"] = "-1\n"
        #expect(try share(files).quota == nil)
        files["proc/self/cgroup"] = "2:cpu,cpuacct:/docker/4f1c/inner\n"
        files["\(folder)/inner/cpu.cfs_quota_us"] = "120000\n"
        files["\(folder)/inner/cpu.cfs_period_us"] = "100000\n"
        #expect(try counts(files) == ProcessorShare(logical: 4, cores: 4, quota: 1.2))
    }

    @Test(
        "Files that say nothing sensible limit nothing",
        arguments: ["", "max", "0 0", "-5 100000", "x y", "100000", "nan 100000", "1 2 3"])
    func nonsense(text: String) throws {
        let files = [
            "proc/self/status": "Cpus_allowed_list:\t9999999999999999999-3,a\n", "proc/self/mountinfo": Self.unified,
            "proc/self/cgroup": "0::/\nnonsense\n", "sys/fs/cgroup/cpu.max": text,
        ]
        #expect(try counts(files, fallback: 4) == ProcessorShare(logical: 4, cores: 4))
    }

    @Test("Lists of processors") func lists() {
        #expect(ProcessorShare.list("0-3,8,10-11\n") == [0, 1, 2, 3, 8, 10, 11])
        #expect(ProcessorShare.list("5") == [5] && ProcessorShare.list("") == [])
        for nonsense in ["3-1", "a-b", "1-2-3", "-1", "0-9999999999", "1,x"] {
            #expect(ProcessorShare.list(nonsense) == [])
        }
    }

    @Test("In words") func words() {
        #expect(
            ProcessorShare(logical: 8, cores: 4, quota: 2.5).words == "4 cores, 8 logical processors, a quota of 2.5")
        #expect(ProcessorShare(logical: 1, cores: 1).words == "1 core, 1 logical processor")
    }
}
