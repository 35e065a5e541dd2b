// Balanced training and merging of a trained model: five lines. The model is first made, as a file of another program's.
import Foundation
import LongTail

let folder = FileManager.default.temporaryDirectory.appending(path: "btm-on-a-checkpoint-\(UUID().uuidString)").path
defer { try? FileManager.default.removeItem(atPath: folder) }
let checkpoint = "\(folder)/model.safetensors"
let network = try Network(.resnet20, classifier: .linear, classes: 3, seed: 0)
try SafeTensorsFile.write(network.stateDict(), metadata: ["format": "pt"], to: checkpoint)
try AtomicFile.write(
    """
    data: { name: glyphs, classes: 3, images-per-class: 40, test-images-per-class: 10, imbalance: 4 }
    network: { name: resnet20 }
    stages:
      - btm: { members: 2, images-per-class: 8, epochs: 2, batch-size: 8 }
      - post-train: { method: mislas, epochs: 1, batch-size: 16 }
    """, to: "\(folder)/recipe.yaml")

let session = try Session()
let preparation = try Preparation(balancing: checkpoint, recipe: "\(folder)/recipe.yaml", root: nil)
let run = try session.train(preparation, at: "\(folder)/run")
try run.result().write(to: "\(folder)/better.safetensors")
print(try session.report(run, preparation).comparison.plain())

guard try Checkpoint.read("\(folder)/better.safetensors").weights.count > network.stateDict().count else {
    print("btm-on-a-checkpoint: FAILED")
    exit(1)
}
print("btm-on-a-checkpoint: ok")
