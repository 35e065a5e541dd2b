// A recipe from its text to a finished report: three lines.
import Foundation
import LongTail

let folder = FileManager.default.temporaryDirectory.appending(path: "train-a-recipe-\(UUID().uuidString)").path
defer { try? FileManager.default.removeItem(atPath: folder) }
let recipe = try Recipe.parse(
    """
    data: { name: glyphs, classes: 3, images-per-class: 40, test-images-per-class: 10, imbalance: 4 }
    network: { name: resnet20 }
    stages:
      - pre-train: { epochs: 3, batch-size: 16, rate: { base: 0.02, schedule: cosine, warmup: 1 } }
      - btm: { members: 2, images-per-class: 8, epochs: 2, batch-size: 8 }
    """)

let session = try Session()
let preparation = try Preparation(recipe, root: nil)
let report = try session.report(session.train(preparation, at: "\(folder)/run"), preparation)

print(report.comparison.plain())
guard report.models.map(\.name) == ["pre-train", "btm"],
    FileManager.default.fileExists(atPath: "\(folder)/run/reports/report.html")
else {
    print("train-a-recipe: FAILED")
    exit(1)
}
print("train-a-recipe: ok")
