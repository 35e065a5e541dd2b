import Foundation
import LongTail
import Testing

/// Things that are no files where a file is named: nothing waits for them.
@Suite struct NamedPipeTests {
    /// The command, with PIPE for a named pipe that nobody writes to and RUN for a run one of whose files is such a pipe.
    static let commands: [(arguments: String, file: String?)] = [
        ("train PIPE", nil), ("train EXTENDS", nil), ("recipe show /dev/zero", nil),
        ("train RECIPE --set network.checkpoint=PIPE", nil), ("train RECIPE --set network.weights=PIPE", nil),
        ("train LIST --data DATA --set data.train=PIPE", nil),
        ("train LIST --data DATA --set data.class-names=PIPE", nil),
        ("train CIFAR --data DATA", nil), ("data check coco --data DATA --set data.train=PIPE", nil),
        ("import PIPE --dry-run", nil), ("import MODEL --dry-run --classes PIPE", nil), ("predict RUN PIPE", nil),
        ("predict RUN --list PIPE", nil), ("predict PIPE PIPE", nil), ("evaluate PIPE --data DATA", nil),
        ("merge PIPE MODEL --output out.safetensors", nil), ("btm --checkpoint PIPE --data DATA", nil),
        ("evaluate RUN", "run.json"), ("evaluate RUN", "recipe.yaml"), ("train --resume RUN", "run.json"),
        ("train --resume RUN", "checkpoints/resume.safetensors"), ("evaluate RUN", "checkpoints/btm.safetensors"),
        ("predict RUN PICTURE", "calibration.json"),
    ]

    @Test("A named pipe in the place of a file is told, at once", arguments: commands)
    func refused(_ command: (arguments: String, file: String?)) throws {
        let desk = try Desk()
        #expect(mkfifo(desk.at("pipe"), 0o600) == 0)
        _ = try desk.copy(Desk.fixture("VisionTests", "rgb.png"), as: "data/a/0.png")
        try FileManager.default.createDirectory(
            atPath: desk.at("data/cifar-10-batches-bin"), withIntermediateDirectories: true)
        for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
            #expect(mkfifo(desk.at("data/cifar-10-batches-bin/\(name).bin"), 0o600) == 0)
        }
        let run = try FinishedRun.shared.get()
        let copy = try desk.copy(run.path, as: "run")
        if let file = command.file {
            try? FileManager.default.removeItem(atPath: "\(copy)/\(file)")
            #expect(mkfifo("\(copy)/\(file)", 0o600) == 0)
        }
        let meanings = [
            "PIPE": desk.at("pipe"), "RUN": copy, "DATA": desk.at("data"), "MODEL": run.checkpoint("btm"),
            "RECIPE": try desk.write(Tiny.recipe, as: "r.yaml"), "PICTURE": desk.at("data/a/0.png"),
            "EXTENDS": try desk.write("extends: pipe\n", as: "e.yaml"),
            "LIST": try desk.write(
                Tiny.recipe(data: "data: { name: list, train: pipe, test: pipe }", stages: Tiny.preTrain), as: "l.yaml"),
            "CIFAR": try desk.write(
                Tiny.recipe(data: "data: { name: cifar-10 }", stages: Tiny.preTrain), as: "c.yaml"),
        ]
        let words = command.arguments.split(separator: " ").map { word in
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            return parts.dropLast().map { "\($0)=" }.joined() + (meanings[parts.last ?? ""] ?? parts.last ?? "")
        }
        let outcome = try desk.run(words, timeout: 60)
        #expect(outcome.signal == nil)
        if command.file == "calibration.json" {
            // Temperatures that cannot be read are none.
            #expect(outcome.status == 0, "\(outcome.errors)")
        } else {
            #expect(outcome.status != 0, "\(outcome.output)")
            let place = command.file.map { Path($0).name } ?? "pipe"
            let said = outcome.errors + outcome.output
            #expect(
                said.contains("not a file") || said.contains("is not") || said.contains(place)
                    || said.contains("data_batch_1.bin"), "\(said)")
        }
    }
}
