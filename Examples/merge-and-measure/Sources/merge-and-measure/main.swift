// Averages two checkpoints into a third, and says what two models are worth on the worst class, with intervals.
import Foundation
import LongTailImbalance
import LongTailReporting
import LongTailSerialization

let folder = FileManager.default.temporaryDirectory.appending(path: "merge-and-measure-\(UUID().uuidString)").path
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(atPath: folder) }

/// A state dict of one tensor, as a file.
func model(_ name: String, _ values: [Float]) throws -> String {
    let bytes = values.withUnsafeBytes { Data($0) }
    let path = "\(folder)/\(name).safetensors"
    try SafeTensorsFile.write(["fc.weight": HostTensor(dtype: .float32, shape: [values.count], bytes: bytes)], to: path)
    return path
}

// Merging: members come one by one, and one accumulator is all that is held.
var mean = StreamingMean()
for path in [try model("first", [1, 2, 4]), try model("second", [3, 2, -4])] {
    try mean.add(SafeTensorsFile.read(path).tensors, label: path)
}
let merged = try mean.mean()["fc.weight"]?.bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }

// Measuring: 40 test images of the common bird, 4 of the rare one.
let names = ["sparrow", "kakapo"]
let targets = [Int32](repeating: 0, count: 40) + [Int32](repeating: 1, count: 4)

/// A model of that name which gives the rare bird such a probability on each image.
func measured(_ name: String, _ rare: (Int) -> Float) throws -> ComparedModel {
    var builder = try ReportBuilder(classNames: names)
    try builder.add(probabilities: targets.indices.flatMap { [1 - rare($0), rare($0)] }, targets: targets)
    let (report, predictions) = try builder.finish()
    return ComparedModel(name: name, report: report, predictions: predictions)
}
let models = [
    try measured("before") { _ in 0.1 }, try measured("after") { $0 >= 40 || $0 % 8 == 0 ? 0.8 : 0.2 },
]
print(try ReportTable.comparison(models, counts: ClassCounts(names: names, counts: [900, 9]), seed: 0).plain())

// The check that makes this an example to rely on.
guard merged == [2, 2, 0], models[0].report.lowestRecall == 0, models[1].report.lowestRecall == 0.875,
    models[1].report.zeroClasses == 0
else {
    print("merge-and-measure: FAILED")
    exit(1)
}
print("merge-and-measure: ok")
