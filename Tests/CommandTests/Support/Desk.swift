import Foundation
import LongTail
import OrderedCollections
import Testing

/// A folder of a test's own, removed with the object, with what tests of the command need to set up.
final class Desk: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "longtail-desk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A path on the desk.
    func at(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and gives its path.
    @discardableResult
    func write(_ text: String, as name: String) throws -> String { try write(Data(text.utf8), as: name) }

    /// Writes a file and gives its path.
    @discardableResult
    func write(_ data: Data, as name: String) throws -> String {
        let url = URL(fileURLWithPath: at(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
        return at(name)
    }

    /// Copies a file or a folder onto the desk and gives its path.
    func copy(_ path: String, as name: String) throws -> String {
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: at(name)).deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: path, toPath: at(name))
        return at(name)
    }

    /// Writes the first third of a file.
    func cut(_ path: String, as name: String) throws {
        let file = try Data(contentsOf: URL(fileURLWithPath: path))
        try write(file.prefix(file.count / 3), as: name)
    }

    /// Runs the command on the desk; training with one thread.
    func run(_ arguments: [String], timeout: Double = 180, kill: Longtail.Kill = .never, by signal: Int32 = SIGKILL)
        throws -> Longtail.Outcome
    {
        try Longtail.run(arguments, in: URL(fileURLWithPath: path), timeout: timeout, kill: kill, by: signal)
    }

    /// A folder data set: for each split and class, so many copies of a fixture of the Vision tests.
    func pictures(_ root: String, classes: [String], count: Int = 2) throws -> String {
        for split in ["train", "test"] {
            for (index, name) in classes.enumerated() {
                for number in 0..<count {
                    _ = try copy(
                        Self.picture(index + number),
                        as: "\(root)/\(split)/\(name)/\(number).\(number % 2 == 0 ? "png" : "jpg")")
                }
            }
        }
        return at(root)
    }

    private static func picture(_ number: Int) -> String {
        let names = ["rgb.png", "rgb-444.jpg", "gray.png", "rgb-420.jpg"]
        return fixture("VisionTests", names[number % names.count])
    }

    /// A fixture of another target's tests.
    static func fixture(_ tests: String, _ name: String) -> String {
        Longtail.root.appending(path: "Tests/\(tests)/Fixtures/\(name)").path
    }
}

/// Recipes that train in about a second.
enum Tiny {
    static let data = "data: { name: glyphs, classes: 3, images-per-class: 24, test-images-per-class: 8, imbalance: 3 }"
    static let head = "network: { name: resnet20, classifier: linear }\nprecision: float32\n"
    static let preTrain =
        "  - pre-train: { epochs: 3, batch-size: 16, rate: { base: 0.05, schedule: cosine, warmup: 0 } }\n"
    static let btm = """
          - btm: { members: 3, images-per-class: 4, epochs: 2, batch-size: 8, keep-members: true }

        """
    static let postTrain = "  - post-train: { epochs: 2, batch-size: 16 }\n"

    /// Pre-train, BTM and post-train on glyphs.
    static let recipe = "\(data)\n\(head)stages:\n\(preTrain)\(btm)\(postTrain)"

    /// Some stages on some data.
    static func recipe(data: String = data, network: String = "resnet20", stages: String) -> String {
        "\(data)\n\(head.replacing("resnet20", with: network))stages:\n\(stages)"
    }
}

/// A finished run of `Tiny.recipe` that tests read and do not touch.
struct FinishedRun {
    let path: String
    let recipe: String
    let seconds: Double
    let output: String
    let errors: String

    /// The one of seed 0.
    static let shared = Result { try make(seed: 0) }
    /// The one of seed 1.
    static let other = Result { try make(seed: 1) }

    func checkpoint(_ stage: String) -> String { "\(path)/checkpoints/\(stage).safetensors" }

    /// The folder of the finished runs.
    static let folder: String = {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "longtail-shared-\(ProcessInfo.processInfo.processIdentifier)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: FinishedRun.folder) }
        return path
    }()

    private static func make(seed: Int) throws -> FinishedRun {
        let recipe = "\(folder)/tiny-\(seed).yaml"
        try Tiny.recipe.write(toFile: recipe, atomically: true, encoding: .utf8)
        let path = "\(folder)/run-\(seed)"
        let outcome = try Longtail.run(
            ["train", recipe, "--run", path, "--threads", "1", "--set", "seed=\(seed)"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        return FinishedRun(
            path: path, recipe: recipe, seconds: outcome.seconds, output: outcome.output, errors: outcome.errors)
    }
}

/// SHA-256 over names and bytes of every checkpoint of a run, by stage; metadata do not count.
func digests(ofRun path: String) throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(path)/checkpoints").sorted()
    where name.hasSuffix(".safetensors") && name != "resume.safetensors" {
        found[name] = try digest(ofTensorsIn: "\(path)/checkpoints/\(name)")
    }
    return found
}

/// A digest of a file's tensors with their names and shapes.
func digest(ofTensorsIn path: String) throws -> String {
    var bytes = Data()
    for (key, tensor) in try SafeTensorsFile.read(path).tensors {
        bytes += Data("\(key) \(tensor.shape)\n".utf8) + tensor.bytes
    }
    return ContentHash.sha256(bytes)
}

/// Stage, member, epoch and loss of every line of metrics, in the order of the file.
func epochs(ofRun path: String) throws -> [String] {
    try Run.open(at: path).metricLines().map { line in
        "\(line.name) member \(line.member ?? 0) epoch \(line.epoch) loss \(line.loss ?? .nan)"
    }
}

/// The position of a run's resume point, as its file has it.
func resumePosition(ofRun path: String) throws -> String {
    let file = "\(path)/checkpoints/resume.safetensors"
    guard exists(file) else { return "beginning" }
    return try SafeTensorsFile.read(file).metadata["resume"] ?? "none"
}

/// A text as one JSON value; fails when it is anything else.
func json(_ text: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
}

/// Copies tensors without their metadata, and gives the new path.
func withoutMetadata(_ path: String, as copy: String) throws -> String {
    try SafeTensorsFile.write(SafeTensorsFile.read(path).tensors, to: copy)
    return copy
}
