// Images of one's own making and a network of one's own, by name in a recipe.
import Foundation
import LongTail

/// Squares and stripes on 16×16 pixels.
struct Shapes: Dataset {
    let name = "shapes"
    let classNames = ["square", "stripes"]
    let labels: [Int]
    var nativeSize: ImageSize? { ImageSize(side: 16) }
    func identity(of index: Int) -> String { "shape \(index)" }
    func source(at index: Int) throws -> ImageSource {
        let pixels = (0..<256).map { place in
            UInt8(labels[index] == 0 ? (place % 16 > 4 && place > 80 ? 200 : 20) : (place % 2 * 180 + index % 9))
        }
        return .pixels(try PixelImage(height: 16, width: 16, bytes: [UInt8](repeatElement(pixels, count: 3).joined())))
    }
}

/// One convolution and a mean.
final class Shallow: Backbone {
    let width = 8
    let classifierInitialization = Initialization.kaimingNormalFanIn
    private let convolution: Conv2d
    init(_ draw: inout WeightInitializer) throws { convolution = try Conv2d(3, 8, kernel: 3, padding: 1, &draw) }
    var children: [(name: String, child: ModuleChild)] { [("conv", .module(convolution))] }
    func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        try convolution(images).relu().mean([2, 3])
    }
}

var registry = Registry()
registry.datasets = [
    .init(
        "shapes",
        DatasetSource(nativeSize: ImageSize(side: 16)) { split, _ in
            Shapes(labels: (0..<(split == .train ? 40 : 20)).map { $0 % 4 == 0 ? 1 : 0 })
        })
]
registry.networks = [.init("shallow") { try Shallow(&$0) }]
let recipe = try Recipe.parse(
    """
    data: { name: shapes }
    network: { name: shallow }
    stages:
      - pre-train: { epochs: 2, batch-size: 8, rate: { warmup: 0 } }
      - btm: { members: 2, images-per-class: 4, epochs: 1, batch-size: 4 }
    """, registry: registry)
let folder = FileManager.default.temporaryDirectory.appending(path: "own-dataset-\(UUID().uuidString)").path
defer { try? FileManager.default.removeItem(atPath: folder) }
let session = try Session(registry: registry)
_ = try session.train(Preparation(recipe, root: nil), at: "\(folder)/run")
let report = try session.evaluate("\(folder)/run").report
print(report.comparison.plain())
guard report.models.map(\.name) == ["pre-train", "btm"], report.counts.counts == [30, 10] else {
    print("own-dataset-and-network: FAILED")
    exit(1)
}
print("own-dataset-and-network: ok")
