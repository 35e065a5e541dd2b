import Foundation
import Testing

@Suite struct DeviceCommandTests {
    /// Whether this machine has a GPU that can be used; tests of its absence are skipped then.
    static let hasGPU: Bool = {
        guard let outcome = try? Longtail.run(["doctor", "--json"]),
            let facts = (try? json(outcome.output)) as? [String: String]
        else { return false }
        return facts["devices"]?.contains("cuda") ?? false
    }()

    @Test("Without a GPU, --device cuda says why and what to do; auto works on", .enabled(if: !hasGPU))
    func absent() throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe(stages: Tiny.preTrain), as: "r.yaml")
        for device in ["cuda", "cuda:1"] {
            let outcome = try desk.run(["train", recipe, "--run", desk.at("run"), "--device", device])
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("CUDA cannot be used: "))
            #expect(outcome.errors.contains("--device cpu") || outcome.errors.contains("scripts/bootstrap --cuda"))
            #expect(!exists(desk.at("run")))
        }
        let auto = try desk.run(["plan", recipe, "--device", "auto", "--steps", "1", "--threads", "1", "--json"])
        #expect(auto.status == 0, "\(auto.errors)")
        #expect(((try json(auto.output)) as? [String: Any])?["device"] as? String == "cpu")
    }

    @Test("A device that is none is refused") func nonsense() throws {
        let outcome = try Longtail.run(["evaluate", "x", "--device", "gpu"])
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("--device"))
    }

    @Test("Doctor names the devices, and why CUDA is not used") func doctor() throws {
        let facts = try #require(try json(Longtail.run(["doctor", "--json"]).output) as? [String: String])
        #expect(facts["devices"]?.hasPrefix("cpu") == true)
        let cuda = try #require(facts["CUDA"])
        #expect(Self.hasGPU ? cuda.contains("GiB") : cuda.contains("CUDA cannot be used"))
        #expect(facts["libtorch is"]?.contains("libtorch") == true)
    }

    @Test("A plan prints its table and JSON and leaves nothing behind") func plan() throws {
        let desk = try Desk()
        let recipe = try desk.write(Tiny.recipe, as: "r.yaml")
        let before = try FileManager.default.subpathsOfDirectory(atPath: desk.path)
        let table = try desk.run(["plan", recipe, "--device", "cpu", "--threads", "1", "--steps", "2"])
        #expect(table.status == 0, "\(table.errors)")
        for word in ["pre-train", "btm", "post-train", "in all: ", "disk: ", "limits: ", "evaluation: 3 models"] {
            #expect(table.output.contains(word), "\(word)")
        }
        #expect(try FileManager.default.subpathsOfDirectory(atPath: desk.path) == before)

        // CIFAR-100-LT without its files: counted from what is published.
        let cifar = try desk.write(
            """
            data: { name: cifar-100, imbalance: 100 }
            network: { name: resnet20 }
            precision: float32
            stages: [pre-train: { epochs: 200 }]
            """, as: "c.yaml")
        let outcome = try desk.run(
            ["plan", cifar, "--device", "cpu", "--threads", "1", "--steps", "1", "--seconds", "2", "--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let plan = try #require(try json(outcome.output) as? [String: Any])
        let stage = try #require((plan["stages"] as? [[String: Any]])?.first)
        #expect(stage["steps-per-epoch"] as? Int == 85 && stage["steps"] as? Int == 17_000)
        #expect(plan["has-data"] as? Bool == false && plan["training-images"] as? Int == 10_847)
        #expect(
            (plan["notes"] as? [String])?.contains { $0.contains("published") && $0.contains("no folder of images") }
                == true)
    }

    @Test("A plan for a folder that is not there says that only its files tell") func folder() throws {
        let desk = try Desk()
        let recipe = try desk.write(
            Tiny.recipe(data: "data: { name: folder }", stages: Tiny.preTrain), as: "r.yaml")
        let outcome = try desk.run(["plan", recipe, "--device", "cpu"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--data") && outcome.errors.contains("files alone"))
    }
}
