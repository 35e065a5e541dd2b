#if os(Linux)
    import LongTail
    import Foundation
    import Testing

    @Suite struct ThreadBindingTests {
        private static let share = ProcessorShare.current

        @Test(
            "While training, each of libtorch's threads keeps to a core of its own, and the others go where they like",
            .enabled(if: share.threads > 1 && share.threads == share.cores, "one core, or a quota of less than all"))
        func bound() throws {
            let sets = try processorsOfThreads(["--threads", "\(Self.share.cores)"])
            let alone = sets.filter { Self.share.members.contains($0) }
            #expect(Set(alone).count == Self.share.cores, "\(sets)")
            #expect(sets.contains { $0.count == Self.share.logical }, "\(sets)")
        }

        @Test("With another number of threads none is bound", .enabled(if: share.cores > 1, "one core")) func free()
            throws
        {
            let sets = try processorsOfThreads(["--threads", "1"])
            #expect(sets.allSatisfy { $0.count == Self.share.logical }, "\(sets)")
        }

        /// The processors that each thread of a training under way may run on.
        private func processorsOfThreads(_ options: [String]) throws -> [[Int]] {
            let desk = try Desk()
            let long = try desk.write(
                Tiny.recipe(stages: Tiny.preTrain.replacing("epochs: 3", with: "epochs: 1000")), as: "long.yaml")
            let path = desk.at("run")
            let training = try Longtail.start(["train", long, "--run", path, "--quiet"] + options)
            defer { training.forget() }
            training.wait { exists("\(path)/checkpoints/resume.safetensors") }
            #expect(training.isRunning)
            let tasks = "/proc/\(training.identifier)/task"
            return try FileManager.default.contentsOfDirectory(atPath: tasks).compactMap { task in
                // A thread may end meanwhile.
                guard let text = try? String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8),
                    let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") })
                else { return nil }
                return line.split(separator: "\t")[1].split(separator: ",").flatMap { part in
                    let ends = part.split(separator: "-").compactMap { Int($0) }
                    return ends.isEmpty ? [] : Array(ends[0]...ends[ends.count - 1])
                }
            }
        }
    }
#endif
