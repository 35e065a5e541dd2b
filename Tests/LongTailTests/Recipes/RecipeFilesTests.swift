import Foundation
import LongTail
import Testing

/// The recipes that come with the package.
@Suite struct RecipeFilesTests {
    static let folder: String = {
        var url = URL(fileURLWithPath: #filePath)
        while url.path != "/", !FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path)
        {
            url.deleteLastPathComponent()
        }
        return url.appendingPathComponent("Recipes").resolvingSymlinksInPath().path
    }()

    static let files: [String] = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted()

    @Test("The recipes of the published tables are there") func present() {
        #expect(
            Set(Self.files).isSuperset(of: [
                "cifar100-lt/ce.yaml", "cifar100-lt/mislas.yaml", "cifar100-lt/mislas-btm.yaml", "cifar10-lt/ce.yaml",
                "cifar10-lt/mislas.yaml", "cifar10-lt/mislas-btm.yaml", "demo/glyphs.yaml",
            ]))
        for folder in ["imagenet-lt", "places-lt", "inaturalist2018"] {
            #expect(
                Set(Self.files).isSuperset(
                    of: ["ce", "mislas", "mislas-btm"].map { "\(folder)/\($0).yaml" }))
        }
    }

    @Test("Each decodes, and its resolved form decodes to the same", arguments: files) func roundTrip(file: String)
        throws
    {
        let recipe = try Recipe.load("\(Self.folder)/\(file)")
        #expect(try Recipe.parse(recipe.yaml, file: "resolved") == recipe)
        #expect(
            recipe.name == file.replacingOccurrences(of: "/", with: "-").replacingOccurrences(of: ".yaml", with: ""))
        try recipe.check()
    }

    @Test("Each begins with its paper or data, its command and what to expect", arguments: files)
    func header(file: String) throws {
        let text = try String(contentsOfFile: "\(Self.folder)/\(file)", encoding: .utf8)
        let header = text.prefix { $0 != "\n" } + text.split(separator: "\n").prefix { $0.hasPrefix("#") }.joined()
        for word in ["Command:", "Expected:"] { #expect(header.contains(word)) }
        #expect(header.contains("Paper:") || header.contains("Data:"))
    }

    @Test("BTM on CIFAR-100-LT has the settings of the reference") func values() throws {
        let recipe = try Recipe.load("\(Self.folder)/cifar100-lt/mislas-btm.yaml")
        #expect(recipe.stages.map(\.kind) == [.preTrain, .btm, .postTrain])
        #expect(recipe.stages.map(\.training.epochs) == [200, 30, 10])
        #expect(recipe.stages.map(\.training.mixup) == [1, 0.2, 0])
        #expect(recipe.stages.map(\.training.rate.base) == [0.1, 5e-3, 0.1])
        #expect(recipe.stages.allSatisfy { $0.training.weightDecay == 5e-4 && $0.training.batchSize == 128 })
        #expect(recipe.stages[1].btm == BTMRecipe())
        #expect(recipe.stages[2].method as? MiSLAS == MiSLAS())
        #expect(recipe.stages[2].training.batchNorm == .shift)
        #expect(recipe.stages[2].training.trains == .classifier)
        #expect(recipe.stages[2].training.sampler == .classAware)
    }

    /// The paper's appendix (rate and decay of BTM) and MiSLAS's configurations (the rest).
    @Test(
        "BTM on the large sets has the paper's settings, on MiSLAS's",
        arguments: [
            ("imagenet-lt", DataRecipe.Name.imageNetLT, [180, 30, 10], [5e-4, 5e-4, 5e-4], 1e-3, [0.3, 0.0]),
            ("places-lt", .placesLT, [90, 30, 10], [5e-4, 5e-4, 5e-4], 5e-3, [0.4, 0.1]),
            ("inaturalist2018", .iNaturalist2018, [200, 30, 10], [1e-4, 5e-4, 1e-4], 5e-4, [0.3, 0.0]),
        ]) func largeSets(
            folder: String, name: DataRecipe.Name, epochs: [Int], decay: [Double], rate: Double, smoothing: [Double]
        ) throws
    {
        let recipe = try Recipe.load("\(Self.folder)/\(folder)/mislas-btm.yaml")
        #expect(recipe.data.name == name)
        #expect(recipe.stages.map(\.kind) == [.preTrain, .btm, .postTrain])
        #expect(recipe.stages.map(\.training.epochs) == epochs)
        #expect(recipe.stages.map(\.training.weightDecay) == decay)
        #expect(recipe.stages.map(\.training.mixup) == [0.2, 0.2, 0])
        #expect(recipe.stages.map(\.training.rate) == [0.1, rate, 0.1].map { RateRecipe($0, .cosine) })
        #expect(recipe.stages.allSatisfy { $0.training.batchSize == 256 && $0.training.momentum == 0.9 })
        #expect(recipe.stages[1].btm == BTMRecipe())
        let method = try #require(recipe.stages[2].method as? MiSLAS)
        #expect([method.smoothHead, method.smoothTail] == smoothing && method.classifierFactor == 0.05)
        #expect(recipe.stages[2].training.batchNorm == .shift)
        let mislas = try Recipe.load("\(Self.folder)/\(folder)/mislas.yaml")
        #expect(mislas.data == recipe.data && mislas.network == recipe.network)
        #expect(mislas.stages == [recipe.stages[0], recipe.stages[2]])
    }

    @Test("The demo's training fits in three minutes at 400 images a second, a processor without bfloat16")
    func demoLength() throws {
        let recipe = try Recipe.load("\(Self.folder)/demo/glyphs.yaml")
        let (classes, largest) = (try #require(recipe.data.classes), try #require(recipe.data.imagesPerClass))
        let counts = (0..<classes).map {
            Int(Double(largest) * pow(1 / recipe.data.imbalance, Double($0) / Double(classes - 1)))
        }
        var images = 0
        for stage in recipe.stages {
            let btm = stage.btm
            let epoch = btm.map { btm in counts.map { min($0, btm.imagesPerClass) }.reduce(0, +) * btm.members }
            images += (epoch ?? counts.reduce(0, +)) * stage.training.epochs
        }
        #expect(images < 150 * 400)
        #expect(images > 30_000)
    }
}
