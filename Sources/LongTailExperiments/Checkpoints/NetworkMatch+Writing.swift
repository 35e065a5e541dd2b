import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailVision

extension NetworkMatch {
    /// Writes the weights under the house's names, with everything that is known of them: weights alone do not tell all networks apart.
    ///
    /// With names for its classes the file is a checkpoint of this program; without, its metadata name the network and how pictures are
    /// prepared.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - given: The classes by the user; nil for those that the file, or one beside it, states.
    ///   - own: What a checkpoint of this program says of itself.
    /// - Throws: `.checkpoint` with the lists where the weights do not fit.
    package func write(to path: String, classNames given: [String]?, own: Checkpoint.Info?) throws(LongTailError) {
        let weights = try weights()
        let labels = config?.classNames.flatMap { $0.count == classes ? $0 : nil }
        if var own {
            own.classNames = given ?? own.classNames
            own.design = design
            try Checkpoint(info: own, weights: weights).write(to: path)
        } else if let names = given ?? imported.statedClasses(of: classes)?.names ?? labels {
            let recipe =
                config.map(\.overrides.isEmpty) ?? true ? nil : try Recipe.load("folder", overrides: overrides).yaml
            let info = Checkpoint.Info(design, classNames: names, listHash: nil, stage: "import", recipe: recipe)
            try Checkpoint(info: info, weights: weights).write(to: path)
        } else {
            let text = ModelConfig.text(of: design.name, config)
            try SafeTensorsFile.write(
                weights, metadata: ["format": "pt", ModelConfig.metadataKey: text], to: path)
        }
    }
}
